"""The rules about a student's own record: holds, windows, credits, repeats, restrictions, what belongs together."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from accounts.tests.makers import alice, ivan, oscar, rita
from core.errors import DomainError
from courses.operations import change_section, set_requirement
from students import operations
from students.models import Enrollment, FinalGrade, Hold, Program, RegistrationWindow, WaitlistEntry
from students.queries.registration import registration_check
from students.queries.seats import position
from students.tasks import promote_line
from students.tests.makers import (
    enroll_directly,
    make_course_entry,
    make_open_section,
    make_open_term,
    make_student,
    meet,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def refusal(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value


def enroll(student, section):
    return operations.enroll(student, section, by=student.user)


def hold(student, **fields):
    facts = {"cause": "financial", "office": "Bursar", "note": "", **fields}
    return operations.place_hold(student, by=rita(), **facts)


@pytest.fixture
def student():
    return make_student(user=alice())


@pytest.mark.row("E21")
def test_a_hold_refuses_registration_naming_office_and_cause_until_it_is_lifted(student):
    section = make_open_section()
    held = hold(student)
    error = refusal(enroll, student, section)
    assert (error.code, str(error)) == ("on_hold", "Bursar has put a hold on you (Financial). Settle it there.")
    [rule] = [rule for rule in error.rules if not rule["passed"]]
    assert (rule["lifted_by"], rule["lifted_with"]) == ("Bursar", None)
    assert refusal(operations.enroll, student, section, by=rita()).code == "on_hold"
    operations.release_hold(held, by=rita(), reason="Paid.")
    assert enroll(student, section).status == "registered"
    assert refusal(operations.release_hold, held, by=rita(), reason="Paid.").code == "hold_released"


@pytest.mark.row("E21")
def test_a_hold_blocks_only_what_it_says(student):
    enrollment = enroll(student, make_open_section())
    held = hold(student, blocks_register=False, blocks_drop=True)
    assert enroll(student, make_open_section()).status == "registered"
    assert refusal(operations.drop, enrollment, by=student.user).code == "on_hold"
    assert operations.drop(enrollment, by=rita(), reason="Wish.").status == "dropped"
    assert held.released_at is None


@pytest.mark.row("E21")
def test_holds_are_placed_and_lifted_by_the_office_for_a_reason(student):
    for person in (student.user, ivan(), oscar()):
        assert refusal(operations.place_hold, student, by=person, cause="other", office="Me").code == "may_not_hold"
    held = hold(student)
    assert refusal(operations.release_hold, held, by=rita(), reason=" ").code == "reason_missing"
    assert refusal(operations.release_hold, held, by=ivan(), reason="Kind.").code == "may_not_hold"
    assert set(Hold.objects.visible_to(student.user)) == set(Hold.objects.visible_to(rita())) == {held}
    assert set(Hold.objects.visible_to(ivan())) == set()


def window(term, **fields):
    now = timezone.now()
    facts = {"name": "Early", "opens_at": now - HOUR, "closes_at": now + HOUR, **fields}
    return operations.create_window(term, by=rita(), **facts)


@pytest.mark.row("E01")
def test_the_own_window_decides_and_says_when_it_opens(student):
    section = make_open_section()
    window(section.term, name="Graduates", level="graduate", priority=10)
    late = window(section.term, name="Undergraduates", priority=20, opens_at=timezone.now() + DAY, closes_at=None)
    error = refusal(enroll, student, section)
    assert error.code == "window_closed"
    assert error.facts["opens_at"] == late.opens_at.isoformat()
    assert str(error).startswith("Your registration (Undergraduates) opens on ")
    graduate = operations.change_profile(make_student(), by=None, level="graduate")
    assert enroll(graduate, section).status == "registered"


@pytest.mark.row("E01")
def test_outside_of_a_window_its_fallback_holds_with_its_own_credits(student):
    section = make_open_section()
    now = timezone.now()
    open_to_all = window(section.term, name="All", priority=90, credits_max=Decimal(2))
    window(section.term, name="Early", priority=1, opens_at=now - DAY, closes_at=now - HOUR, fallback=open_to_all)
    assert refusal(enroll, student, section).code == "credits_over"
    operations.change_window(open_to_all, by=rita(), credits_max=Decimal(3))
    assert enroll(student, section).status == "registered"


@pytest.mark.row("E01")
def test_a_window_can_ask_for_credits_earned(student):
    section = make_open_section()
    window(section.term, name="Seniors", credits_from=Decimal(3), priority=1)
    window(section.term, name="All", priority=9, opens_at=timezone.now() + DAY, closes_at=None)
    assert refusal(enroll, student, section).code == "window_closed"
    done = enroll_directly(student, make_open_section(), "completed")
    FinalGrade.objects.create(enrollment=done, grade="B", posted_at=timezone.now())
    assert enroll(student, section).status == "registered"


@pytest.mark.row("E01", "T09")
def test_a_term_without_a_window_for_the_student_goes_by_its_own_dates_and_a_permission_lifts_the_window(student):
    section = make_open_section()
    other = window(section.term, level="graduate", opens_at=timezone.now() + DAY, closes_at=None)
    assert enroll(student, section).status == "registered"
    operations.change_window(other, by=rita(), level="")
    second = make_open_section(term=section.term)
    assert refusal(enroll, student, second).code == "window_closed"
    operations.grant_override(student, second, "late_add", by=rita(), reason="Athlete.")
    assert enroll(student, second).status == "registered"


@pytest.mark.row("E01")
def test_windows_go_in_no_circle_and_stay_while_others_fall_back_on_them():
    term, other = make_open_term(), make_open_term()
    first = window(term)
    second = window(term, fallback=first)
    assert refusal(operations.change_window, first, by=rita(), fallback=second).code == "window_in_circle"
    assert refusal(window, other, fallback=first).code == "window_in_circle"
    assert refusal(operations.remove_window, first, by=rita()).code == "window_in_use"
    assert refusal(operations.remove_window, second, by=ivan()).code == "may_not_set_rules"
    operations.remove_window(second, by=rita())
    operations.remove_window(first, by=rita())
    assert not RegistrationWindow.objects.exists()


@pytest.mark.row("E16")
def test_credits_are_counted_over_a_term_and_its_parts_and_a_permission_lets_past_the_most(student):
    term = make_open_term(kind="semester", credits_max=Decimal(6))
    part = make_open_term(parent=term)
    enroll(student, make_open_section(term=term))
    enroll(student, make_open_section(term=part))
    third = make_open_section(term=part)
    error = refusal(enroll, student, third)
    assert (error.code, error.facts) == ("credits_over", {"credits": "9", "limit": "6"})
    free = make_open_section(term=term, credit_hours=Decimal(0))
    assert enroll(student, free).status == "registered"
    operations.grant_override(student, third, "credit_max", by=rita(), reason="Good grades.")
    assert enroll(student, third).status == "registered"


@pytest.mark.row("E16")
def test_lines_audits_and_unpaid_seats_that_lapsed_count_no_credits(student):
    term = make_open_term(credits_max=Decimal(3))
    now = timezone.now()
    enroll_directly(student, make_open_section(term=term), "auditing")
    enroll_directly(student, make_open_section(term=term), "pending_payment", hold_expires_at=now - HOUR)
    full = make_open_section(term=term, capacity=0)
    operations.join_waitlist(student, full, by=None)
    assert enroll(student, make_open_section(term=term)).status == "registered"
    change_section(full, by=None, capacity=1)
    entry = WaitlistEntry.objects.get()
    assert (entry.status, entry.last_skip_code) == ("waiting", "credits_over")


@pytest.mark.row("T07")
def test_one_course_is_taken_once_a_term_and_as_often_as_it_allows(student):
    course = make_course_entry(attempts_max=1)
    term = make_open_term()
    one, two = (make_open_section(course=course, term=term, section_number=n) for n in "12")
    enroll(student, one)
    assert refusal(enroll, student, two).code == "in_course_already"
    Enrollment.objects.update(status="completed")
    again = make_open_section(course=course)
    assert refusal(enroll, student, again).code == "taken_already"
    done = Enrollment.objects.get()
    FinalGrade.objects.create(enrollment=done, grade="F", posted_at=timezone.now())
    assert registration_check(student, again).ok
    done.final_grade.grade = "A"
    done.final_grade.save()
    operations.grant_override(student, again, "repeat", by=rita(), reason="New topics.")
    assert enroll(student, again).status == "registered"


@pytest.mark.row("T07")
def test_a_restricted_course_takes_those_whom_one_of_its_restrictions_fits(student):
    section = make_open_section()
    law = Program.objects.create(code="LAW", name="Law")
    operations.restrict(section.course, by=rita(), level="graduate")
    row = operations.restrict(section, by=rita(), program=law)
    error = refusal(enroll, student, section)
    assert (error.code, str(error)) == ("restricted", "This is for: Graduate or Law.")
    student = operations.change_profile(student, by=None, program=law)
    assert registration_check(student, section).ok
    operations.lift_restriction(row, by=rita())
    assert refusal(enroll, student, section).code == "restricted"
    operations.grant_override(student, section, "restriction", by=rita(), reason="Exchange.")
    assert enroll(student, section).status == "registered"
    assert refusal(operations.restrict, section, by=ivan(), level="graduate").code == "may_not_set_rules"


@pytest.fixture
def lecture_and_labs():
    lecture = make_open_section(section_number="A", schedule_type="LEC")
    facts = {"course": lecture.course, "term": lecture.term, "linked_to": lecture}
    labs = [make_open_section(section_number=f"A{n}", schedule_type="LAB", **facts) for n in (1, 2)]
    return lecture, labs


@pytest.mark.row("T06")
def test_a_lecture_and_a_lab_are_taken_together_or_not_at_all(student, lecture_and_labs):
    lecture, [lab, other_lab] = lecture_and_labs
    error = refusal(enroll, student, lecture)
    assert (error.code, error.facts["sections"]) == ("linked_missing", f"{lab} or {other_lab}")
    assert refusal(enroll, student, lab).facts["sections"] == str(lecture)
    assert refusal(operations.enroll_all, student, [lecture], by=student.user).code == "set_refused"
    given = operations.enroll_all(student, [lecture, lab], by=student.user)
    assert [row.section for row in given] == [lecture, lab]
    refused = refusal(enroll, student, other_lab)
    assert (refused.code, refused.facts["other"]) == ("in_course_already", str(lab))


@pytest.mark.row("T08")
def test_corequisites_are_asked_of_the_whole_set(student):
    term = make_open_term()
    physics, maths = (make_open_section(term=term) for _ in range(2))
    for one, other in ((physics, maths), (maths, physics)):
        leaf = {"course": str(other.course.public_id), "concurrent_ok": True}
        set_requirement(one.course, leaf, by=None)
    for one in (physics, maths):
        assert refusal(enroll, student, one).code == "prerequisites_missing"
    assert len(operations.enroll_all(student, [physics, maths], by=student.user)) == 2
    assert Enrollment.objects.live().filter(student=student).count() == 2


@pytest.mark.row("T08", "E16")
def test_a_set_succeeds_whole_or_says_of_each_section_what_stands_in_the_way(student):
    term = make_open_term(credits_max=Decimal(6))
    good, full, third = (make_open_section(term=term, capacity=n) for n in (5, 0, 5))
    error = refusal(operations.enroll_all, student, [good, full, third], by=student.user)
    assert [(part["name"], part["code"]) for part in error.facts["sections"]] == [(str(full), "section_full")]
    assert not Enrollment.objects.exists()
    fourth = make_open_section(term=term)
    error = refusal(operations.enroll_all, student, [good, third, fourth], by=student.user)
    assert [part["code"] for part in error.facts["sections"]] == ["credits_over"]
    assert not Enrollment.objects.exists()
    assert refusal(operations.enroll_all, student, [], by=student.user).code == "nothing_chosen"
    assert refusal(operations.enroll_all, student, [good], by=make_student().user).code == "may_not_enroll"


@pytest.mark.row("R09", "E12", "E21", "E16")
def test_five_who_may_not_enroll_do_not_stop_the_sixth_and_keep_their_places_with_a_reason():
    term = make_open_term(credits_max=Decimal(3))
    section, clash = make_open_section(capacity=1, term=term), make_open_section(term=term, credit_hours=Decimal(0))
    for one in (section, clash):
        meet(one)
    holder = operations.enroll(make_student(), section, by=None)
    people = [make_student() for _ in range(6)]
    entries = [operations.join_waitlist(student, section, by=None) for student in people]
    closed, held, busy, seated, laden, _sixth = people
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    hold(held)
    enroll_directly(busy, clash)
    enroll_directly(seated, section, "pending_approval")
    enroll_directly(laden, make_open_section(term=term))
    operations.drop(holder, by=None)
    for entry in entries:
        entry.refresh_from_db()
    assert [entry.status for entry in entries] == ["waiting"] * 5 + ["accepted"]
    codes = ["account_inactive", "on_hold", "time_conflict", "already_enrolled", "credits_over"]
    assert [entry.last_skip_code for entry in entries[:5]] == codes
    assert all(entry.last_skip_reason for entry in entries[:5])
    assert [position(entry) for entry in entries[:5]] == [(n, 5) for n in range(1, 6)]


@pytest.mark.row("E12", "E21")
def test_lifting_a_hold_gives_the_free_seat_to_whom_it_held_back():
    section = make_open_section(capacity=1)
    holder = operations.enroll(make_student(), section, by=None)
    student = make_student()
    entry = operations.join_waitlist(student, section, by=None)
    held = hold(student)
    operations.drop(holder, by=None)
    operations.release_hold(held, by=rita(), reason="Paid.")
    job = ProcrastinateJob.objects.get(task_name="students.promote_line")
    promote_line(**job.args)
    entry.refresh_from_db()
    assert entry.status == "accepted"
