"""One class for another: both change, or neither."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.tests.makers import oscar, rita
from core.errors import DomainError
from students import operations
from students.models import Enrollment, WaitlistEntry
from students.tasks import promote_line
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student, meet

pytestmark = pytest.mark.django_db


def refused(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value.code


def live(student):
    return set(Enrollment.objects.live().filter(student=student).values_list("section", flat=True))


def pair(capacity=1, **fields):
    """Return two sections of one term at the same time, full but for what is dropped, and a student of the first."""
    term = make_open_term()
    one, two = make_open_section(term=term), make_open_section(term=term, capacity=capacity, **fields)
    meet(one)
    meet(two)
    student = make_student()
    return one, two, operations.enroll(student, one, by=None)


def fill_up(section):
    return operations.enroll(make_student(), section, by=None)


@pytest.mark.row("E13", "R06")
def test_a_swap_gives_up_one_class_for_a_free_seat_at_the_same_time_of_day():
    one, two, mine = pair()
    student = mine.student
    assert refused(operations.enroll, student, two, by=student.user) == "time_conflict"
    assert operations.swap(mine, two, by=student.user).section == two
    assert live(student) == {two.pk}
    dropped = Enrollment.objects.get(student=student, section=one)
    assert (dropped.status, str(two) in dropped.events.last().reason) == ("dropped", True)


@pytest.mark.row("E13", "R06")
def test_a_swap_without_a_seat_changes_nothing():
    one, two, mine = pair()
    fill_up(two)
    assert refused(operations.swap, mine, two, by=mine.student.user) == "section_full"
    assert live(mine.student) == {one.pk}
    assert mine.events.count() == 1


@pytest.mark.row("E13")
@pytest.mark.parametrize("mode", ["auto", "offer"])
def test_who_waits_with_a_swap_keeps_the_class_until_the_seat_is_there(mode):
    one, two, mine = pair(waitlist_mode=mode)
    holder, student = fill_up(two), mine.student
    entry = operations.join_waitlist(student, two, by=student.user, swap=mine)
    assert live(student) == {one.pk}
    operations.drop(holder, by=holder.student.user)
    if mode == "offer":
        assert live(student) == {one.pk}
        operations.accept_offer(entry, by=student.user)
    assert live(student) == {two.pk}


@pytest.mark.row("E13")
def test_a_class_that_was_dropped_meanwhile_is_no_more_given_up():
    _one, two, mine = pair()
    holder, student = fill_up(two), mine.student
    operations.join_waitlist(student, two, by=student.user, swap=mine)
    operations.drop(mine, by=student.user)
    operations.drop(holder, by=holder.student.user)
    assert live(student) == {two.pk}


@pytest.mark.row("E13", "E12")
def test_a_class_that_cannot_be_dropped_any_more_is_kept_and_the_next_in_line_gets_the_seat():
    one, two, mine = pair()
    holder = fill_up(two)
    operations.join_waitlist(mine.student, two, by=mine.student.user, swap=mine)
    following = operations.join_waitlist(make_student(), two, by=None)
    one.term.drop_deadline = timezone.now() - timedelta(minutes=1)
    one.term.save()
    operations.drop(holder, by=None)
    assert live(mine.student) == {one.pk}
    assert live(following.student) == {two.pk}
    assert WaitlistEntry.objects.get(student=mine.student).last_skip_code == "drop_deadline_passed"


@pytest.mark.row("E13", "R08")
def test_the_seat_that_is_given_up_goes_to_the_line_there():
    one, two, mine = pair()
    one.capacity = 1
    one.save()
    waits = operations.join_waitlist(make_student(), one, by=None)
    operations.swap(mine, two, by=mine.student.user)
    assert live(waits.student) == {one.pk}


@pytest.mark.row("E13", "R08")
def test_the_seat_that_a_promotion_gives_up_goes_to_the_line_there_by_a_job():
    one, two, mine = pair()
    one.capacity = 1
    one.save()
    waits = operations.join_waitlist(make_student(), one, by=None)
    holder = fill_up(two)
    operations.join_waitlist(mine.student, two, by=mine.student.user, swap=mine)
    operations.drop(holder, by=None)
    assert live(mine.student) == {two.pk}
    promote_line(**ProcrastinateJob.objects.get(task_name="students.promote_line").args)
    assert live(waits.student) == {one.pk}


@pytest.mark.row("E13")
def test_what_cannot_be_swapped_is_refused_in_words():
    one, two, mine = pair()
    student, other = mine.student, enroll_directly(make_student(), one)
    assert refused(operations.swap, mine, one, by=student.user) == "swap_same"
    assert refused(operations.swap, other, two, by=student.user) == "may_not_enroll"
    assert refused(operations.swap, mine, two, by=oscar()) == "may_not_enroll"
    assert refused(operations.swap, mine, two, by=rita()) == "reason_missing"
    fill_up(two)
    assert refused(operations.join_waitlist, student, two, by=student.user, swap=other) == "swap_not_own"
    operations.drop(mine, by=student.user)
    assert refused(operations.swap, mine, two, by=student.user) == "not_enrolled"
    assert refused(operations.join_waitlist, student, two, by=student.user, swap=mine) == "not_enrolled"


@pytest.mark.row("E13")
def test_enrolling_with_a_permit_keeps_both_classes():
    term = make_open_term()
    one, two = make_open_section(term=term), make_open_section(term=term, capacity=1)
    mine = operations.enroll(make_student(), one, by=None)
    fill_up(two)
    operations.join_waitlist(mine.student, two, by=mine.student.user, swap=mine)
    operations.grant_override(mine.student, two, "capacity", by=rita(), reason="Asked for.")
    operations.enroll(mine.student, two, by=mine.student.user)
    assert live(mine.student) == {one.pk, two.pk}
