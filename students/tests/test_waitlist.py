"""The line: order, fairness, promotion on every freed seat, and what the passed-over are told."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.tests.makers import rita
from core.errors import DomainError
from courses.models import CrossListGroup
from courses.operations import change_section, close_section, end_cross_list, open_section, set_combined_capacity
from scheduling.models import Meeting
from students import operations
from students.errors import said
from students.models import Enrollment, WaitlistEntry
from students.operations.line import FAR
from students.queries.seats import position, seats
from students.tasks import promote_line
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student, meet

pytestmark = pytest.mark.django_db


def refused(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value.code


def full_section(waiting=0, **fields):
    """Return a section of one seat, its holder's enrollment, and those who wait."""
    section = make_open_section(**{"capacity": 1} | fields)
    holder = operations.enroll(make_student(), section, by=None)
    line = [operations.join_waitlist(make_student(), section, by=None) for _ in range(waiting)]
    return section, holder, line


@pytest.mark.row("E07", "E08")
def test_the_line_has_its_own_limit_and_shows_positions():
    section, _holder, line = full_section(2, waitlist_capacity=2)
    assert [position(entry) for entry in line] == [(1, 2), (2, 2)]
    assert refused(operations.join_waitlist, make_student(), section, by=None) == "line_full"
    assert seats(section).waiting == 2


@pytest.mark.row("E07")
def test_joining_is_refused_without_a_line_while_seats_are_free_and_twice():
    off, _holder, _line = full_section(waitlist_mode="off")
    assert refused(operations.join_waitlist, make_student(), off, by=None) == "line_off"
    assert refused(operations.join_waitlist, make_student(), make_open_section(), by=None) == "seats_free"
    section, holder, line = full_section(1)
    assert refused(operations.join_waitlist, line[0].student, section, by=None) == "already_waiting"
    assert refused(operations.join_waitlist, holder.student, section, by=None) == "already_enrolled"


@pytest.mark.row("E09", "E12")
def test_a_drop_gives_the_seat_to_the_first_in_line():
    section, holder, line = full_section(3)
    operations.drop(holder, by=holder.student.user)
    seated = Enrollment.objects.live().get(section=section)
    assert (seated.student, seated.source) == (line[0].student, "waitlist")
    assert [position(entry) for entry in WaitlistEntry.objects.waiting().in_order()] == [(1, 2), (2, 2)]
    assert [event.kind for event in line[0].events.all()] == ["joined", "promoted"]


@pytest.mark.row("E09")
def test_the_order_is_displaced_then_class_then_choice_then_number():
    section, holder, line = full_section(4)
    for entry, change in zip(line[1:], [{"choice": 0}, {"priority_class": 50}, {"displaced": True}], strict=True):
        WaitlistEntry.objects.filter(pk=entry.pk).update(**change)
    order = list(WaitlistEntry.objects.waiting().in_order())
    assert order == [line[3], line[2], line[1], line[0]]
    operations.drop(holder, by=None)
    assert Enrollment.objects.live().get(section=section).student == line[3].student


@pytest.mark.row("E10")
def test_a_newcomer_cannot_take_a_seat_while_somebody_waits():
    section, _holder, line = full_section(1)
    section.capacity = 2
    section.save()
    newcomer = make_student()
    assert refused(operations.enroll, newcomer, section, by=None) == "section_full"
    entry = operations.join_waitlist(newcomer, section, by=None)
    # Joining looks at the line again: the first one is seated, the newcomer waits.
    assert Enrollment.objects.live().filter(section=section, student=line[0].student).exists()
    assert position(entry) == (1, 1)


