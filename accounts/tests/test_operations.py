"""Deeds about people: roles, closing, profile, photo, feed."""

import io
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import operations
from accounts.api import tokens
from accounts.errors import MayNotGrantRole, PhotoRefused
from accounts.models import PersonalToken, User
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from core.errors import NotAllowed

pytestmark = pytest.mark.django_db


def picture(kind="JPEG", size=(40, 30), name="me.jpg", **more):
    drawn = io.BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind, **more)
    return SimpleUploadedFile(name, drawn.getvalue())


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.mark.row("A04")
def test_the_four_roles_hold_exactly_the_named_permissions(settings):
    held = {
        group.name: sorted(f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all())
        for group in Group.objects.all()
    }
    assert held == {role: sorted(names) for role, names in settings.ROLES.items()}
    assert set(held) == {"administrator", "registrar", "advisor", "instructor", "student"}


@pytest.mark.row("A04")
def test_every_permission_that_a_role_names_exists(settings):
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.all()}
    assert {name for names in settings.ROLES.values() for name in names} - known == set()


@pytest.mark.row("A04")
def test_administrator_grants_and_removes_a_role():
    person = oscar()
    operations.grant_role(person, "registrar", by=adam())
    assert fresh(person).is_staff
    assert fresh(person).has_perm("accounts.view_directory")
    operations.remove_role(person, "registrar", by=adam())
    assert not fresh(person).is_staff
    assert not fresh(person).has_perm("accounts.view_directory")


@pytest.mark.row("A04")
@pytest.mark.parametrize("maker", [alice, ivan, rita, oscar])
def test_others_do_not_grant_roles(maker):
    person = make_user()
    with pytest.raises(MayNotGrantRole):
        operations.grant_role(person, "registrar", by=maker())
    assert list(person.groups.all()) == []


def test_nobody_grants_a_role_to_oneself():
    boss = adam()
    with pytest.raises(MayNotGrantRole):
        operations.grant_role(boss, "registrar", by=boss)


def test_closing_an_account_ends_its_tokens_and_its_feed():
    person = alice()
    pair = tokens.issue(person)
    secret = operations.rotate_feed(person, by=person)
    operations.deactivate(person, by=adam())
    assert not fresh(person).is_active
    assert operations.feed_owner(secret) is None
    with pytest.raises(tokens.Refused):
        tokens.user_of_access(pair["access"])
    with pytest.raises(tokens.Refused):
        tokens.rotate(pair["refresh"])


def test_only_who_manages_people_closes_an_account():
    with pytest.raises(NotAllowed):
        operations.deactivate(alice(), by=ivan())
    assert fresh(alice()).is_active


def test_addresses_are_unique_without_regard_to_case():
    alice()
    with pytest.raises(ValidationError):
        User(email="ALICE@example.org", password="!").full_clean()


@pytest.mark.row("W02", "X02")
def test_a_person_changes_their_profile():
    person = alice()
    operations.change_profile(person, by=person, preferred_name="Ali", time_zone="Asia/Tokyo")
    assert (fresh(person).display_name, str(fresh(person).zone)) == ("Ali Example", "Asia/Tokyo")


@pytest.mark.row("X02")
def test_an_unknown_time_zone_is_refused():
    person = alice()
    with pytest.raises(ValidationError):
        operations.change_profile(person, by=person, time_zone="Mars/Olympus")
    assert fresh(person).time_zone == ""


def test_a_profile_holds_no_rights():
    person = alice()
    with pytest.raises(ValueError, match="is_staff"):
        operations.change_profile(person, by=person, is_staff=True)


def test_a_stranger_does_not_change_a_profile():
    with pytest.raises(NotAllowed):
        operations.change_profile(alice(), by=oscar(), given_name="X")


@pytest.mark.row("W20")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_drawn_anew_under_a_random_name(kind, settings):
    person = alice()
    operations.set_photo(person, picture(kind, (900, 600), name="../../me.php"), by=person)
    stored = fresh(person).photo
    assert re.fullmatch(r"photos/[0-9a-f]{32}", stored.name)
    assert stored.path.startswith(str(settings.MEDIA_ROOT))
    with Image.open(stored.path) as image:
        assert (image.format, image.size) == ("JPEG", (512, 341))


@pytest.mark.row("W20")
def test_a_photo_loses_its_metadata():
    person, exif = alice(), Image.Exif()
    exif[0x010E] = "taken at home"
    operations.set_photo(person, picture(exif=exif), by=person)
    assert b"taken at home" not in fresh(person).photo.read()


@pytest.mark.row("W20")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<?php echo 1;",
        b"GIF89a" + bytes(200),
        b"\xff\xd8\xff\xe0" + bytes(500),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(operations.PHOTO_BYTES + 1),
    ],
)
def test_what_is_no_photo_is_refused(content):
    person = alice()
    with pytest.raises(PhotoRefused):
        operations.set_photo(person, SimpleUploadedFile("me.jpg", content, "image/jpeg"), by=person)
    assert not fresh(person).photo


@pytest.mark.row("W20")
def test_a_picture_of_too_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(operations.photos, "PHOTO_PIXELS", 1000)
    person = alice()
    with pytest.raises(PhotoRefused):
        operations.set_photo(person, picture(size=(100, 11)), by=person)


@pytest.mark.row("W20")
def test_a_replaced_and_a_removed_photo_leave_no_file(django_capture_on_commit_callbacks):
    person = alice()
    with django_capture_on_commit_callbacks(execute=True):
        operations.set_photo(person, picture(), by=person)
    first = fresh(person).photo
    with django_capture_on_commit_callbacks(execute=True):
        operations.set_photo(person, picture(), by=person)
    second = fresh(person).photo
    assert not first.storage.exists(first.name)
    assert second.storage.exists(second.name)
    with django_capture_on_commit_callbacks(execute=True):
        operations.remove_photo(person, by=person)
    assert not second.storage.exists(second.name)
    assert not fresh(person).photo


@pytest.mark.row("K03")
def test_rotating_the_feed_ends_the_old_secret():
    person = alice()
    old = operations.rotate_feed(person, by=person)
    assert operations.feed_owner(old) == person
    new = operations.rotate_feed(person, by=person)
    assert operations.feed_owner(old) is None
    assert operations.feed_owner(new) == person


@pytest.mark.row("K03")
def test_only_the_hash_of_a_feed_secret_is_kept():
    person = alice()
    secret = operations.rotate_feed(person, by=person)
    token = PersonalToken.objects.get(user=person)
    assert len(secret) >= 43
    assert secret not in str(PersonalToken.objects.values_list().get(pk=token.pk))
    assert re.fullmatch(r"[0-9a-f]{64}", token.hash)


@pytest.mark.row("K03")
def test_a_disabled_feed_and_a_guess_open_nothing():
    person = alice()
    secret = operations.rotate_feed(person, by=person)
    operations.disable_feed(person, by=person)
    assert operations.feed_owner(secret) is None
    assert operations.feed_owner("") is None
    assert operations.feed_owner("x" * 43) is None


@pytest.mark.row("K03")
def test_nobody_rotates_the_feed_of_another():
    with pytest.raises(NotAllowed):
        operations.rotate_feed(alice(), by=adam())
