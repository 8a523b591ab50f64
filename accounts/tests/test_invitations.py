"""Invitations: one role, for whoever reads the mail of one address, once."""

import re
import threading
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import operations
from accounts.errors import AlreadyInvited, HasAccount, InvitationOver, InvitedAnother, MayNotGrantRole, MayNotInvite
from accounts.models import Invitation, User
from accounts.operations.roles import grant_invited
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita
from notifications.models import OutboxMessage
from notifications.operations import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.row("A01")]
NEW = {"given_name": "Nour", "family_name": "El-Amin", "password1": PASSWORD, "password2": PASSWORD}
ADDRESS = "nour@example.org"


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def invite(email=ADDRESS, role="instructor", by=None):
    return operations.invite(email, role, by=by or adam())


def link_of(invitation):
    key = operations.invitation_key(invitation)
    return reverse("accounts:invitation", args=[invitation.public_id, key])


def roles_of(email):
    return sorted(User.objects.get(email=email).groups.values_list("name", flat=True))


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_somebody_invited_follows_the_link_of_the_mail_and_has_account_and_role(client):
    invite()
    (message,) = OutboxMessage.objects.all()
    assert deliver(message.pk) == "sent"
    (sent,) = mail.outbox
    assert sent.to == [ADDRESS]
    path = re.search(r"http://localhost:8000(/invitations/\S+)", sent.body)[1]
    page = client.get(path)
    assert page.status_code == 200
    assert User.objects.filter(email=ADDRESS).count() == 0
    assert client.post(path, NEW).url == reverse("home")
    assert is_signed_in(client)
    assert roles_of(ADDRESS) == ["instructor"]
    assert EmailAddress.objects.get(email=ADDRESS).verified
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.accepted_by.email) == ("accepted", ADDRESS)


def test_a_link_works_once(client):
    path = link_of(invite())
    client.post(path, NEW)
    for visitor in (client, Client()):
        assert visitor.get(path).status_code == 404
        assert visitor.post(path, NEW | {"given_name": "Other"}).status_code == 404
    assert User.objects.get(email=ADDRESS).given_name == "Nour"


@pytest.mark.parametrize("event", ["revoked", "ended", "sent again", "wrong key", "unknown"])
def test_a_link_that_is_not_good_opens_one_and_the_same_page(client, event):
    invitation = invite()
    path = link_of(invitation)
    if event == "revoked":
        operations.revoke_invitation(invitation, by=adam())
    elif event == "ended":
        Invitation.objects.update(expires_at=timezone.now())
    elif event == "sent again":
        operations.resend_invitation(invitation, by=adam())
    elif event == "wrong key":
        path = reverse("accounts:invitation", args=[invitation.public_id, "0" * 64])
    else:
        path = path.replace(str(invitation.public_id), "00000000-0000-0000-0000-000000000000")
    page = client.post(path, NEW)
    assert page.status_code == 404
    assert "not good any more" in page.text
    assert not User.objects.filter(email=ADDRESS).exists()


def test_a_new_mail_has_a_good_link_and_starts_the_seven_days_anew(client):
    invitation = invite()
    Invitation.objects.update(expires_at=timezone.now())
    operations.resend_invitation(invitation, by=adam())
    invitation.refresh_from_db()
    assert invitation.expires_at > timezone.now() + timedelta(days=6)
    assert client.post(link_of(invitation), NEW).status_code == 302
    assert [deliver(message.pk) for message in OutboxMessage.objects.all()] == ["void", "void"]


def test_nothing_that_opens_an_invitation_is_stored():
    invitation = invite()
    key = operations.invitation_key(invitation)
    kept = str(Invitation.objects.values().get()) + str(OutboxMessage.objects.values().get())
    assert key not in kept
    assert key not in str(Invitation.objects.get().history.values())


def test_a_link_of_before_a_change_of_the_secret_still_works(client, settings):
    path = link_of(invite())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert client.get(path).status_code == 200


def test_who_has_an_account_signs_in_first_and_accepts_with_it(client):
    person = alice()
    path = link_of(invite(person.email))
    page = client.get(path)
    assert f"{reverse('account_login')}?next={path}" in page.text
    client.post(path, NEW)
    assert roles_of(person.email) == ["student"]
    client.force_login(person)
    assert client.get(path).status_code == 200
    assert roles_of(person.email) == ["student"]
    assert client.post(path).url == reverse("home")
    assert roles_of(person.email) == ["instructor", "student"]


