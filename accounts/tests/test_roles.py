"""Roles: who gives which to whom, and those that an administrator assembles."""

import threading

import pytest
from django.db import connection

from accounts import operations
from accounts.api import tokens
from accounts.errors import (
    BuiltInRole,
    LastAdministrator,
    MayNotGrantRole,
    NotANamedPermission,
    RoleNameTaken,
    RoleOfOneself,
)
from accounts.models import AccountEvent, Role, User
from accounts.roles import grant_roles, named_permissions
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from core.errors import DomainError, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.row("A07")]
CLERK = ["accounts.view_directory", "students.view_any_record"]


def fresh(person):
    return User.objects.get(pk=person.pk)


def roles_of(person):
    return sorted(person.groups.values_list("name", flat=True))


def make_role(name="records clerk", permissions=CLERK):
    return operations.make_role(name, permissions, by=None)


@pytest.mark.parametrize(
    ("maker", "role", "may"),
    [
        (adam, "administrator", True),
        (adam, "registrar", True),
        (adam, "student", True),
        (rita, "student", True),
        (rita, "instructor", True),
        (rita, "advisor", True),
        (rita, "registrar", False),
        (rita, "administrator", False),
        (ivan, "student", False),
        (alice, "student", False),
    ],
)
def test_each_gives_and_takes_what_is_below_them(maker, role, may):
    giver, person, holder = maker(), make_user(), make_user(roles=[role])
    for deed, who in ((operations.grant_role, person), (operations.remove_role, holder)):
        if may:
            deed(who, role, by=giver)
        else:
            with pytest.raises(MayNotGrantRole):
                deed(who, role, by=giver)
    assert (roles_of(person), roles_of(holder)) == (([role], []) if may else ([], [role]))


@pytest.mark.parametrize("holder", [adam, rita])
def test_the_office_gives_and_takes_nothing_of_whoever_ranks_alike_or_above(holder):
    giver, person = make_user(roles=["registrar"]), holder()
    operations.grant_role(person, "student", by=None)
    before = roles_of(person)
    with pytest.raises(MayNotGrantRole):
        operations.remove_role(person, "student", by=giver)
    with pytest.raises(MayNotGrantRole):
        operations.grant_role(person, "instructor", by=giver)
    assert roles_of(person) == before


@pytest.mark.parametrize("maker", [adam, rita])
def test_nobody_gives_or_takes_a_role_of_oneself(maker):
    person = maker()
    before = roles_of(person)
    for deed in (operations.grant_role, operations.remove_role):
        for role in ("student", before[0]):
            with pytest.raises(MayNotGrantRole):
                deed(person, role, by=person)
    assert roles_of(person) == before


def test_the_rank_of_an_assembled_role_follows_from_its_permissions():
    office = rita()
    below, above = make_role(), make_role("people", [*CLERK, "accounts.manage_people"])
    equal = make_role("deputy", sorted(below.permission_names() | set(_office_of_rita())))
    operations.grant_role(oscar(), below.name, by=office)
    for role in (above, equal):
        with pytest.raises(MayNotGrantRole):
            operations.grant_role(oscar(), role.name, by=office)
    assert roles_of(oscar()) == [below.name]


def _office_of_rita():
    return Role.objects.get(name="registrar").permission_names()


def test_a_holder_of_an_assembled_role_gives_only_what_is_below_it():
    make_role("helper", ["accounts.grant_roles", "students.view_any_roster"])
    make_role("reader", ["students.view_any_roster"])
    helper = make_user(roles=["helper"])
    operations.grant_role(oscar(), "reader", by=helper)
    operations.grant_role(oscar(), "student", by=helper)
    for role in ("helper", "registrar"):
        with pytest.raises(MayNotGrantRole):
            operations.grant_role(oscar(), role, by=helper)


def test_who_gave_a_role_and_why_is_kept():
    person, boss = oscar(), adam()
    operations.grant_role(person, "instructor", by=boss, reason="Teaches from autumn.")
    operations.remove_role(person, "instructor", by=boss, reason="Left.")
    operations.remove_role(person, "instructor", by=boss, reason="Left.")
    told = AccountEvent.objects.filter(user=person).order_by("pk").values_list("kind", "role", "actor", "reason")
    assert list(told) == [
        ("role_given", "instructor", boss.pk, "Teaches from autumn."),
        ("role_taken", "instructor", boss.pk, "Left."),
    ]


@pytest.mark.row("R54")
def test_tokens_end_when_a_role_is_given_changed_or_removed():
    role, person, boss = make_role(), oscar(), adam()
    deeds = [
        lambda: operations.grant_role(person, role.name, by=boss),
        lambda: operations.change_role(role, name=role.name, permissions=CLERK[:1], by=boss),
        lambda: operations.remove_assembled_role(role, by=boss),
    ]
    for deed in deeds:
        pair = tokens.issue(fresh(person))
        deed()
        with pytest.raises(tokens.Refused):
            tokens.user_of_access(pair["access"])


def test_only_a_role_of_the_office_opens_the_admin():
    make_role("clerk")
    make_role("tutor", ["appointments.host_appointments", "students.enroll_self"])
    person, other = make_user(), make_user()
    operations.grant_role(person, "clerk", by=None)
    operations.grant_role(other, "tutor", by=None)
    assert (fresh(person).is_staff, fresh(other).is_staff) == (True, False)
    role = Role.objects.get(name="clerk")
    operations.change_role(role, name="clerk", permissions=["students.enroll_self"], by=None)
    assert not fresh(person).is_staff
    operations.change_role(role, name="clerk", permissions=CLERK, by=None)
    operations.remove_assembled_role(role, by=None)
    assert (fresh(person).is_staff, roles_of(person)) == (False, [])


