"""People in the admin: facts, roles and closing, for those who may."""

import pytest
from django.urls import reverse

from accounts import operations
from accounts.api import tokens
from accounts.models import User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, oscar, rita

pytestmark = pytest.mark.django_db
LIST = "admin:accounts_user_changelist"


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


def test_a_registrar_reads_people_and_changes_none(client):
    person = alice()
    client.force_login(rita())
    where = reverse("admin:accounts_user_change", args=[person.pk])
    assert client.get(where).status_code == 200
    assert client.post(where, facts_of(person, preferred_name="Ali")).status_code == 403
    client.post(reverse(LIST), {"action": "deactivate", "_selected_action": [person.pk]})
    assert User.objects.get(pk=person.pk).is_active


def test_closing_and_opening_again_by_action(client):
    person = alice()
    old = tokens.issue(person)
    client.force_login(adam())
    client.post(reverse(LIST), {"action": "deactivate", "_selected_action": [person.pk]})
    assert not User.objects.get(pk=person.pk).is_active
    client.post(reverse(LIST), {"action": "reactivate", "_selected_action": [person.pk]})
    assert User.objects.get(pk=person.pk).is_active
    with pytest.raises(tokens.Refused):
        tokens.rotate(old["refresh"])


def test_nobody_closes_or_promotes_oneself(client):
    boss = adam()
    client.force_login(boss)
    for action in ("deactivate", "give_registrar"):
        page = client.post(reverse(LIST), {"action": action, "_selected_action": [boss.pk]}, follow=True)
        assert "errorlist" in page.text or "error" in page.text
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
