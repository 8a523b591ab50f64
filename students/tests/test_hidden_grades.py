"""What is not posted shows through no door that a student can open, in no byte, no tag of a copy and no mail (G06)."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.operations import rotate_feed
from accounts.tests.makers import alice, ivan
from notifications.models import OutboxMessage
from students import operations
from students.tests.makers import make_class, make_grade_item
from students.validators import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.row("G06", "R68")]
MARKS = st.one_of(st.just(Mark()), st.just(Mark(is_exempt=True)), st.decimals(0, 100, places=2).map(Mark))
# New with every answer, whatever it says.
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|hx-headers=.[^>]+|DTSTAMP:\S+')


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def what_a_student_reads(section, enrolled):
    """Return every page and answer about the class, byte for byte."""
    browser, script = Client(), APIClient()
    browser.force_login(alice())
    script.force_authenticate(alice())
    pages = [
        reverse("students:progress"),
        reverse("students:enrollments"),
        reverse("students:grade_detail", args=[enrolled.public_id]),
        reverse("students:section_detail", args=[section.public_id]),
        reverse("students:student_record", args=[enrolled.student.public_id]),
        reverse("students:grade_sheet", args=[section.public_id]),
        reverse("students:roster", args=[section.public_id]),
        reverse("appointments:my_timetable"),
        reverse("reports:enrollment_csv"),
        "/",
        reverse("students:class_search"),
        reverse("students:classmates", args=[section.public_id]),
        reverse("students:section_ledger", args=[section.public_id]),
    ]
    answers = [
        "/api/v1/progress/",
        f"/api/v1/students/{enrolled.student.public_id}/progress/",
        f"/api/v1/enrollments/{enrolled.public_id}/",
        f"/api/v1/enrollments/{enrolled.public_id}/grades/",
        f"/api/v1/enrollments/{enrolled.public_id}/history/",
        "/api/v1/enrollments/",
        "/api/v1/grade-items/",
        f"/api/v1/sections/{section.public_id}/final-grades/",
        f"/api/v1/sections/{section.public_id}/roster/",
        "/api/v1/timetable/",
        "/api/v1/enrollments/?ordering=final_grade__grade",
        f"/api/v1/sections/{section.public_id}/",
    ]
    feed = reverse("appointments:feed", args=[rotate_feed(alice(), by=alice())])
    read = [(path, browser.get(path)) for path in pages] + [(path, script.get(path)) for path in answers]
    read += [("feed", browser.get(feed))]
    mail = OutboxMessage.objects.filter(recipient=alice()).count()
    seen = {path: (*marks_of(answer), CHANGING.sub(b"", content_of(answer))) for path, answer in read}
    return seen | {"mail": mail}


def marks_of(answer):
    """Return what an answer says besides its body: status, length, and how a copy of it is told from the next."""
    return answer.status_code, answer.get("ETag"), answer.get("Last-Modified"), answer.get("Location")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    posted=MARKS,
    drafts=st.lists(st.tuples(st.integers(0, 5), MARKS, MARKS), min_size=1, max_size=3),
    grades=st.tuples(st.sampled_from(["", "A", "F"]), st.sampled_from(["B", "I"])),
)
def test_changing_what_is_not_posted_changes_no_byte_of_any_page_or_answer(posted, drafts, grades):
    sid = transaction.savepoint()
    section, [enrolled] = make_class()
    operations.enter_marks(make_grade_item(section, posted=True), {enrolled.pk: posted}, by=ivan())
    soon = timezone.now() + timedelta(minutes=1)
    items = [make_grade_item(section, weight=weight, due_at=soon) for weight, _before, _after in drafts]
    for item, (_weight, before, _after) in zip(items, drafts, strict=True):
        operations.enter_marks(item, {enrolled.pk: before}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: grades[0]}, by=ivan())
    before = what_a_student_reads(section, enrolled)
    for item, (_weight, _before, after) in zip(items, drafts, strict=True):
        operations.enter_marks(item, {enrolled.pk: after}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: grades[1]}, by=ivan())
    operations.change_item(items[0], by=ivan(), title="Another title", weight=9)
    make_grade_item(section)
    assert what_a_student_reads(section, enrolled) == before
    transaction.savepoint_rollback(sid)


def test_posting_does_change_what_a_student_reads():
    """The control: the pages compared above are those on which a grade shows."""
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    operations.enter_marks(item, {enrolled.pk: Mark(41)}, by=ivan())
    before = what_a_student_reads(section, enrolled)
    operations.post_item(item, by=ivan())
    after = what_a_student_reads(section, enrolled)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {
        "/",
        reverse("students:progress"),
        reverse("students:grade_detail", args=[enrolled.public_id]),
        reverse("students:student_record", args=[enrolled.student.public_id]),
        "/api/v1/progress/",
        f"/api/v1/students/{enrolled.student.public_id}/progress/",
        f"/api/v1/enrollments/{enrolled.public_id}/grades/",
    }


def test_the_first_page_says_nothing_of_a_draft():
    section, [enrolled] = make_class()
    item = make_grade_item(section, title="Essay on tides", due_at=timezone.now() - timedelta(days=1))
    operations.enter_marks(item, {enrolled.pk: Mark(41)}, by=ivan())
    browser = Client()
    browser.force_login(alice())
    assert "Essay on tides" not in browser.get("/").content.decode()
    operations.post_item(item, by=ivan())
    assert "Essay on tides" in browser.get("/").content.decode()
