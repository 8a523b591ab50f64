"""Whoever works in the office and is a student too decides nothing about the own registration."""

import pytest

from accounts.tests.makers import make_user
from students import operations
from students.errors import MayNotApprove, MayNotHold, MayNotOverride
from students.models import Enrollment, Hold, Override
from students.tests.makers import make_open_section, make_student

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
