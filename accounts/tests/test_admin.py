"""People in the admin: facts, roles and closing, for those who may."""

import pytest
from django.urls import reverse

from accounts import operations
from accounts.api import tokens
from accounts.models import Role, User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_user_changelist"
ROLES = ["administrator", "advisor", "instructor", "registrar", "student"]


def facts_of(person, **more):
    names = ("given_name", "middle_name", "family_name", "preferred_name", "pronouns", "locale", "time_zone")
    return {name: getattr(person, name) for name in names} | more


def test_an_administrator_changes_the_facts_of_a_person_by_the_deed_alone(client):
    person = alice()
    client.force_login(adam())
    where = reverse("admin:accounts_user_change", args=[person.pk])
    sly = {"is_superuser": "on", "email": "x@example.org", "password": "x", "token_epoch": "9"}
    assert client.post(where, facts_of(person, preferred_name="Ali", **sly)).status_code == 302
    after = User.objects.get(pk=person.pk)
    assert (after.preferred_name, after.email, after.is_superuser) == ("Ali", "alice@example.org", False)
    assert (after.password, after.token_epoch) == (person.password, person.token_epoch)
    page = client.post(where, facts_of(person, time_zone="Mars/Olympus"))
    assert (page.status_code, User.objects.get(pk=person.pk).time_zone) == (200, "")


def act(client, action, *people, **more):
    """Do the action for the people and return what the page says of it."""
    data = {"action": action, "_selected_action": [person.pk for person in people], "reason": "Asked by phone."}
    page = client.post(reverse(LIST), data | more, follow=True)
    return [str(message) for message in page.context["messages"]]


def roles_of(person):
    return sorted(person.groups.values_list("name", flat=True))


def test_a_registrar_reads_people_and_changes_none(client):
    person = alice()
    client.force_login(rita())
    where = reverse("admin:accounts_user_change", args=[person.pk])
    assert client.get(where).status_code == 200
    assert client.post(where, facts_of(person, preferred_name="Ali")).status_code == 403


@pytest.mark.row("A04", "R70")
def test_a_registrar_closes_accounts_of_students_alone(client):
    client.force_login(rita())
    assert act(client, "deactivate", alice()) == ["1 is done."]
    assert not User.objects.get(pk=alice().pk).is_active
    for action in ("deactivate", "end_sign_ins", "reset_factors"):
        assert act(client, action, ivan()) == ["Ivan Example: You may not do this."]
    assert User.objects.get(pk=ivan().pk).is_active


@pytest.mark.row("A04")
def test_roles_are_given_and_taken_by_actions_with_a_reason(client):
    person, boss = oscar(), adam()
    client.force_login(boss)
    assert act(client, "give_role", person, role="instructor") == ["1 is done."]
    assert roles_of(person) == ["instructor"]
    assert act(client, "take_role", person, role="instructor") == ["1 is done."]
    assert roles_of(person) == []
    events = person.account_events.order_by("pk").values_list("kind", "actor", "reason")
    assert list(events) == [(kind, boss.pk, "Asked by phone.") for kind in ("role_given", "role_taken")]
    page = client.get(reverse("admin:accounts_user_change", args=[person.pk])).text
    assert "Asked by phone." in page


@pytest.mark.row("A04", "A07")
@pytest.mark.parametrize(("maker", "offered"), [(adam, ROLES), (rita, ["advisor", "instructor", "student"])])
def test_only_the_roles_that_one_may_give_are_offered(client, maker, offered):
    client.force_login(maker())
    page = client.get(reverse("admin:accounts_user_changelist"))
    assert [role.name for role in page.context["action_form"].fields["role"].queryset] == offered


