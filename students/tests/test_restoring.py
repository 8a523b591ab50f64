"""A section that was cancelled is taught after all: what stands again, who comes back, and what was taken meanwhile."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.operations import deactivate
from accounts.tests.makers import make_user
from courses.errors import CourseCodeTaken, CourseNotPublished, CourseWrongState, SectionWrongState
from courses.models import Course, Section
from courses.operations import (
    archive_course,
    cancel_section,
    create_course,
    open_section,
    restore_course,
    restore_section,
)
from courses.tests.makers import make_course, make_section
from notifications.models import OutboxMessage
from scheduling.models import Claim, Meeting
from scheduling.operations import add_closure
from scheduling.tests.makers import make_pattern, make_room
from students.models import WaitlistEntry
from students.operations import drop, enroll, join_waitlist
from students.queries.ledger import ledger
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("D03")]


@pytest.fixture
def rita():
    return make_user("rita@example.org", ["registrar"])


@pytest.fixture
def room():
    return make_room()


@pytest.fixture
def cancelled(room):
    """Return a section of two seats that was cancelled, with two students in it and one in line."""
    section = make_section(capacity=2, instructor=make_user("ivan@example.org", ["instructor"]))
    teacher = section.section_instructors.get().instructor
    make_pattern(section, "MTWRFSU", time(7), time(7, 50), room=room, instructors=[teacher])
    students = [make_student() for _n in range(3)]
    for student in students[:2]:
        enroll(student, section, by=None)
    join_waitlist(students[2], section, by=None)
    cancel_section(section, by=None)
    section.refresh_from_db()
    section.students = students
    return section


def line(section):
    return [entry.student for entry in WaitlistEntry.objects.waiting().filter(section=section).in_order()]


def coming(section):
    return Meeting.objects.filter(pattern__sections=section, starts_at__gt=timezone.now())


def test_meetings_stand_again_and_students_come_first_in_line(cancelled, rita):
    told = OutboxMessage.objects.filter(kind="class_restored")
    section = restore_section(cancelled, by=rita)
    assert section.status == "closed"
    assert set(coming(section).values_list("status", flat=True)) == {"scheduled"}
    claims = Claim.objects.filter(active=True, hard=True, during__startswith__gt=timezone.now())
    assert claims.filter(room__isnull=False).count() == coming(section).filter(room_claim__active=True).count() > 10
    # Nobody is enrolled unasked.
    assert not section.enrollments.live().exists()
    assert line(section) == cancelled.students
    assert {message.recipient for message in told} == {student.user for student in cancelled.students}
    assert OutboxMessage.objects.filter(kind="section_restored").get().recipient.email == "ivan@example.org"


def test_opened_again_it_gives_its_seats_in_that_order_and_no_more(cancelled, rita):
    section = open_section(restore_section(cancelled, by=rita), by=rita)
    seated = {row.student for row in section.enrollments.live()}
    assert seated == set(cancelled.students[:2])
    assert line(section) == cancelled.students[2:]
    assert all(step.is_in_order for step in ledger(section))
    # The rows of before are revived, with their stories.
    assert section.enrollments.count() == 2
    drop(section.enrollments.live().first(), by=None)
    assert line(section) == []


def test_who_takes_another_class_at_the_time_by_now_is_passed_over(cancelled, rita):
    other = make_open_section(course=make_course("ART"))
    make_pattern(other, "MTWRFSU", time(7, 30), time(8))
    enroll(cancelled.students[0], other, by=None)
    section = open_section(restore_section(cancelled, by=rita), by=rita)
    assert {row.student for row in section.enrollments.live()} == set(cancelled.students[1:])
    assert line(section) == cancelled.students[:1]


def test_a_lowered_capacity_is_kept(cancelled, rita):
    Section.objects.filter(pk=cancelled.pk).update(capacity=1)
    section = open_section(restore_section(cancelled, by=rita), by=rita)
    assert section.enrollments.live().count() == 1


def test_closed_accounts_and_those_who_left_before_do_not_come_back(room, rita):
    section = make_open_section(capacity=5)
    gone, left, stays = [make_student() for _n in range(3)]
    for student in (gone, left, stays):
        enroll(student, section, by=None)
    drop(left.enrollments.get(), by=None)
    cancel_section(section, by=None)
    deactivate(gone.user, by=None)
    section.refresh_from_db()
    assert line(restore_section(section, by=rita)) == [stays]


def test_what_is_taken_by_now_does_not_stand_again(cancelled, room, rita):
    other = make_section(course=make_course("ART"))
    first = coming(cancelled).order_by("starts_at")[3]
    local = first.starts_at.astimezone(ZoneInfo(first.pattern.zone)).date()
    letter = "MTWRFSU"[local.weekday()]
    make_pattern(other, letter, time(7, 30), time(8), room=room, start_date=local, end_date=local)
    section = restore_section(cancelled, by=rita)
    first.refresh_from_db()
    assert first.status == "cancelled"
    assert first.reason.startswith("The section was restored when the room")
    assert coming(section).filter(status="cancelled").count() == 1
    assert not Claim.objects.filter(active=True, hard=False).exists()


def test_a_section_that_nobody_came_to_is_planned_again(rita):
    section = make_section(status="planned")
    cancel_section(section, by=None)
    section.refresh_from_db()
    assert restore_section(section, by=rita).status == "planned"


def test_only_what_was_cancelled_is_restored_and_not_before_its_course(cancelled, rita):
    with pytest.raises(SectionWrongState):
        restore_section(make_section(), by=rita)
    archive_course(cancelled.course, by=None)
    with pytest.raises(CourseNotPublished):
        restore_section(cancelled, by=rita)
    course = restore_course(Course.objects.get(pk=cancelled.course_id), by=rita)
    # It was taught before.
    assert course.status == "published"
    restore_section(cancelled, by=rita)
    with pytest.raises(SectionWrongState):
        restore_section(Section.objects.get(pk=cancelled.pk), by=rita)


def test_a_course_comes_back_as_a_draft_unless_its_number_is_taken(rita):
    course = archive_course(make_course("CSE", "11"), by=None)
    other = create_course(subject=course.subject, number="11", title="Other", by=None)
    with pytest.raises(CourseCodeTaken):
        restore_course(course, by=rita)
    archive_course(other, by=None)
    assert restore_course(course, by=rita).status == "draft"
    with pytest.raises(CourseWrongState):
        restore_course(course, by=rita)


def test_page_api_and_admin_say_it_and_do_it(client, cancelled, rita):
    address = reverse("courses:section_restore", args=[cancelled.public_id])
    client.force_login(make_user("oscar@example.org", ["instructor"]))
    assert client.post(address).status_code == 403
    assert client.post(f"/api/v1/sections/{cancelled.public_id}/restore/").status_code == 403
    client.force_login(rita)
    said = client.get(address).content.decode()
    assert "2 students who had seats come first in line" in said
    assert "coming meetings stand again" in said
    assert client.post(address).status_code == 302
    refused = client.post(f"/api/v1/sections/{cancelled.public_id}/restore/")
    assert (refused.status_code, refused.json()["code"]) == (409, "section_wrong_state")
    cancel_section(Section.objects.get(pk=cancelled.pk), by=None)
    client.force_login(make_user("root@example.org", is_superuser=True, is_staff=True))
    data = {"action": "restore", "_selected_action": [cancelled.pk]}
    client.post(reverse("admin:courses_section_changelist"), data)
    assert Section.objects.get(pk=cancelled.pk).status == "closed"
    # Cancelled and restored twice: everybody is there once.
    assert line(cancelled) == cancelled.students


def test_a_cancelled_meeting_of_a_closed_day_stays_cancelled(cancelled, rita):
    day = timezone.localdate() + timedelta(days=10)
    add_closure("Break", day, day, by=None)
    section = restore_section(cancelled, by=rita)
    assert coming(section).filter(status="cancelled").count() == 1