@pytest.mark.row("E12", "R09")
def test_those_who_may_not_enroll_are_passed_over_with_a_reason_and_keep_their_place():
    term = make_open_term()
    section, holder, line = full_section(3, term=term)
    meet(section)
    clash = make_open_section(term=term)
    meet(clash)
    operations.enroll(line[0].student, clash, by=None)
    user = line[1].student.user
    user.is_active = False
    user.save()
    operations.drop(holder, by=None)
    assert Enrollment.objects.live().get(section=section).student == line[2].student
    line[0].refresh_from_db()
    line[1].refresh_from_db()
    assert [line[0].last_skip_code, line[1].last_skip_code] == ["time_conflict", "account_inactive"]
    assert str(clash) in line[0].last_skip_reason
    assert [position(line[0]), position(line[1])] == [(1, 2), (2, 2)]
    assert [event.kind for event in line[0].events.all()] == ["joined", "skipped"]


@pytest.mark.row("R09")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_the_reason_for_passing_over_names_campus_time_whoever_frees_the_seat(zone):
    term = make_open_term()
    section, holder, line = full_section(1, term=term)
    meet(section)
    clash = make_open_section(term=term)
    meet(clash)
    operations.enroll(line[0].student, clash, by=None)
    with timezone.override(zone):
        operations.drop(holder, by=None)
    line[0].refresh_from_db()
    coming = Meeting.objects.filter(pattern__sections=clash, starts_at__gt=timezone.now()).earliest("starts_at")
    with timezone.override(settings.CAMPUS_TIME_ZONE):
        assert said(coming.starts_at) in line[0].last_skip_reason
    assert line[0].events.last().reason == line[0].last_skip_reason


@pytest.mark.row("R09")
def test_a_long_ineligible_head_leaves_the_rest_to_a_job():
    section, holder, line = full_section(25)
    for entry in line[:23]:
        entry.student.user.is_active = False
        entry.student.user.save()
    operations.drop(holder, by=None)
    job = ProcrastinateJob.objects.get(task_name="students.promote_line")
    promote_line(**job.args)
    assert Enrollment.objects.live().get(section=section).student == line[23].student
    assert WaitlistEntry.objects.filter(section=section, last_skip_code="account_inactive").count() == 23
    assert max(entry.events.filter(kind="skipped").count() for entry in line[:23]) == 1


def test_more_capacity_is_filled_by_promotion_up_to_the_limit():
    section, _holder, line = full_section(4)
    section.capacity = 3
    section.save()
    given = operations.promote(section, by=rita())
    assert [enrollment.student for enrollment in given] == [line[0].student, line[1].student]
    assert operations.promote(section, by=None) == []


@pytest.mark.row("R08", "E09")
def test_a_raised_capacity_is_given_to_the_line_in_the_same_deed():
    section, _holder, line = full_section(4)
    change_section(section, by=rita(), capacity=3)
    assert seated(section, line) == [True, True, False, False]
    change_section(section, by=rita(), capacity=2)
    assert seated(section, line) == [True, True, False, False]
    change_section(section, by=rita(), capacity=None)
    assert seated(section, line) == [True, True, True, True]


@pytest.mark.row("R08")
def test_a_section_that_opens_again_gives_what_became_free_to_the_line():
    section, holder, line = full_section(2)
    close_section(section, by=rita())
    operations.drop(holder, by=None)
    assert seated(section, line) == [False, False]
    open_section(section, by=rita())
    assert seated(section, line) == [True, False]


@pytest.mark.row("R08", "T05")
def test_more_seats_together_are_given_to_the_lines_of_all_sections():
    term = make_open_term()
    group = CrossListGroup.objects.create(term=term, capacity=1)
    one, two = (make_open_section(capacity=5, term=term, cross_list_group=group) for _ in range(2))
    operations.enroll(make_student(), one, by=None)
    line = [operations.join_waitlist(make_student(), section, by=None) for section in (one, two, two)]
    set_combined_capacity(two, by=rita(), capacity=3)
    assert [seated(entry.section, [entry])[0] for entry in line] == [True, True, False]
    end_cross_list(one, by=rita())
    assert seated(two, line[2:]) == [True]