@pytest.mark.parametrize("maker", [rita, ivan, alice])
def test_only_an_administrator_assembles_roles(maker):
    role, person = make_role(), maker()
    for deed in (
        lambda: operations.make_role("other", CLERK, by=person),
        lambda: operations.change_role(role, name="other", permissions=CLERK, by=person),
        lambda: operations.remove_assembled_role(role, by=person),
    ):
        with pytest.raises(NotAllowed):
            deed()
    assert [one.name for one in Role.objects.all() if not one.is_built_in] == [role.name]


@pytest.mark.parametrize(
    "permissions",
    [[], ["auth.add_group"], ["students.delete_enrollment"], ["accounts.impersonate"], ["accounts.edit_roles"], ["x"]],
)
def test_a_role_is_assembled_of_named_permissions_alone(permissions):
    with pytest.raises(NotANamedPermission):
        operations.make_role("odd", permissions, by=adam())
    assert not Role.objects.filter(name="odd").exists()


def test_the_named_permissions_are_those_of_the_product():
    names = set(named_permissions())
    assert {"students.view_any_record", "courses.edit_terms", "pghistory.view_events"} <= names
    assert not [name for name in names if name.partition(".")[2].startswith(("add_", "change_", "delete_"))]


@pytest.mark.parametrize("name", ["Registrar", " clerk ", "CLERK"])
def test_two_roles_never_have_one_name(name):
    make_role("clerk")
    with pytest.raises(RoleNameTaken):
        operations.make_role(name, CLERK, by=adam())


def test_a_built_in_role_is_never_renamed_changed_or_removed():
    boss, role = adam(), Role.objects.get(name="registrar")
    before = role.permission_names()
    with pytest.raises(BuiltInRole):
        operations.change_role(role, name="registry", permissions=CLERK, by=boss)
    with pytest.raises(BuiltInRole):
        operations.remove_assembled_role(role, by=boss)
    assert Role.objects.get(name="registrar").permission_names() == before


def test_built_in_roles_are_put_right_again_after_a_migration():
    role, extra = Role.objects.get(name="student"), named_permissions()["students.view_any_record"]
    before = role.permission_names()
    role.permissions.set([extra])
    grant_roles()
    assert role.permission_names() == before


def test_nobody_changes_an_assembled_role_that_is_ones_own():
    role, boss = make_role(), adam()
    operations.grant_role(boss, role.name, by=None)
    with pytest.raises(RoleOfOneself):
        operations.change_role(role, name=role.name, permissions=[*CLERK, "courses.edit_terms"], by=fresh(boss))
    with pytest.raises(RoleOfOneself):
        operations.remove_assembled_role(role, by=fresh(boss))


def test_the_last_administrator_stays_one():
    boss = adam()
    helper = make_user(is_superuser=True)
    for deed in (lambda: operations.remove_role(boss, "administrator", by=helper),
                 lambda: operations.deactivate(boss, by=helper)):  # fmt: skip
        with pytest.raises(LastAdministrator):
            deed()
    make_user(roles=["administrator"])
    operations.deactivate(boss, by=helper)
    assert not fresh(boss).is_active


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (operations.deactivate, "closed"),
        (operations.sign_out_everywhere, "sign_ins_ended"),
        (operations.reset_factors, "factors_removed"),
    ],
)
def test_the_office_helps_students_alone_and_says_why(deed, kind):
    office, person = rita(), alice()
    deed(person, by=office, reason="Phone lost.")
    event = person.account_events.get()
    assert (event.kind, event.actor, event.reason) == (kind, office, "Phone lost.")
    operations.make_role("clerk", CLERK, by=None)
    both = make_user(roles=["student", "clerk"])
    for other in (ivan(), adam(), both, make_user(roles=["student", "instructor"])):
        with pytest.raises(NotAllowed):
            deed(other, by=office, reason="Asked.")


def test_who_may_see_the_directory_alone_closes_no_account():
    make_role("reader", ["accounts.view_directory"])
    with pytest.raises(NotAllowed):
        operations.deactivate(alice(), by=make_user(roles=["reader"]), reason="No.")


def test_who_manages_people_by_an_assembled_role_never_reaches_an_administrator():
    make_role("people", [*CLERK, "accounts.manage_people"])
    manager = make_user(roles=["people"])
    operations.deactivate(ivan(), by=manager, reason="Left.")
    boss = adam()
    assert operations.change_profile(ivan(), by=manager, given_name="Iwan").given_name == "Iwan"
    for person in (boss, rita()):
        with pytest.raises(NotAllowed):
            operations.change_profile(person, by=manager, given_name="Nobody")
        with pytest.raises(NotAllowed):
            operations.remove_photo(person, by=manager)
    for deed in (operations.deactivate, operations.reset_factors, operations.sign_out_everywhere):
        for person in (boss, rita(), manager):
            if deed is operations.sign_out_everywhere and person == manager:
                continue
            with pytest.raises(NotAllowed):
                deed(person, by=manager, reason="No.")
    operations.deactivate(boss, by=None)
    with pytest.raises(NotAllowed):
        operations.reactivate(boss, by=manager, reason="No.")


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_end_each_other_at_once_leave_one():
    grant_roles()
    one, other = make_user(roles=["administrator"]), make_user(roles=["administrator"])
    start, codes = threading.Barrier(2), []

    def run(by, person):
        try:
            by, person = User.objects.get(pk=by.pk), User.objects.get(pk=person.pk)
            by.get_all_permissions()
            start.wait()
            operations.remove_role(person, "administrator", by=by)
            codes.append("done")
        except DomainError as exc:
            codes.append(exc.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["done", "last_administrator"]
    assert User.objects.administrators().count() == 1
