"""What a role that was assembled leaves behind when it goes: nothing."""

import pytest

from accounts.errors import MayNotInvite
from accounts.models import RoleAssignment
from accounts.operations import (
    assign_advisor,
    change_role,
    grant_role,
    invite,
    make_role,
    remove_assembled_role,
    remove_role,
)
from accounts.tests.makers import adam, alice, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.row("R69", "A07")]
ADVISING, DESK = "accounts.advise_students", "accounts.view_directory"


def lose_by_taking(role, person):
    remove_role(person, role.name, by=adam())


def lose_by_change(role, person):
    change_role(role, by=adam(), name=role.name, permissions=[DESK])


def lose_by_end(role, person):
    remove_assembled_role(role, by=adam())


@pytest.mark.parametrize("lose", [lose_by_taking, lose_by_change, lose_by_end])
def test_who_advised_by_an_assembled_role_advises_nobody_once_it_goes(lose):
    role = make_role("tutor", [ADVISING], by=adam())
    person = make_user(roles=["tutor"])
    assign_advisor(alice(), person, by=None)
    lose(role, person)
    assert not RoleAssignment.objects.standing().exists()


def test_who_still_advises_by_another_role_keeps_the_advisees():
    make_role("tutor", [ADVISING], by=adam())
    person = make_user(roles=["tutor", "advisor"])
    assign_advisor(alice(), person, by=None)
    remove_role(person, "tutor", by=adam())
    assert RoleAssignment.objects.standing().count() == 1


def test_to_invite_takes_the_right_to_give_roles():
    make_role("greeter", ["accounts.invite_people"], by=adam())
    greeter = make_user()
    grant_role(greeter, "greeter", by=adam())
    with pytest.raises(MayNotInvite):
        invite("new.person@example.org", "student", by=greeter)
