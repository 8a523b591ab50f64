"""Sign-up, sign-in, reset, profile and the admin's door."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import operations
from accounts.api import tokens
from accounts.middleware import PersonalSettingsMiddleware
from accounts.models import User
from accounts.tests.makers import PASSWORD, adam, alice, make_user, rita
from accounts.tests.test_operations import picture

pytestmark = pytest.mark.django_db
NEW = {
    "given_name": "Nour",
    "family_name": "El-Amin",
    "email": "Nour@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **more)


def is_signed_in(client):
    return "_auth_user_id" in client.session


def linked_path(message):
    return re.search(r"http://localhost:8000(/\S+)", message.body)[1]


@pytest.mark.row("A01")
def test_an_account_is_unusable_until_the_mailed_link_is_followed(client):
    assert client.post(reverse("account_signup"), NEW).status_code == 302
    assert not is_signed_in(client)
    sign_in(client, NEW["email"])
    assert not is_signed_in(client)
    path = linked_path(mail.outbox[0])
    client.get(path)
    assert not EmailAddress.objects.get(user__given_name="Nour").verified
    client.post(path)
    assert EmailAddress.objects.get(user__given_name="Nour").verified
    sign_in(client, NEW["email"].lower())
    assert is_signed_in(client)


@pytest.mark.row("A01", "A04")
def test_a_confirmed_person_is_a_student_and_not_before(client):
    client.post(reverse("account_signup"), NEW)
    person = User.objects.get(given_name="Nour")
    assert list(person.groups.all()) == []
    client.post(linked_path(mail.outbox[0]))
    assert [group.name for group in person.groups.all()] == ["student"]


@pytest.mark.row("A01")
def test_the_confirmation_mail_has_two_parts_and_links_to_our_own_address(client, settings):
    settings.ALLOWED_HOSTS = ["evil.example"]
    client.post(reverse("account_signup"), NEW, HTTP_HOST="evil.example")
    message = mail.outbox[0]
    html = message.alternatives[0][0]
    assert message.subject == f"Confirm your e-mail address for {settings.SITE_NAME}"
    assert "Hello Nour El-Amin," in message.body
    assert "Hello Nour El-Amin," in html
    assert linked_path(message) in html
    assert "evil" not in message.body + html


@pytest.mark.row("A01")
def test_signing_up_with_a_known_address_tells_only_its_owner(client):
    alice()
    known = client.post(reverse("account_signup"), NEW | {"email": "ALICE@example.org"})
    client.cookies.clear()
    new = client.post(reverse("account_signup"), NEW)
    assert (known.status_code, known.url) == (new.status_code, new.url)
    assert User.objects.filter(email__iexact="alice@example.org").count() == 1
    assert "already" in mail.outbox[0].subject


@pytest.mark.row("W01")
def test_sign_in_and_sign_out(client):
    alice()
    sign_in(client, "Alice@Example.org")
    assert is_signed_in(client)
    client.get(reverse("account_logout"))
    assert is_signed_in(client)
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)


@pytest.mark.row("W01")
def test_a_wrong_password_and_a_closed_account_do_not_sign_in(client):
    person = alice()
    sign_in(client, person.email, "wrong horse battery")
    assert not is_signed_in(client)
    operations.deactivate(person, by=adam())
    sign_in(client, person.email)
    assert not is_signed_in(client)


@pytest.mark.row("W01")
def test_the_reset_link_works_once_and_ends_the_tokens_of_scripts(client):
    person = alice()
    pair = tokens.issue(person)
    client.post(reverse("account_reset_password"), {"email": person.email})
    path = linked_path(mail.outbox[0])
    form = client.get(path, follow=True)
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    client.post(form.redirect_chain[-1][0], new)
    with pytest.raises(tokens.Refused):
        tokens.rotate(pair["refresh"])
    client.cookies.clear()
    again = client.get(path, follow=True)
    assert "token_fail" in again.context
    assert again.context["token_fail"]
    client.cookies.clear()
    sign_in(client, person.email, "another horse battery")
    assert is_signed_in(client)


@pytest.mark.row("W01")
def test_the_reset_link_is_too_old_after_an_hour(settings):
    assert settings.PASSWORD_RESET_TIMEOUT <= 3600


@pytest.mark.row("W01")
def test_reset_for_an_unknown_address_answers_the_same(client):
    known = client.post(reverse("account_reset_password"), {"email": alice().email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


@pytest.mark.row("W01")
def test_a_new_address_counts_when_confirmed_and_the_old_one_is_told(client):
    person = alice()
    sign_in(client, person.email)
    asked = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    client.post(asked.url, {"password": PASSWORD})
    assert User.objects.get(pk=person.pk).email == "alice@example.org"
    (asked,) = [message for message in mail.outbox if message.to == ["new@example.org"]]
    client.post(linked_path(asked))
    assert User.objects.get(pk=person.pk).email == "new@example.org"
    (told,) = [message for message in mail.outbox if message.to == ["alice@example.org"]]
    assert "from alice@example.org to new@example.org" in told.body


@pytest.mark.row("W02")
def test_changing_the_address_asks_for_a_fresh_sign_in(client):
    person = alice()
    sign_in(client, person.email)
    answer = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
    client.post(answer.url, {"password": "wrong horse battery"})
    assert [message.to for message in mail.outbox] == []


@pytest.mark.row("W02")
def test_changing_the_password_asks_for_the_old_one_and_ends_the_tokens_of_scripts(client):
    person = alice()
    pair = tokens.issue(person)
    sign_in(client, person.email)
    new = {"password1": "another horse battery", "password2": "another horse battery"}
    page = client.post(reverse("account_change_password"), new | {"oldpassword": "wrong horse battery"})
    assert list(page.context["form"].errors) == ["oldpassword"]
    assert tokens.user_of_access(pair["access"]) == person
    client.post(reverse("account_change_password"), new | {"oldpassword": PASSWORD})
    with pytest.raises(tokens.Refused):
        tokens.user_of_access(pair["access"])


@pytest.mark.row("W01")
def test_eleven_wrong_passwords_close_the_door_even_for_the_right_one(client):
    person = alice()
    for _number in range(11):
        sign_in(client, person.email, "wrong horse battery")
    sign_in(client, person.email)
    assert not is_signed_in(client)


def test_sixty_right_sign_ins_from_one_address_all_pass(client):
    people = [make_user(password=PASSWORD) for _number in range(3)]
    for number in range(60):
        client.cookies.clear()
        sign_in(client, people[number % 3].email)
        assert is_signed_in(client)


def test_the_admin_has_no_password_door_of_its_own(client):
    rita()
    answer = client.post(reverse("admin:login"), {"username": "rita@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))
    assert not is_signed_in(client)


def test_staff_enter_the_admin_through_the_sign_in_page(client):
    sign_in(client, rita().email)
    assert client.get(reverse("admin:index")).status_code == 200


def test_students_do_not_enter_the_admin(client):
    client.force_login(alice())
    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_the_admin_shows_no_secret_and_deletes_nobody(client):
    person = alice()
    client.force_login(adam())
    page = client.get(reverse("admin:accounts_user_change", args=[person.pk]))
    assert page.status_code == 200
    assert person.password not in page.text
    assert client.post(reverse("admin:accounts_user_delete", args=[person.pk])).status_code == 403


@pytest.mark.row("W02", "X02")
def test_the_profile_page_saves_name_pronouns_and_time_zone(client):
    person = alice()
    client.force_login(person)
    answer = client.post(
        reverse("accounts:profile"),
        {
            "given_name": "Alice",
            "preferred_name": "Ali",
            "pronouns": "she/her",
            "locale": "en",
            "time_zone": "Asia/Kolkata",
        },
    )
    assert answer.status_code == 302
    person = User.objects.get(pk=person.pk)
    assert (person.preferred_name, person.pronouns, person.time_zone) == ("Ali", "she/her", "Asia/Kolkata")


@pytest.mark.row("W02")
def test_the_profile_page_refuses_an_unknown_zone_and_keeps_what_was_typed(client):
    client.force_login(alice())
    page = client.post(
        reverse("accounts:profile"), {"given_name": "Typed", "locale": "en", "time_zone": "Mars/Olympus"}
    )
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["time_zone"]
    assert page.context["form"]["given_name"].value() == "Typed"
    assert User.objects.get(email="alice@example.org").given_name == "Alice"


@pytest.mark.row("W02")
def test_the_profile_page_is_for_those_who_are_signed_in(client):
    assert client.get(reverse("accounts:profile")).url.startswith(reverse("account_login"))


@pytest.mark.row("W20")
def test_a_photo_is_uploaded_shown_to_the_signed_in_and_removed(client):
    person = alice()
    client.force_login(person)
    said = {"given_name": "Alice", "locale": "en"}
    client.post(reverse("accounts:profile"), said | {"photo_file": picture()})
    where = reverse("accounts:photo", args=[person.public_id])
    shown = client.get(where)
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    assert (shown["X-Content-Type-Options"], shown["Cache-Control"]) == ("nosniff", "no-store")
    client.logout()
    assert client.get(where).status_code == 302
    client.force_login(person)
    client.post(reverse("accounts:profile"), said | {"remove_photo": "on"})
    assert client.get(where).status_code == 404


@pytest.mark.row("W20")
def test_a_file_that_is_no_photo_is_refused_on_its_field_and_changes_nothing(client):
    person = alice()
    client.force_login(person)
    said = {"given_name": "Other", "locale": "en", "photo_file": SimpleUploadedFile("me.jpg", b"<?php", "image/jpeg")}
    page = client.post(reverse("accounts:profile"), said)
    assert list(page.context["form"].errors) == ["photo_file"]
    assert User.objects.get(pk=person.pk).given_name == "Alice"


@pytest.mark.row("W20")
def test_no_address_serves_the_directory_of_uploads(client):
    person = alice()
    operations.set_photo(person, picture(), by=person)
    client.force_login(person)
    for base in ("/", "/media/", "/uploads/", "/static/"):
        assert client.get(base + person.photo.name).status_code == 404


@pytest.mark.row("X02")
def test_pages_are_in_the_viewers_zone_and_else_in_the_campus_zone(client, settings):
    seen = []
    person = alice(time_zone="Asia/Tokyo")
    client.force_login(person)
    request = client.get(reverse("accounts:profile")).wsgi_request
    answer = client.get(reverse("home"))
    PersonalSettingsMiddleware(lambda r: seen.append(timezone.get_current_timezone_name()) or answer)(request)
    client.logout()
    request = client.get(reverse("account_login")).wsgi_request
    PersonalSettingsMiddleware(lambda r: seen.append(timezone.get_current_timezone_name()) or answer)(request)
    assert seen == ["Asia/Tokyo", settings.CAMPUS_TIME_ZONE]


def test_a_strangers_page_asks_no_query_about_people(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get(reverse("account_login")).status_code == 200


@pytest.mark.row("A01", "W01")
def test_a_dead_mail_server_makes_no_crash_and_tells_nobody_who_has_an_account(client, settings):
    alice()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    known = client.post(reverse("account_reset_password"), {"email": "alice@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, known.url)
    signed_up = client.post(reverse("account_signup"), NEW)
    assert signed_up.status_code == 302
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    client.cookies.clear()
    sign_in(client, NEW["email"])
    assert not is_signed_in(client)
    assert [message.to for message in mail.outbox] == [["nour@example.org"]]


@pytest.mark.row("W01", "B01", "X06")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("account_login", "Sign in"),
        ("account_signup", "Sign up"),
        ("account_reset_password", "Send me the link"),
        ("account_reset_password_done", "Look into your mail"),
        ("account_reset_password_from_key_done", "Your password is changed"),
        ("account_email_verification_sent", "Look into your mail"),
        ("account_inactive", "This account is closed"),
    ],
)
def test_the_pages_before_sign_in_are_in_our_words_and_without_inline_style(client, name, said):
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert said in page.text
    assert 'style="' not in page.text


@pytest.mark.row("W02", "X06")
@pytest.mark.parametrize("name", ["account_email", "account_change_password", "account_logout"])
def test_the_pages_of_ones_account_keep_to_the_content_policy(client, name):
    client.force_login(alice())
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert 'style="' not in page.text


@pytest.mark.row("W01")
def test_an_address_that_waits_for_its_link_can_be_given_up_or_asked_again(client):
    person = alice()
    sign_in(client, person.email)
    asked = client.post(reverse("account_email"), {"action_add": "", "email": "new@example.org"})
    client.post(asked.url, {"password": PASSWORD})
    page = client.get(reverse("account_email"))
    assert "new@example.org" in page.text
    client.post(reverse("account_email"), {"action_remove": "", "email": "new@example.org"})
    assert not EmailAddress.objects.filter(email="new@example.org").exists()