def test_somebody_signed_in_with_another_address_is_refused_in_words_and_nothing_changes(client):
    invitation = invite()
    client.force_login(oscar())
    for ask in (client.get, client.post):
        page = ask(link_of(invitation))
        assert page.status_code == 403
        assert "Nothing has changed" in page.text
    assert roles_of(oscar().email) == []
    invitation.refresh_from_db()
    assert invitation.state == "open"
    with pytest.raises(InvitedAnother):
        operations.accept_invitation(invitation, by=oscar())


def test_an_account_that_never_confirmed_the_address_is_taken_over_by_its_owner(client):
    squatter = make_user(ADDRESS, password="wrong horse battery")
    EmailAddress.objects.filter(user=squatter).update(verified=False)
    client.post(link_of(invite()), NEW)
    assert is_signed_in(client)
    assert User.objects.filter(email=ADDRESS).count() == 1
    person = User.objects.get(email=ADDRESS)
    assert (person.pk, person.given_name, person.check_password(PASSWORD)) == (squatter.pk, "Nour", True)
    assert roles_of(ADDRESS) == ["instructor"]


def test_a_closed_account_stays_closed(client):
    person = alice()
    operations.deactivate(person, by=adam())
    invitation = invite(person.email)
    with pytest.raises(HasAccount):
        operations.accept_as_newcomer(invitation, password=PASSWORD, given_name="A")
    with pytest.raises(InvitedAnother):
        operations.accept_invitation(invitation, by=person)
    assert roles_of(person.email) == ["student"]


@pytest.mark.parametrize("event", ["closed", "lost the role"])
def test_an_invitation_is_good_only_while_who_invited_may_still_give_the_role(client, event):
    inviter = make_user("head@example.org", ["administrator"])
    path = link_of(invite(by=inviter))
    if event == "closed":
        operations.deactivate(inviter, by=adam())
    else:
        operations.remove_role(inviter, "administrator", by=adam())
    assert client.post(path, NEW).status_code == 404
    assert not User.objects.filter(email=ADDRESS).exists()


def test_whoever_ranks_above_takes_an_invitation_of_their_own_will():
    head = make_user("head@example.org", ["registrar"])
    invitation = operations.invite("adam@example.org", "instructor", by=head)
    operations.accept_invitation(invitation, by=adam())
    assert roles_of("adam@example.org") == ["administrator", "instructor"]


def test_an_invitation_gives_no_role_that_who_invited_may_not_give_any_more():
    head = make_user("head@example.org", ["registrar"])
    invitation = invite(by=head)
    operations.remove_role(head, "registrar", by=adam())
    with pytest.raises(InvitationOver):
        operations.accept_invitation(invitation, by=make_user(ADDRESS))
    with pytest.raises(MayNotGrantRole):
        grant_invited(oscar(), "instructor", by=User.objects.get(pk=head.pk), reason="Invitation")
    assert roles_of(ADDRESS) == []


INVITES = {
    "administrator": {"administrator", "registrar", "instructor", "student"},
    "registrar": {"instructor", "student"},
    "instructor": set(),
    "student": set(),
}


@pytest.mark.row("A04", "R69")
@pytest.mark.parametrize("actor", INVITES)
def test_each_invites_to_the_roles_below_the_own(settings, actor):
    person, allowed = make_user(roles=[actor]), set()
    for role in INVITES["administrator"]:
        try:
            operations.invite(f"new.{role}@example.org", role, by=person)
        except MayNotInvite:
            continue
        allowed.add(role)
    assert allowed == INVITES[actor]


def test_nobody_invites_the_own_address():
    with pytest.raises(MayNotInvite):
        operations.invite("ADAM@example.org", "registrar", by=adam())


def test_an_unknown_role_and_a_malformed_address_are_refused():
    with pytest.raises(MayNotInvite):
        operations.invite(ADDRESS, "emperor", by=adam())
    for email in ("", "x", "a@b\r\nBcc: c@example.org", "x" * 300 + "@example.org"):
        with pytest.raises(ValidationError):
            operations.invite(email, "student", by=adam())


def test_an_address_is_invited_to_one_role_once_while_that_is_open():
    first = invite()
    with pytest.raises(AlreadyInvited):
        invite("NOUR@example.org")
    invite(role="student")
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    invite()
    states = list(Invitation.objects.filter(role="instructor").order_by("pk"))
    assert [row.state for row in states] == ["revoked", "open"]