@pytest.mark.row("R08")
def test_a_long_line_is_continued_by_a_job():
    section, _holder, line = full_section(FAR + 3)
    change_section(section, by=rita(), capacity=100)
    assert seated(section, line) == [True] * FAR + [False] * 3
    promote_line(**ProcrastinateJob.objects.get(task_name="students.promote_line").args)
    assert seated(section, line) == [True] * (FAR + 3)


def seated(section, line):
    holders = set(Enrollment.objects.live().filter(section=section).values_list("student", flat=True))
    return [entry.student_id in holders for entry in line]


def test_promotion_by_hand_needs_a_seat_a_reason_and_notes_who_was_passed():
    section, _holder, line = full_section(2)
    staff = rita()
    assert refused(operations.promote_entry, line[1], by=staff, reason=" ") == "reason_missing"
    assert refused(operations.promote_entry, line[1], by=staff, reason="Graduates.") == "section_full"
    assert refused(operations.promote_entry, line[1], by=line[1].student.user, reason="Me.") == "may_not_manage_line"
    section.capacity = 2
    section.save()
    operations.promote_entry(line[1], by=staff, reason="Graduates.")
    assert refused(operations.promote_entry, line[1], by=staff, reason="Again.") == "not_waiting"
    line[0].refresh_from_db()
    assert (line[0].status, line[0].last_skip_code) == ("waiting", "passed_by_hand")


@pytest.mark.row("E07")
def test_who_leaves_the_line_and_joins_again_is_last():
    section, _holder, line = full_section(2)
    operations.leave_waitlist(line[0], by=line[0].student.user)
    assert refused(operations.leave_waitlist, line[0], by=line[0].student.user) == "not_waiting"
    again = operations.join_waitlist(line[0].student, section, by=None)
    assert position(again) == (2, 2)


@pytest.mark.row("E12")
def test_lowering_the_capacity_removes_nobody_and_gives_no_seat_until_below():
    section = make_open_section(capacity=3)
    held = [operations.enroll(make_student(), section, by=None) for _ in range(3)]
    operations.join_waitlist(make_student(), section, by=None)
    section.capacity = 1
    section.save()
    operations.drop(held[0], by=None)
    assert (seats(section).taken, seats(section).free, seats(section).waiting) == (2, 0, 1)


def test_a_seat_freed_in_one_cross_listed_section_goes_to_the_line_of_the_other():
    term = make_open_term()
    group = CrossListGroup.objects.create(term=term, capacity=1)
    one, two = (make_open_section(capacity=5, term=term, cross_list_group=group) for _ in range(2))
    holder = operations.enroll(make_student(), one, by=None)
    entry = operations.join_waitlist(make_student(), two, by=None)
    operations.drop(holder, by=None)
    entry.refresh_from_db()
    assert entry.status == "accepted"


def test_a_request_gives_a_seat_or_a_place_in_line():
    section = make_open_section(capacity=1)
    answers = [operations.request_seat(make_student(), section, by=None) for _ in range(3)]
    assert [type(answer) for answer in answers] == [Enrollment, WaitlistEntry, WaitlistEntry]
    assert [answer.seq for answer in answers[1:]] == [1, 2]
    closed = make_open_section(registration_closes_at=timezone.now() - timedelta(days=1))
    assert refused(operations.request_seat, make_student(), closed, by=None) == "enrollment_closed"


def test_a_closed_account_gives_its_seat_to_the_line():
    section, holder, line = full_section(1)
    holder.student.user.is_active = False
    holder.student.user.save()
    operations.release_person(holder.student.user)
    assert Enrollment.objects.live().get(section=section).student == line[0].student


def test_nobody_is_promoted_into_a_section_that_is_not_open():
    section, holder, _line = full_section(1)
    section.status = "closed"
    section.save()
    operations.drop(holder, by=None)
    assert not Enrollment.objects.live().filter(section=section).exists()
    enroll_directly(make_student(), section)
