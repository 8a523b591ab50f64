"""Whoever works in the office and is a student too decides nothing about the own registration."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import make_user, rita
from courses.tests.makers import add_instructor
from students import operations
from students.errors import (
    DropDeadlinePassed,
    MarksRefused,
    MayNotApprove,
    MayNotEditProfile,
    MayNotHold,
    MayNotManageLine,
    MayNotOverride,
)
from students.models import Enrollment, FinalGrade, GradeEntry, Hold, Override
from students.tests.makers import enroll_directly, make_grade_item, make_open_section, make_open_term, make_student
from students.validators import Mark

pytestmark = [pytest.mark.django_db, pytest.mark.row("E03", "E21", "T09")]


@pytest.fixture
def own():
    return make_student(user=make_user(roles=["registrar", "student"]))


def test_nobody_approves_the_own_seat(own):
    asked = operations.request_approval(own, make_open_section(approval="staff"), by=own.user, message="")
    with pytest.raises(MayNotApprove):
        operations.approve(asked, by=own.user)
    assert Enrollment.objects.get().status == "pending_approval"


def test_nobody_lifts_the_own_hold(own):
    facts = {"cause": "financial", "office": "Bursar", "note": ""}
    held = operations.place_hold(own, by=None, **facts)
    with pytest.raises(MayNotHold):
        operations.release_hold(held, by=own.user, reason="Mine.")
    assert Hold.objects.active().exists()


def test_nobody_lets_oneself_pass_a_rule(own):
    with pytest.raises(MayNotOverride):
        operations.grant_override(own, make_open_section(), "capacity", by=own.user, reason="Mine.")
    assert not Override.objects.exists()


def test_nobody_takes_the_own_seat_out_of_turn(own):
    section = make_open_section(capacity=1)
    seat = enroll_directly(make_student(), section)
    operations.join_waitlist(make_student(), section, by=None)
    place = operations.join_waitlist(own, section, by=own.user)
    Enrollment.objects.filter(pk=seat.pk).update(status="dropped")
    with pytest.raises(MayNotManageLine):
        operations.promote_entry(place, by=own.user, reason="Mine.")
    assert not Enrollment.objects.live().exists()


def test_the_deadline_holds_for_the_own_class_too(own):
    section = make_open_section(term=make_open_term(drop_deadline=timezone.now() - timedelta(days=1)))
    seat = enroll_directly(own, section)
    with pytest.raises(DropDeadlinePassed):
        operations.drop(seat, by=own.user, reason="Mine.")
    assert operations.drop(seat, by=rita(), reason="Ill").status == "dropped"


def test_nobody_changes_what_rules_ask_of_oneself(own):
    with pytest.raises(MayNotEditProfile):
        operations.change_profile(own, by=own.user, standing="good")
    assert operations.change_profile(own, by=own.user, directory_hold=True).directory_hold


def test_nobody_grades_oneself(own):
    section = make_open_section()
    add_instructor(section, own.user)
    seat, other = enroll_directly(own, section), enroll_directly(make_student(), section)
    item = make_grade_item(section)
    with pytest.raises(MarksRefused) as refusal:
        operations.enter_marks(item, {seat.pk: Mark(9), other.pk: Mark(8)}, by=own.user)
    assert [cell["code"] for cell in refusal.value.facts["cells"]] == ["own_grade"]
    with pytest.raises(MarksRefused):
        operations.submit_finals(section, {seat.pk: "A"}, by=own.user)
    assert not GradeEntry.objects.exists()
    assert not FinalGrade.objects.exists()
    assert len(operations.enter_marks(item, {other.pk: Mark(8)}, by=own.user)) == 1


def test_every_door_says_no_to_deeds_about_oneself(own, client):
    held = operations.place_hold(own, by=None, cause="financial", office="Bursar", note="")
    client.force_login(own.user)
    reason = {"reason": "Mine."}
    client.post(reverse("students:hold_release", args=[held.public_id]), reason)
    client.post(reverse("api_hold-release", args=[held.public_id]), reason, content_type="application/json")
    chosen = {"action": "release", "_selected_action": held.pk}
    page = client.post(reverse("admin:students_hold_changelist"), chosen | reason, follow=True)
    assert str(MayNotHold.message) in page.text
    assert Hold.objects.active().exists()
