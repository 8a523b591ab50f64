"""The admin is no hole: what a page does not show cannot be asked for, no page shows a secret, deeds alone write.

Which pages answer whom stands in `access_matrix.csv`; here is what an address can be made to say beyond that.
"""

from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.urls import reverse

from accounts import operations
from accounts.models import PersonalToken, TokenFamily, User
from accounts.roles import named_permissions
from accounts.tests.makers import make_user, with_app
from scheduling.models import Claim
from students.models import Enrollment, WaitlistEntry

pytestmark = [pytest.mark.django_db, pytest.mark.row("R70")]
PAGES = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
STAFF = ["registrar", "administrator"]
SECRET = {
    "account.EmailAddress", "account.EmailConfirmation", "accounts.IdempotencyRecord", "accounts.PersonalToken",
    "accounts.TokenFamily", "admin.LogEntry", "auth.Group", "auth.Permission", "mfa.Authenticator",
    "sessions.Session", "socialaccount.SocialAccount", "socialaccount.SocialApp", "socialaccount.SocialToken",
    "usersessions.UserSession",
}  # fmt: skip


def names(model):
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def own_fields(model):
    return [field for field in model._meta.get_fields() if field.concrete and not field.many_to_many]


def shown(model, page, request):
    """Return the fields that somebody reads on the list or on the page of a row, and those that are filtered by."""
    columns = {name for name in page.get_list_display(request) if isinstance(name, str)}
    filters = {one[0] if isinstance(one, tuple) else one for one in page.get_list_filter(request)}
    row = model._default_manager.order_by("pk").last()
    fields = set(page.get_fields(request, row)) if row else set()
    return columns | {name for name in filters if isinstance(name, str)} | fields | {"id"}


def ways_to_a_secret(model, depth=3, path="") -> Iterator[str]:
    """Yield the lookups that lead from `model` over its relations to the hash of a password or of a token."""
    if model is User:
        yield f"{path}password"
        yield f"{path}token_epoch"
        yield f"{path}personal_tokens__hash"
    if depth == 0 or model is User:
        return
    for field in own_fields(model):
        if isinstance(field, models.ForeignKey):
            yield from ways_to_a_secret(field.related_model, depth - 1, f"{path}{field.name}__")


def refused(answer):
    return answer.status_code == 400 or (answer.status_code == 302 and answer["Location"].endswith("?e=1"))


@pytest.fixture
def request_of(world, rf):
    def make(actor):
        request = rf.get("/admin/")
        request.user = User.objects.get(pk=world.people[actor].pk)
        return request

    return make


def test_no_page_is_about_secrets_or_the_groups_behind_roles():
    assert {model._meta.label for model, _page in PAGES} & SECRET == set()
    assert len(PAGES) > 50


@pytest.mark.parametrize("actor", STAFF)
def test_no_lookup_leads_over_a_relation_to_a_secret(world, actor):
    client, answered, asked = world.client(actor), [], 0
    for model, _page in PAGES:
        where = reverse(f"{names(model)}_changelist")
        if client.get(where).status_code != 200:
            continue
        for way in ways_to_a_secret(model):
            asked += 1
            if not refused(client.get(f"{where}?{way}__startswith=md5")):
                answered.append(f"{model._meta.label}: {way}")
    assert answered == []
    assert asked > 60


@pytest.mark.parametrize("actor", STAFF)
def test_no_lookup_asks_for_a_field_that_is_not_shown(world, request_of, actor):
    client, request, answered = world.client(actor), request_of(actor), []
    for model, page in PAGES:
        where = reverse(f"{names(model)}_changelist")
        if client.get(where).status_code != 200:
            continue
        for field in own_fields(model):
            hidden = {field.name, field.attname}.isdisjoint(shown(model, page, request))
            if hidden and not refused(client.get(f"{where}?{field.name}__isnull=0")):
                answered.append(f"{model._meta.label}: {field.name}")
    assert answered == []


def test_no_page_shows_a_secret(world):
    with transaction.atomic():
        person = world.people["administrator"]
        with_app(person)
        operations.rotate_feed(person, by=person)
        secrets = {user.password for user in User.objects.all() if user.has_usable_password()}
        secrets |= set(PersonalToken.objects.values_list("hash", flat=True))
        secrets |= set(TokenFamily.objects.values_list("current", flat=True))
        secrets |= set(Session.objects.values_list("session_key", flat=True))
        secrets |= {row.data["secret"] for row in Authenticator.objects.filter(type="totp")}
        assert len(secrets) > 4
        told = [page for page in _texts(world) if any(secret and secret in page[1] for secret in secrets)]
        transaction.set_rollback(True)
    assert [address for address, _text in told] == []


def _texts(world) -> Iterator[tuple[str, str]]:
    client = world.client("administrator")
    for model, _page in PAGES:
        addresses = [reverse(f"{names(model)}_changelist")]
        for row in model._default_manager.order_by("-pk")[:2]:
            addresses += [reverse(f"{names(model)}_{page}", args=[row.pk]) for page in ("change", "history")]
        for address in addresses:
            yield address, client.get(address).text


@pytest.mark.parametrize("actor", STAFF)
def test_nothing_is_deleted_by_hand(world, actor):
    client, gone = world.client(actor), []
    for model, _page in PAGES:
        row = model._default_manager.order_by("pk").last()
        if row is None:
            continue
        with transaction.atomic():
            direct = client.post(reverse(f"{names(model)}_delete", args=[row.pk]), {"post": "yes"})
            many = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            client.post(reverse(f"{names(model)}_changelist"), many)
            if direct.status_code != 403 or not model._default_manager.filter(pk=row.pk).exists():
                gone.append(model._meta.label)
            transaction.set_rollback(True)
    assert gone == []


@pytest.mark.parametrize("actor", STAFF)
@pytest.mark.parametrize("model", [Enrollment, WaitlistEntry, Claim])
def test_seats_and_claims_are_written_by_deeds_alone(world, actor, model):
    row = model.objects.order_by("pk").last()
    before = model.objects.filter(pk=row.pk).values().get()
    client = world.client(actor)
    for name, args in (("change", [row.pk]), ("add", [])):
        answer = client.post(reverse(f"{names(model)}_{name}", args=args), {"status": "dropped", "active": ""})
        assert answer.status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.row("A07")
def test_an_assembled_role_opens_the_pages_of_its_permissions_and_no_others(client, world):
    with transaction.atomic():
        operations.make_role("records clerk", ["students.view_any_record"], by=None)
        client.force_login(make_user(roles=["records clerk"]))
        opened = {model.__name__ for model, _page in PAGES if client.get(_list(model)).status_code == 200}
        transaction.set_rollback(True)
    assert {"Enrollment", "StudentProfile", "WaitlistEntry"} <= opened
    assert opened.isdisjoint(
        {"User", "Role", "Room", "Claim", "OutboxMessage", "Section", "UserHistory", "RecordAccess"}
    )


@pytest.mark.row("A07")
def test_each_permission_of_the_office_alone_opens_less_than_an_administrator_has(client, world):
    whole = {model for model, _page in PAGES if world.client("administrator").get(_list(model)).status_code == 200}
    for name in sorted(named_permissions()):
        with transaction.atomic():
            operations.make_role("one", [name], by=None)
            client.force_login(make_user(roles=["one"]))
            opened = {model for model, _page in PAGES if client.get(_list(model)).status_code == 200}
            transaction.set_rollback(True)
        assert opened < whole, name


def _list(model):
    return reverse(f"{names(model)}_changelist")
