"""The admin: deeds as actions, facts through deeds, nothing that only those who grade may see."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import ivan, make_user, rita
from students import admin as pages
from students import operations
from students.models import Enrollment, FinalGrade, GradeEntry, GradeItem, StudentProfile
from students.tests.makers import make_class, make_grade_item, make_open_section, make_student
from students.validators import Mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    """Rita in the admin."""
    client.force_login(rita(is_staff=True))
    return client


def listed(model):
    return reverse(f"admin:students_{model}_changelist")


def act(client, model, action, *rows):
    data = {"action": action, "reason": "Asked for.", "_selected_action": [row.pk for row in rows]}
    return client.post(listed(model), data, follow=True).content.decode()


def test_every_page_opens_and_offers_neither_adding_nor_deleting(office):
    section, [enrolled] = make_class()
    item = make_grade_item(section, posted=True)
    operations.enter_marks(item, {enrolled.pk: Mark(5)}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "A"}, by=ivan())
    operations.post_finals(section, by=ivan())
    operations.grant_override(enrolled.student, make_open_section(), "capacity", by=rita(), reason="Asked")
    operations.join_waitlist(make_student(), make_open_section(capacity=0), by=None)
    models = [model for model, page in admin.site._registry.items() if page.__module__ == pages.__name__]
    assert len(models) == 18
    for model in models:
        name = model._meta.model_name
        rows = office.get(listed(name)).context["cl"].queryset
        for row in rows:
            assert office.get(reverse(f"admin:students_{name}_change", args=[row.pk])).status_code == 200
            assert office.post(reverse(f"admin:students_{name}_delete", args=[row.pk])).status_code == 403
        if name != "program":
            assert office.get(reverse(f"admin:students_{name}_add")).status_code == 403


def test_the_state_of_an_enrollment_cannot_be_edited(office):
    _section, [enrolled] = make_class()
    path = reverse("admin:students_enrollment_change", args=[enrolled.pk])
    assert office.post(path, {"status": "completed"}).status_code == 403
    assert Enrollment.objects.get().status == "registered"


@pytest.mark.row("I06", "E18")
@pytest.mark.parametrize(("action", "status"), [("drop", "dropped"), ("withdraw", "withdrawn")])
def test_ending_an_enrollment_is_the_deed_and_says_who_was_refused(office, action, status):
    _section, [enrolled] = make_class()
    assert "Done: 1." in act(office, "enrollment", action, enrolled)
    enrolled.refresh_from_db()
    assert (enrolled.status, enrolled.events.last().actor) == (status, rita())
    assert "This enrollment is over already." in act(office, "enrollment", action, enrolled)


def test_promoting_and_removing_from_the_line_are_deeds(office):
    section = make_open_section(capacity=0)
    first, second = (operations.join_waitlist(make_student(), section, by=None) for _ in range(2))
    assert "All 0 seats are taken" in act(office, "waitlistentry", "promote_by_hand", second)
    assert "Done: 1." in act(office, "waitlistentry", "remove", first)
    section.capacity = 1
    section.save()
    assert "Done: 1." in act(office, "waitlistentry", "promote_by_hand", second)
    second.refresh_from_db()
    assert second.status == "accepted"


@pytest.mark.row("E03", "E14", "E21")
def test_the_rules_of_registration_are_lifted_by_deeds(office):
    section = make_open_section(capacity=1, approval="staff")
    student = make_student()
    hold = operations.place_hold(make_student(), by=None, cause="other", office="Dean")
    asked = operations.request_approval(student, section, by=None)
    declined = operations.request_approval(make_student(), section, by=None)
    assert "Done: 1." in act(office, "enrollment", "approve", asked)
    assert "Done: 1." in act(office, "enrollment", "decline", declined)
    assert "This request is over already" in act(office, "enrollment", "decline", declined)
    window = operations.create_window(section.term, by=None, name="All", opens_at=timezone.now())
    restricted = operations.restrict(section, by=None, level="graduate")
    kept = operations.reserve_seats(section, by=None, seats=1, level="graduate")
    assert "Done: 1." in act(office, "hold", "release", hold)
    assert "This hold is lifted already." in act(office, "hold", "release", hold)
    assert "Done: 1." in act(office, "registrationwindow", "remove", window)
    assert "Done: 1." in act(office, "restriction", "lift", restricted)
    assert "Done: 1." in act(office, "seatreservation", "release", kept)
    asked.refresh_from_db()
    declined.refresh_from_db()
    assert (asked.status, declined.status) == ("registered", "cancelled")


@pytest.mark.row("G01")
def test_a_profile_changes_by_the_deed_and_a_taken_number_is_said_on_the_form(office):
    student, other = make_student(), make_student()
    path = reverse("admin:students_studentprofile_change", args=[student.pk])
    data = {"institutional_id": student.institutional_id, "program": "", "level": "graduate", "standing": "good"}
    assert office.post(path, data).status_code == 302
    assert StudentProfile.objects.get(pk=student.pk).level == "graduate"
    refused = office.post(path, data | {"institutional_id": other.institutional_id})
    assert refused.status_code == 200
    assert b"already exists" in refused.content


@pytest.mark.row("G06")
def test_drafts_are_on_no_page_of_the_admin(office):
    section, [enrolled] = make_class()
    draft = make_grade_item(section, title="Secret essay")
    operations.enter_marks(draft, {enrolled.pk: Mark(41)}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "I"}, by=ivan())
    shown = [listed(name) for name in ("gradeitem", "gradeentry", "gradechange", "finalgrade", "finalgradechange")]
    rows = [
        reverse("admin:students_gradeitem_change", args=[draft.pk]),
        reverse("admin:students_gradeentry_change", args=[GradeEntry.objects.get().pk]),
        reverse("admin:students_finalgrade_change", args=[FinalGrade.objects.get().pk]),
    ]
    for path in shown:
        page = office.get(path)
        assert page.status_code == 200
        assert page.context["cl"].result_count == 0
    for path in rows:
        assert office.get(path).status_code == 302  # the admin's way of saying that there is no such row
    operations.post_finals(section, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "B-"}, by=ivan())
    for path in (shown[3], shown[4], rows[2]):
        page = office.get(path)
        assert page.status_code == 200
        assert b"B-" not in page.content
    assert GradeItem.objects.count() == 1


@pytest.mark.row("G06")
def test_the_admin_answers_no_guess_at_a_draft(office):
    section, [enrolled] = make_class()
    operations.submit_finals(section, {enrolled.pk: "I"}, by=ivan())
    operations.post_finals(section, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "B-"}, by=ivan())
    guesses = [
        ("finalgrade", "amended_grade__startswith=B"),
        ("finalgrade", "submitted_at__year=2026"),
        ("finalgrade", "changes__isnull=0"),
        ("enrollment", "final_grade__amended_grade=B-"),
        ("enrollment", "final_grade__isnull=0"),
        ("enrollment", "grade_entries__score__gt=1"),
    ]
    for model, query in guesses:
        assert office.get(f"{listed(model)}?{query}").status_code == 400
    assert office.get(f"{listed('enrollment')}?status__exact=registered").status_code == 200


def test_people_without_the_office_do_not_get_in(client):
    client.force_login(make_user(roles=["instructor"]))
    assert client.get(listed("enrollment")).status_code in {302, 403}
    client.force_login(make_user(is_staff=True))
    assert client.get(listed("enrollment")).status_code == 403