def test_every_change_of_an_invitation_is_in_its_history():
    invitation = invite()
    operations.resend_invitation(invitation, by=adam())
    operations.revoke_invitation(invitation, by=adam())
    operations.revoke_invitation(invitation, by=adam())
    assert [row.pgh_label for row in invitation.history.order_by("pgh_id")] == ["insert", "update", "update"]
    with pytest.raises(InvitationOver):
        operations.resend_invitation(invitation, by=adam())


def together(count, deed):
    """Return what `deed(number)` returned or raised for each number, all started at one barrier."""
    start, answers = threading.Barrier(count), []

    def run(number):
        start.wait()
        try:
            answers.append(deed(number))
        except Exception as exc:
            answers.append(type(exc).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_many_who_follow_one_link_at_once_one_gets_account_and_role():
    path = link_of(invite())
    answers = together(6, lambda number: Client().post(path, NEW | {"given_name": f"N{number}"}).status_code)
    assert sorted(set(answers)) in ([302, 404], [200, 302, 404], [200, 302])
    assert answers.count(302) == 1
    assert User.objects.filter(email=ADDRESS).count() == 1
    assert roles_of(ADDRESS) == ["instructor"]
    assert Invitation.objects.get().history.filter(accepted_at__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_acceptances_of_one_person_at_once_one_counts():
    person, invitation = alice(), invite("alice@example.org")
    answers = together(4, lambda _number: operations.accept_invitation(invitation, by=person).pk)
    assert sorted(answers, key=str) == sorted([person.pk, *["InvitationOver"] * 3], key=str)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_one_address_at_once_one_does():
    inviter = adam()
    answers = together(4, lambda _number: operations.invite(ADDRESS, "student", by=inviter).email)
    assert sorted(answers) == ["AlreadyInvited"] * 3 + [ADDRESS]
    assert OutboxMessage.objects.count() == 1


def test_staff_invite_several_by_lines_and_see_each_with_its_state(client):
    client.force_login(rita())
    where = reverse("accounts:invitation_create")
    answer = client.post(where, {"emails": "one@example.org\ntwo@example.org, one@example.org", "role": "student"})
    assert answer.url == reverse("accounts:invitation_list")
    page = client.get(answer.url)
    assert "one@example.org" in page.text
    assert "two@example.org" in page.text
    assert Invitation.objects.count() == 2


def test_of_several_lines_what_was_refused_stays_in_the_form(client):
    invite("one@example.org", "student")
    client.force_login(rita())
    where = reverse("accounts:invitation_create")
    page = client.post(where, {"emails": "one@example.org\ntwo@example.org", "role": "student"})
    assert page.status_code == 200
    assert page.context["form"]["emails"].value() == "one@example.org"
    assert Invitation.objects.filter(email="two@example.org").exists()
    bad = client.post(where, {"emails": "three@example.org\nnonsense", "role": "student"})
    assert list(bad.context["form"].errors) == ["emails"]
    assert not Invitation.objects.filter(email="three@example.org").exists()


def test_the_registrar_finds_no_invitation_of_an_administrator(client):
    hidden = invite(role="registrar")
    shown = invite(role="student")
    client.force_login(rita())
    page = client.get(reverse("accounts:invitation_list"))
    assert [row.pk for row in page.context["page_obj"]] == [shown.pk]
    for name in ("accounts:invitation_resend", "accounts:invitation_revoke"):
        assert client.post(reverse(name, args=[hidden.public_id])).status_code == 404
    bad = client.post(reverse("accounts:invitation_create"), {"emails": "x@example.org", "role": "administrator"})
    assert list(bad.context["form"].errors) == ["role"]


def test_staff_send_again_and_take_back_by_the_page(client):
    invitation = invite()
    client.force_login(adam())
    client.post(reverse("accounts:invitation_resend", args=[invitation.public_id]))
    invitation.refresh_from_db()
    assert invitation.mails == 2
    where = reverse("accounts:invitation_revoke", args=[invitation.public_id])
    assert client.get(where).status_code == 200
    client.post(where)
    invitation.refresh_from_db()
    assert invitation.state == "revoked"


@pytest.mark.parametrize("who", [alice, ivan, oscar])
def test_who_gives_no_role_finds_no_page_of_invitations(client, who):
    invitation = invite()
    client.force_login(who())
    assert client.get(reverse("accounts:invitation_list")).status_code == 403
    assert client.post(reverse("accounts:invitation_create"), {"emails": "x@example.org"}).status_code == 403
    assert client.post(reverse("accounts:invitation_revoke", args=[invitation.public_id])).status_code == 404


@pytest.mark.row("R118")
def test_the_list_asks_the_same_number_of_queries_for_one_and_many(client, django_assert_num_queries):
    client.force_login(adam())
    client.get(reverse("accounts:invitation_list"))
    counts = []
    for upto in (1, 12):
        while Invitation.objects.count() < upto:
            invite(f"person{Invitation.objects.count()}@example.org", by=make_user(roles=["administrator"]))
        for ask in ("accounts:invitation_list", "api_invitation-list"):
            with django_assert_num_queries(15, exact=False) as asked:
                assert client.get(reverse(ask)).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def test_the_api_invites_lists_sends_again_and_takes_back():
    client = api(rita())
    made = client.post("/api/v1/invitations/", {"email": ADDRESS, "role": "student"}, format="json")
    assert made.status_code == 201
    assert sorted(made.json()) == [
        "created_at", "email", "expires_at", "id", "invited_by", "note", "role", "state",
    ]  # fmt: skip
    assert client.get("/api/v1/invitations/?state=open").json()["results"] == [made.json()]
    one = f"/api/v1/invitations/{made.json()['id']}/"
    assert client.post(one + "resend/").status_code == 200
    assert client.post(one + "revoke/").status_code == 204
    assert client.get(one).json()["state"] == "revoked"
    assert client.post(one + "resend/").json()["code"] == "invitation_over"


def test_the_api_refuses_with_the_code_of_the_page():
    client = api(rita())
    said = {"email": ADDRESS, "role": "administrator"}
    assert client.post("/api/v1/invitations/", said, format="json").json()["code"] == "may_not_invite"
    said["role"] = "student"
    client.post("/api/v1/invitations/", said, format="json")
    again = client.post("/api/v1/invitations/", said, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_invited")
    assert client.post("/api/v1/invitations/", {"email": "x"}, format="json").status_code == 400
    assert api(alice()).get("/api/v1/invitations/").status_code == 403
    assert APIClient().get("/api/v1/invitations/").status_code == 401


@pytest.mark.row("R45")
def test_inviting_answers_alike_whoever_has_an_account(client):
    unconfirmed, closed = make_user("waits@example.org"), make_user("closed@example.org")
    EmailAddress.objects.filter(user=unconfirmed).update(verified=False)
    operations.deactivate(closed, by=None)
    known = [alice().email, unconfirmed.email, closed.email, "nobody@example.org"]
    client.force_login(rita())
    pages, answers, bodies = set(), set(), set()
    for email in known:
        answer = client.post(reverse("accounts:invitation_create"), {"emails": email, "role": "instructor"})
        pages.add((answer.status_code, answer.url))
        said = api(rita()).post("/api/v1/invitations/", {"email": email, "role": "student"}, format="json")
        answers.add((said.status_code, said.json()["state"]))
    for message in OutboxMessage.objects.filter(about_id__in=Invitation.objects.filter(role="student").values("pk")):
        deliver(message.pk)
    for sent in mail.outbox:
        bodies.add(re.sub(r"http\S+", "", sent.body))
    assert (len(pages), len(answers), len(bodies)) == (1, 1, 1)
    assert len(mail.outbox) == 4


@pytest.mark.row("R70")
def test_the_admin_shows_invitations_and_sends_or_takes_back_by_the_same_deeds(client):
    hidden, shown = invite(role="registrar"), invite(role="student")
    client.force_login(rita())
    where = reverse("admin:accounts_invitation_changelist")
    page = client.get(where)
    assert [row.pk for row in page.context["cl"].queryset] == [shown.pk]
    for action in ("resend", "revoke"):
        client.post(where, {"action": action, "_selected_action": [shown.pk, hidden.pk]})
    shown.refresh_from_db()
    hidden.refresh_from_db()
    assert (shown.mails, shown.state, hidden.mails, hidden.state) == (2, "revoked", 1, "open")
    again = client.post(where, {"action": "resend", "_selected_action": [shown.pk]}, follow=True)
    assert "not good any more" in again.text
    change = reverse("admin:accounts_invitation_change", args=[shown.pk])
    assert operations.invitation_key(shown) not in client.get(change).text
    client.force_login(ivan())
    assert client.get(where, follow=True).status_code == 403
