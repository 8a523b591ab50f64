"""The demonstration data: the same every time, and good for a first look."""

import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import RoleAssignment, User
from appointments.models import Appointment, Session
from coursemgmt.demo import university
from courses.models import Course, Section, SectionInstructor, Term
from scheduling.models import Claim, Closure, ConflictOverride, Meeting, MeetingPattern, Room
from students.models import Enrollment, FinalGrade, GradeEntry, GradeItem, StudentProfile, WaitlistEntry, WaitlistEvent
from students.queries.registration import registration_check
from students.queries.seats import seats_of

pytestmark = pytest.mark.django_db

COUNTED = [
    User, StudentProfile, Term, Course, Section, Enrollment, FinalGrade, WaitlistEntry, WaitlistEvent, GradeItem,
    GradeEntry, Room, Closure, MeetingPattern, Meeting, Claim, Session, Appointment,
]  # fmt: skip


def counts():
    return {model._meta.label: model.objects.count() for model in COUNTED}


def section_of(demo, code, number):
    subject, course = code.split()
    return next(
        s
        for s in demo.sections
        if (s.course.subject.code, s.course.number, s.section_number) == (subject, course, number)
    )


@pytest.mark.row("W26")
def test_a_second_run_changes_nothing(demo):
    before, told = counts(), io.StringIO()
    call_command("seed_demo", once=True, stdout=told)
    with pytest.raises(CommandError):
        call_command("seed_demo", stdout=told)
    assert counts() == before
    for email, *_name in university.LOGINS.values():
        assert email in told.getvalue()


@pytest.mark.row("W26")
@pytest.mark.parametrize("role", sorted(university.LOGINS))
def test_each_printed_person_signs_in(demo, client, role):
    email = university.LOGINS[role][0]
    answer = client.post("/accounts/login/", {"login": email, "password": university.PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").context["user"].groups.get().name == role


def test_there_are_three_terms_with_classes_in_each(demo):
    today = timezone.localdate(timezone=university.ZONE)
    past, term, coming = Term.objects.order_by("start_date")
    assert past.end_date < term.start_date <= today <= term.end_date < coming.start_date
    assert set(past.sections.values_list("status", flat=True)) == {"completed"}
    assert Counter(term.sections.values_list("status", flat=True)) == {"open": 27, "cancelled": 1}
    assert set(coming.sections.values_list("status", flat=True)) == {"planned"}


def test_classes_are_full_half_empty_to_be_arranged_online_and_one_together(demo):
    sections = list(demo.term.sections.select_related("term", "cross_list_group"))
    seats = seats_of(sections)
    assert sum(1 for found in seats.values() if not found.has_free and found.waiting) >= 5
    assert sum(1 for found in seats.values() if found.free and found.capacity and found.free * 2 >= found.capacity) >= 5
    assert MeetingPattern.objects.filter(is_tba=True, sections__term=demo.term).count() == 1
    assert demo.term.sections.filter(instructional_method="online").count() == 1
    assert demo.term.cross_list_groups.get().sections.count() == 2
    assert demo.term.sections.filter(section_instructors__isnull=True, patterns__isnull=True).count() == 1


def test_one_clash_waits_and_one_is_kept_with_a_reason(demo):
    kept = ConflictOverride.objects.get()
    assert (kept.by.email, bool(kept.reason)) == (university.LOGINS["registrar"][0], True)
    waits = Claim.objects.filter(active=True, hard=False).exclude(pk=kept.claim_id).get()
    assert waits.room.code == "201"


def test_rooms_have_features_and_there_is_a_draft_and_an_archived_course(demo):
    assert not Room.objects.filter(features=None).exists()
    assert Counter(Course.objects.exclude(status="published").values_list("status", flat=True)) == {
        "draft": 1, "archived": 1,
    }  # fmt: skip


def test_nobody_sits_beyond_capacity_and_somebody_was_passed_over(demo):
    sections = list(demo.term.sections.select_related("term", "cross_list_group"))
    assert [found for found in seats_of(sections).values() if found.capacity and found.taken > found.capacity] == []
    skipped = WaitlistEntry.objects.waiting().exclude(last_skip_code="").get()
    assert skipped.last_skip_code == "time_conflict"


def test_alice_has_a_week_a_line_to_join_and_a_class_she_lacks_the_courses_for(demo):
    alice = StudentProfile.objects.get(user__email=university.LOGINS["student"][0])
    week = Meeting.objects.standing().filter(pattern__sections__enrollments__in=alice.enrollments.live())
    assert {timezone.localtime(at, university.ZONE).weekday() for at in week.values_list("starts_at", flat=True)} == {
        0, 1, 2, 3, 4,
    }  # fmt: skip
    full = section_of(demo, "ART 30", "002")
    assert {failure.name for failure in registration_check(alice, full).failed} == {"section_full"}
    assert registration_check(alice, full, for_seat=False).ok
    lacking = section_of(demo, "CS 210", "001")
    assert [failure.name for failure in registration_check(alice, lacking).failed] == ["prerequisites_missing"]
    free = section_of(demo, "HIST 12", "001")
    assert registration_check(alice, free).ok
    promoted = alice.enrollments.get(source="waitlist")
    assert promoted.status == "registered"
    story = WaitlistEntry.objects.get(student=alice, section=promoted.section).events
    assert list(story.values_list("kind", flat=True)) == ["joined", "offered", "accepted"]


def test_a_seat_is_offered_to_somebody_who_has_yet_to_answer(demo):
    assert WaitlistEntry.objects.offered(timezone.now()).count() == 1


def test_there_is_posted_work_and_a_draft_and_grades_of_last_term(demo):
    assert GradeItem.objects.filter(posted_at__isnull=True, entries__isnull=False).exists()
    assert GradeItem.objects.filter(posted_at__isnull=False, entries__isnull=False).exists()
    assert not Enrollment.objects.filter(status="completed", final_grade__posted_at=None).exists()


def test_appointments_are_over_to_come_cancelled_moved_and_shared(demo):
    now = timezone.now()
    standing = Appointment.objects.filter(status="confirmed")
    assert standing.filter(session__ends_at__lt=now).exists()
    assert standing.filter(session__starts_at__gt=now).exists()
    assert standing.filter(moved_from__isnull=False).count() == 1
    assert Appointment.objects.filter(status="cancelled_by_host").exclude(cancel_reason="").count() == 1
    assert max(session.appointments.count() for session in Session.objects.filter(seats__gt=1)) > 1


def test_an_advisor_has_two_students_and_somebody_keeps_the_own_name(demo):
    advised = RoleAssignment.objects.active().filter(user__email=university.LOGINS["advisor"][0])
    assert set(advised.values_list("advisee__student_profile__standing", flat=True)) == {"good", "probation"}
    kept = StudentProfile.objects.get(directory_hold=True)
    alice = StudentProfile.objects.get(user__email=university.LOGINS["student"][0])
    beside = alice.enrollments.seated().values("section")
    assert Enrollment.objects.seated().filter(student=kept, section__in=beside).exists()
    helpers = SectionInstructor.objects.filter(role="assistant", can_grade=True, section__term=demo.term)
    assert helpers.exists()