@pytest.mark.row("A07")
def test_who_manages_people_finds_the_facts_of_an_administrator_read_only(client):
    operations.make_role("people", ["accounts.view_directory", "accounts.manage_people"], by=None)
    client.force_login(make_user(roles=["people"]))
    boss = adam()
    page = reverse("admin:accounts_user_change", args=[boss.pk])
    assert "_save" not in client.get(page).text
    assert client.post(page, {"given_name": "Nobody"}).status_code == 403
    assert "_save" in client.get(reverse("admin:accounts_user_change", args=[oscar().pk])).text


@pytest.mark.row("A04", "A07")
def test_a_registrar_gives_what_is_below_and_nothing_else(client):
    person = oscar()
    client.force_login(rita())
    refused = f"{person}: This role is not yours to give or to take, and nobody gives or takes one of oneself."
    for role in ("administrator", "registrar"):
        assert act(client, "give_role", person, role=role) == [refused]
    assert act(client, "give_role", person, role="student") == ["1 is done."]
    assert roles_of(person) == ["student"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"role": "student", "reason": " "}, "Say why: the reason is kept."),
        ({"role": ""}, "Choose the role."),
    ],
)
def test_an_action_without_its_reason_or_role_does_nothing(client, more, said):
    person = oscar()
    client.force_login(adam())
    assert act(client, "give_role", person, **more) == [said]
    assert roles_of(person) == []


@pytest.mark.row("A07")
def test_an_administrator_assembles_changes_and_removes_a_role(client):
    client.force_login(adam())
    page = client.get(reverse("admin:accounts_role_add"))
    assert "Can see every student" in page.text
    assert "Can add" not in page.text
    data = {"name": "records clerk", "may": ["students.view_any_record"], "reason": "New desk."}
    assert client.post(reverse("admin:accounts_role_add"), data).status_code == 302
    role = Role.objects.get(name="records clerk")
    assert role.permission_names() == {"students.view_any_record"}
    where = reverse("admin:accounts_role_change", args=[role.pk])
    assert 'value="students.view_any_record"' in client.get(where).text
    data |= {"name": "clerk", "may": ["students.view_any_record", "accounts.view_directory"]}
    assert client.post(where, data).status_code == 302
    role = Role.objects.get(pk=role.pk)
    assert (role.name, len(role.permission_names())) == ("clerk", 2)
    history = client.get(reverse("admin:accounts_rolehistory_changelist")).text
    assert "records clerk" in history
    gone = {"action": "remove", "_selected_action": [role.pk], "reason": "Desk closed."}
    client.post(reverse("admin:accounts_role_changelist"), gone)
    assert not Role.objects.filter(name="clerk").exists()


@pytest.mark.row("A07")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "clerk", "may": ["auth.add_group"], "reason": "x"}, "Select a valid choice"),
        ({"name": "clerk", "may": ["accounts.impersonate"], "reason": "x"}, "Select a valid choice"),
        ({"name": "clerk", "may": [], "reason": "x"}, "A role is assembled from the permissions that are listed"),
        ({"name": "Registrar", "may": ["accounts.view_directory"], "reason": "x"}, "There is a role of this name"),
        ({"name": "clerk", "may": ["accounts.view_directory"], "reason": ""}, "This field is required"),
    ],
)
def test_a_role_that_cannot_be_is_refused_on_the_form(client, data, said):
    client.force_login(adam())
    page = client.post(reverse("admin:accounts_role_add"), data)
    assert (page.status_code, said in page.text) == (200, True)
    assert not Role.objects.filter(name="clerk").exists()


@pytest.mark.row("A07")
def test_a_built_in_role_is_shown_and_never_changed(client):
    client.force_login(adam())
    role = Role.objects.get(name="registrar")
    where = reverse("admin:accounts_role_change", args=[role.pk])
    page = client.get(where).text
    assert "Built in: name and permissions are fixed" in page
    assert "Can see every student" in page
    assert client.post(where, {"name": "x", "may": [], "reason": "x"}).status_code == 403
    gone = {"action": "remove", "_selected_action": [role.pk], "reason": "x"}
    page = client.post(reverse("admin:accounts_role_changelist"), gone, follow=True)
    assert "“registrar” is built in" in page.text
    assert Role.objects.filter(name="registrar").exists()


