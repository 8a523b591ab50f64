"""Second factors: set up, asked for at every password door, demanded of staff, lost and reset."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import operations
from accounts.models import User
from accounts.queries import has_second_factor
from accounts.tests.makers import PASSWORD, adam, alice, code_of, ivan, make_user, rita, with_app, with_passkey
from core.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()
    yield
    # What a test of races counted stays in the database otherwise.
    cache.clear()


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def fresh(client, person):
    """Sign in and show once more that it is you."""
    sign_in(client, person.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


@pytest.mark.django_db(transaction=True)
@pytest.mark.row("A03")
def test_an_app_is_set_up_after_a_fresh_sign_in_and_gives_recovery_codes(client):
    person = alice()
    sign_in(client, person.email)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    client.post(asked.url, {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert has_second_factor(person)
    assert len(client.get(answer.url).context["unused_codes"]) == 10
    assert "An authenticator app was added" in mail.outbox[-1].subject
    assert mail.outbox[-1].to == [person.email]


@pytest.mark.row("A03", "R51")
def test_the_password_alone_opens_no_session_where_there_is_a_factor(client):
    person = alice()
    secret = with_app(person)
    answer = sign_in(client, person.email)
    assert answer.url == reverse("mfa_authenticate")
    assert client.get(reverse("accounts:profile")).url.startswith(reverse("account_login"))
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client)


@pytest.mark.row("A03", "R51")
def test_a_code_works_once_and_so_does_a_recovery_code(client):
    person = alice()
    secret = with_app(person)
    (spare, *_others) = RecoveryCodes.activate(person).generate_codes()
    for good in (code_of(secret), spare):
        for expected in (True, False):
            other = Client()
            sign_in(other, person.email)
            other.post(reverse("mfa_authenticate"), {"code": good})
            assert is_signed_in(other) is expected


@pytest.mark.row("A12", "R47")
def test_ten_wrong_codes_close_the_door_even_for_the_right_one(client):
    person = alice()
    secret = with_app(person)
    sign_in(client, person.email)
    for number in range(10):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert not is_signed_in(client)


def test_secrets_of_factors_are_encrypted_at_rest():
    secret = with_app(alice())
    assert secret not in str(Authenticator.objects.get().data)


def test_what_an_earlier_secret_key_encrypted_is_still_read(settings, client):
    person = alice()
    secret = with_app(person)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    sign_in(client, person.email)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_signed_in(client)


@pytest.mark.row("A03", "R51")
@pytest.mark.parametrize("maker", [rita, adam])
def test_staff_without_a_factor_reach_only_the_set_up_page(client, settings, maker):
    settings.REQUIRE_STAFF_MFA = True
    sign_in(client, maker().email)
    for name in ("home", "accounts:profile", "admin:index", "account_email", "usersessions_list"):
        assert client.get(reverse(name)).url == reverse("mfa_index"), name
    refused = client.get("/api/v1/people/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    page = client.get(reverse("mfa_index"))
    assert "Your role needs a second factor" in page.text
    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))


@pytest.mark.row("A03", "R51")
def test_staff_with_a_factor_and_others_without_go_everywhere(client, settings):
    settings.REQUIRE_STAFF_MFA = True
    person = rita()
    with_passkey(person)
    client.force_login(person)
    assert client.get(reverse("admin:index")).status_code == 200
    client.force_login(ivan())
    assert client.get(reverse("home")).status_code == 200


@pytest.mark.row("A03")
def test_recovery_codes_alone_are_no_second_factor(client, settings):
    settings.REQUIRE_STAFF_MFA = True
    person = rita()
    RecoveryCodes.activate(person)
    client.force_login(person)
    assert client.get(reverse("home")).url == reverse("mfa_index")


@pytest.mark.row("A03")
def test_a_set_up_without_the_demand_says_so_to_staff_alone(client, settings):
    settings.REQUIRE_STAFF_MFA = False
    words = "staff enter without a second factor"
    client.force_login(rita())
    assert words in client.get(reverse("home")).text
    assert words in client.get(reverse("mfa_index")).text
    client.force_login(alice())
    assert words not in client.get(reverse("home")).text


@pytest.mark.row("R61", "W02")
@pytest.mark.parametrize(
    "name", ["mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"]
)
def test_factors_change_only_within_five_minutes_of_a_fresh_sign_in(client, monkeypatch, name):
    person = alice()
    with_app(person)
    RecoveryCodes.activate(person)
    client.force_login(person)
    where = reverse("account_reauthenticate")
    assert client.get(reverse(name)).url.startswith(where)
    client.post(where, {"password": PASSWORD})
    shown = client.get(reverse(name))
    assert "reauthenticate" not in shown.get("Location", "")
    later = time.time() + 6 * 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get(reverse(name)).url.startswith(where)


@pytest.mark.row("R61")
def test_wrong_passwords_at_the_fresh_sign_in_are_counted_with_the_sign_in_page(client):
    person = alice()
    client.force_login(person)
    for _number in range(10):
        client.post(reverse("account_reauthenticate"), {"password": "wrong horse battery"})
    other = Client()
    sign_in(other, person.email)
    assert not is_signed_in(other)


@pytest.mark.row("R47", "R61")
def test_wrong_old_passwords_are_counted_with_the_sign_in_page(client):
    person = alice()
    client.force_login(person)
    for _number in range(5):
        sign_in(Client(), person.email, "wrong horse battery")
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    for _number in range(5):
        client.post(reverse("account_change_password"), new | {"oldpassword": "wrong horse battery"})
    other = Client()
    sign_in(other, person.email)
    assert not is_signed_in(other)


@pytest.mark.row("A03")
def test_an_administrator_removes_lost_factors_and_the_person_is_told(client):
    person = ivan()
    with_app(person)
    client.force_login(adam())
    where = reverse("admin:accounts_user_changelist")
    client.post(where, {"action": "reset_factors", "reason": "Phone lost.", "_selected_action": [person.pk]})
    assert not has_second_factor(person)
    assert "second factors" in mail.outbox[-1].subject
    other = Client()
    sign_in(other, person.email)
    assert is_signed_in(other)


def test_the_course_office_resets_students_alone():
    office, teacher, student = rita(), ivan(), alice()
    for person in (teacher, student, office):
        with_app(person)
    operations.reset_factors(student, by=office)
    for person in (teacher, office, adam()):
        with pytest.raises(NotAllowed):
            operations.reset_factors(person, by=office)
    assert [has_second_factor(person) for person in (teacher, student, office)] == [True, False, True]


def test_no_page_of_the_admin_shows_factors_or_sessions(client):
    root = User.objects.create_superuser("root@example.org", PASSWORD)
    client.force_login(root)
    for model in ("mfa/authenticator", "usersessions/usersession"):
        assert client.get(f"/admin/{model}/").status_code == 404


@pytest.mark.row("X06")
@pytest.mark.parametrize(
    "name",
    ["mfa_index", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_activate_totp", "mfa_view_recovery_codes",
     "mfa_generate_recovery_codes", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "usersessions_list"],
)  # fmt: skip
def test_the_pages_of_factors_keep_to_the_content_policy(client, name):
    person = make_user(password=PASSWORD)
    with_passkey(person)
    RecoveryCodes.activate(person)
    fresh_client = client
    fresh_client.force_login(person)
    fresh_client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = fresh_client.get(reverse(name))
    assert page.status_code == 200
    assert 'style="' not in page.text
    assert " onclick" not in page.text


@pytest.mark.row("R54", "R51")
@pytest.mark.parametrize("event", ["factor removed", "closed", "password changed", "signed out everywhere"])
def test_a_sign_in_that_waits_for_its_code_ends_with_what_ends_the_others(client, event):
    person = alice()
    secret = with_app(person)
    sign_in(client, person.email)
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    if event == "factor removed":
        Authenticator.objects.filter(user=person).delete()
    elif event == "closed":
        operations.deactivate(person, by=None)
    elif event == "password changed":
        person.set_password("another horse battery")
        person.save()
    else:
        operations.sign_out_everywhere(person, by=None)
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.url == reverse("account_login")
    assert client.get(answer.url).status_code == 200
    assert not is_signed_in(client)
