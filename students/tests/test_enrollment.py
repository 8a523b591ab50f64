"""Enroll and drop: the good case, each refusal, the boundaries."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import alice, make_user, oscar, rita
from core.errors import DomainError
from courses.models import CrossListGroup, Requirement
from notifications.models import OutboxMessage
from students import operations
from students.models import Enrollment, FinalGrade, StudentProfile
from students.queries.registration import line_check, place_of, registration_check
from students.queries.seats import seats
from students.tests.makers import (
    enroll_directly,
    make_course_entry,
    make_open_section,
    make_open_term,
    make_student,
    meet,
)

pytestmark = pytest.mark.django_db


def refused(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value


def own(student):
    return {"by": student.user}


@pytest.mark.row("E05", "E19")
def test_the_last_seat_is_given_and_the_next_request_refused():
    section = make_open_section(capacity=1)
    first, second = make_student(), make_student()
    enrollment = operations.enroll(first, section, **own(first))
    assert [(e.from_status, e.to_status, e.actor) for e in enrollment.events.all()] == [("", "registered", first.user)]
    error = refused(operations.enroll, second, section, **own(second))
    assert (error.code, error.facts) == ("section_full", {"capacity": 1, "waiting": 0, "free": 0})
    assert {rule["rule"]: rule["passed"] for rule in error.rules}["section_full"] is False


@pytest.mark.row("E05")
@pytest.mark.parametrize(("capacity", "ok"), [(None, True), (0, False)])
def test_no_capacity_is_no_limit_and_zero_is_no_seats(capacity, ok):
    student, section = make_student(), make_open_section(capacity=capacity)
    assert registration_check(student, section).ok is ok


def test_pending_approval_takes_no_seat_and_an_unpaid_hold_ends():
    section, now = make_open_section(capacity=2), timezone.now()
    enroll_directly(make_student(), section, "pending_approval")
    enroll_directly(make_student(), section, "pending_payment", hold_expires_at=now - timedelta(seconds=1))
    enroll_directly(make_student(), section, "pending_payment", hold_expires_at=now + timedelta(hours=1))
    assert (seats(section).taken, seats(section).free) == (1, 1)


@pytest.mark.row("E01", "C05")
def test_enrollment_waits_for_the_window_and_ends_with_it():
    now = timezone.now()
    student = make_student()
    early = make_open_section(registration_opens_at=now + timedelta(hours=1))
    late = make_open_section(registration_closes_at=now)
    access = make_open_section(access_starts_at=now + timedelta(days=9))
    assert refused(operations.enroll, student, early, **own(student)).code == "enrollment_closed"
    assert refused(operations.enroll, student, late, **own(student)).code == "enrollment_closed"
    assert operations.enroll(student, access, **own(student)).is_live
    at = now + timedelta(hours=1)
    assert registration_check(student, early, at).ok
    assert not registration_check(student, early, at - timedelta(microseconds=1)).ok


@pytest.mark.row("E01")
def test_the_add_deadline_of_the_term_ends_the_window_too():
    now = timezone.now()
    term = make_open_term(registration_closes_at=now + timedelta(days=2), add_deadline=now - timedelta(days=1))
    student = make_student()
    assert refused(operations.enroll, student, make_open_section(term=term), by=None).code == "enrollment_closed"


@pytest.mark.parametrize("status", ["planned", "closed", "completed", "cancelled"])
def test_only_an_open_section_takes_students(status):
    student = make_student()
    assert refused(operations.enroll, student, make_open_section(status=status), by=None).code == "section_not_open"


def test_twice_is_already_enrolled():
    student, section = make_student(), make_open_section()
    operations.enroll(student, section, **own(student))
    assert refused(operations.enroll, student, section, **own(student)).code == "already_enrolled"


def test_a_stranger_and_a_classmate_may_not_enroll_somebody():
    student, section = make_student(user=alice()), make_open_section()
    assert refused(operations.enroll, student, section, by=oscar()).code == "may_not_enroll"
    assert refused(operations.enroll, student, section, by=make_student().user).code == "may_not_enroll"
    assert operations.enroll(student, section, by=rita(), source="staff").source == "staff"


@pytest.mark.row("G01")
def test_a_student_gets_one_profile_with_a_number_and_others_none():
    user = make_user(roles=["student"])
    first = operations.ensure_profile(user)
    assert operations.ensure_profile(user) == first
    assert first.institutional_id
    assert StudentProfile.objects.count() == 1
    assert refused(operations.ensure_profile, oscar()).code == "not_a_student"


def tree(course, **leaf):
    return {"course": str(course.public_id)} | leaf


@pytest.mark.row("T07")
def test_prerequisites_ask_for_completion_with_the_grade():
    before, other = make_course_entry("CSE 20"), make_course_entry("CSE 30")
    section = make_open_section()
    expression = {"all": [tree(before, min_grade="C"), {"any": [tree(other, concurrent_ok=True)]}]}
    Requirement.objects.create(course=section.course, expression=expression)
    student = make_student()
    error = refused(operations.enroll, student, section, by=None)
    assert error.code == "prerequisites_missing"
    assert error.facts == {"missing": "CSE 20 (C or better) and CSE 30 (may be taken in the same term)"}
    done = enroll_directly(student, make_open_section(course=before), "completed")
    grade = FinalGrade.objects.create(enrollment=done, grade="C-", posted_at=timezone.now())
    enroll_directly(student, make_open_section(course=other))
    assert not registration_check(student, section).ok
    grade.grade = "C"
    grade.save()
    assert registration_check(student, section).ok


@pytest.mark.row("T07")
def test_what_is_in_progress_counts_only_where_the_leaf_lets_it():
    before, section, student = make_course_entry(), make_open_section(), make_student()
    row = Requirement.objects.create(section=section, expression=tree(before))
    enroll_directly(student, make_open_section(course=before))
    assert not registration_check(student, section).ok
    row.expression = tree(before, concurrent_ok=True)
    row.save()
    assert registration_check(student, section).ok


def test_a_course_that_excludes_another_is_refused():
    before, section, student = make_course_entry(), make_open_section(), make_student()
    Requirement.objects.create(course=section.course, kind="antireq", expression=tree(before))
    assert registration_check(student, section).ok
    enroll_directly(student, make_open_section(course=before))
    assert refused(operations.enroll, student, section, by=None).code == "not_with"


@pytest.mark.row("E17", "S05")
def test_a_class_at_the_same_time_is_named_and_touching_times_are_fine():
    term, student = make_open_term(), make_student()
    own_class, clash, touching = (make_open_section(term=term) for _ in range(3))
    meet(own_class)
    meet(clash, start=time(9, 59), end=time(11))
    meet(touching, start=time(10), end=time(11))
    operations.enroll(student, own_class, by=None)
    error = refused(operations.enroll, student, clash, by=None)
    assert (error.code, error.facts["other"]) == ("time_conflict", str(own_class))
    operations.enroll(student, touching, by=None)


@pytest.mark.row("E17", "T09")
def test_an_override_lifts_its_rule_once():
    term, student, staff = make_open_term(), make_student(), rita()
    own_class, clash = (make_open_section(term=term) for _ in range(2))
    meet(own_class)
    meet(clash)
    operations.enroll(student, own_class, by=None)
    override = operations.grant_override(student, clash, "time_conflict", by=staff, reason="Leaves early.")
    enrollment = operations.enroll(student, clash, **own(student))
    override.refresh_from_db()
    assert override.used_at
    operations.drop(enrollment, **own(student))
    assert refused(operations.enroll, student, clash, **own(student)).code == "time_conflict"


@pytest.mark.row("T09", "E15")
def test_a_capacity_permit_passes_the_full_section_and_an_expired_one_does_not():
    section, staff = make_open_section(capacity=0), rita()
    student, late = make_student(), make_student()
    operations.grant_override(student, section, "capacity", by=staff, reason="Needs it to graduate.")
    soon = timezone.now() - timedelta(seconds=1)
    operations.grant_override(late, section, "capacity", by=staff, reason="Was ill.", expires_at=soon)
    assert operations.enroll(student, section, **own(student)).is_live
    assert refused(operations.enroll, late, section, **own(late)).code == "section_full"
    assert refused(operations.grant_override, late, section, "capacity", by=late.user, reason="x").code == (
        "may_not_override"
    )


@pytest.mark.row("E18", "E19")
def test_a_drop_keeps_the_row_and_enrolling_again_revives_it():
    student, section = make_student(), make_open_section()
    first = operations.enroll(student, section, **own(student))
    dropped = operations.drop(first, reason="Moved.", **own(student))
    assert (dropped.pk, dropped.status) == (first.pk, "dropped")
    again = operations.enroll(student, section, **own(student))
    assert again.pk == first.pk
    assert [(e.from_status, e.to_status, e.reason) for e in again.events.all()] == [
        ("", "registered", ""),
        ("registered", "dropped", "Moved."),
        ("dropped", "registered", ""),
    ]
    assert refused(operations.drop, make_dropped(), by=None).code == "not_enrolled"


def make_dropped():
    return enroll_directly(make_student(), make_open_section(), "dropped")


@pytest.mark.row("E18")
def test_after_the_drop_deadline_a_student_withdraws_and_the_record_stays():
    now = timezone.now()
    term = make_open_term(drop_deadline=now, withdraw_deadline=now + timedelta(days=1))
    student, section = make_student(), make_open_section(term=term)
    enrollment = operations.enroll(student, section, **own(student))
    assert refused(operations.drop, enrollment, **own(student)).code == "drop_deadline_passed"
    assert operations.withdraw(enrollment, **own(student)).status == "withdrawn"
    assert operations.enroll(student, section, **own(student)).pk != enrollment.pk
    term.withdraw_deadline = now
    term.save()
    live = Enrollment.objects.live().get(student=student)
    assert refused(operations.withdraw, live, **own(student)).code == "withdraw_deadline_passed"
    assert refused(operations.drop, live, by=rita()).code == "reason_missing"
    assert operations.drop(live, by=rita(), reason="By the dean.").status == "dropped"


@pytest.mark.row("T05")
def test_cross_listed_sections_share_their_seats():
    term = make_open_term()
    group = CrossListGroup.objects.create(term=term, capacity=2)
    one, two = (make_open_section(capacity=2, term=term, cross_list_group=group) for _ in range(2))
    operations.enroll(make_student(), one, by=None)
    operations.enroll(make_student(), two, by=None)
    assert refused(operations.enroll, make_student(), two, by=None).code == "section_full"


@pytest.mark.row("N03")
def test_each_change_leaves_one_message():
    student, section = make_student(), make_open_section()
    enrollment = operations.enroll(student, section, **own(student))
    operations.drop(enrollment, **own(student))
    assert sorted(OutboxMessage.objects.values_list("kind", flat=True)) == ["dropped", "enrolled"]


@pytest.mark.row("E08")
@pytest.mark.parametrize("fields", [{}, {"capacity": 0}, {"capacity": 0, "waitlist_mode": "off"}, {"status": "closed"}])
def test_the_check_of_a_place_in_line_is_the_same_from_that_of_a_seat(fields):
    term, student, now = make_open_term(), make_student(), timezone.now()
    own_class, section = make_open_section(term=term), make_open_section(term=term, **fields)
    meet(own_class)
    meet(section)
    enroll_directly(student, own_class)
    for person in (student, make_student()):
        seat = registration_check(person, section, now)
        asked = registration_check(person, section, now, for_seat=False)
        assert line_check(seat, section, place_of(person, section, now), now).as_dicts() == asked.as_dicts()