@pytest.mark.row("A07")
def test_a_registrar_reads_roles_and_assembles_none(client):
    client.force_login(rita())
    role = operations.make_role("clerk", ["accounts.view_directory"], by=None)
    assert client.get(reverse("admin:accounts_role_change", args=[role.pk])).status_code == 200
    assert client.post(reverse("admin:accounts_role_change", args=[role.pk]), {"name": "x"}).status_code == 403
    assert client.get(reverse("admin:accounts_role_add")).status_code == 403


@pytest.mark.row("A08")
def test_the_page_of_a_person_leads_to_work_in_their_name_for_administrators_alone(client):
    person = alice()
    where = reverse("admin:accounts_user_change", args=[person.pk])
    begin = reverse("accounts:impersonation_start", args=[person.public_id])
    client.force_login(rita())
    assert begin not in client.get(where).text
    boss = adam()
    client.force_login(boss)
    assert begin in client.get(where).text
    own = client.get(reverse("admin:accounts_user_change", args=[boss.pk])).text
    assert "Work in their name" not in own


@pytest.mark.row("A08")
def test_work_in_names_is_listed_and_searched_by_either_side(client):
    operations.start_impersonation(alice(), by=adam(), reason="Cannot enroll.")
    client.force_login(rita())
    where = reverse("admin:accounts_impersonationsession_changelist")
    for word, found in (("alice", 1), ("adam", 1), ("enroll", 1), ("oscar", 0)):
        page = client.get(f"{where}?q={word}")
        assert len(page.context["cl"].result_list) == found
    assert "Still goes on" in client.get(where).text


def test_closing_and_opening_again_by_action(client):
    person = alice()
    old = tokens.issue(person)
    client.force_login(adam())
    client.post(reverse(LIST), {"action": "deactivate", "reason": "Left.", "_selected_action": [person.pk]})
    assert not User.objects.get(pk=person.pk).is_active
    client.post(reverse(LIST), {"action": "reactivate", "reason": "Back.", "_selected_action": [person.pk]})
    assert User.objects.get(pk=person.pk).is_active
    with pytest.raises(tokens.Refused):
        tokens.rotate(old["refresh"])


def test_nobody_closes_or_promotes_oneself(client):
    boss = adam()
    client.force_login(boss)
    for action in ("deactivate", "give_role", "take_role", "reset_factors"):
        (said,) = act(client, action, boss, role="administrator")
        assert said.startswith("Adam Example: ")
    boss = User.objects.get(pk=boss.pk)
    assert (boss.is_active, [group.name for group in boss.groups.all()]) == (True, ["administrator"])


@pytest.mark.parametrize("maker", [alice, ivan, oscar])
def test_others_find_no_admin(client, maker):
    client.force_login(maker())
    assert client.get(reverse(LIST), follow=True).status_code == 403


def test_no_page_of_the_admin_is_about_tokens_and_none_looks_into_a_password(client):
    boss = adam()
    operations.rotate_feed(boss, by=boss)
    client.force_login(boss)
    index = client.get(reverse("admin:index")).text.lower()
    for word in ("personal token", "token famil", "idempotency", "session data", "email confirmation"):
        assert word not in index
    for lookup in ("password__startswith=md5", "personal_tokens__hash__startswith=a", "token_epoch=0"):
        assert client.get(reverse(LIST) + "?" + lookup).status_code in (302, 400)


def test_the_list_asks_as_many_queries_for_two_as_for_twelve(client, django_assert_max_num_queries):
    boss = adam()
    client.force_login(boss)
    for number in range(12):
        operations.create_person(f"p{number}@example.org", by=None, password=PASSWORD, roles=["student"])
    with django_assert_max_num_queries(15):
        assert client.get(reverse(LIST)).status_code == 200
