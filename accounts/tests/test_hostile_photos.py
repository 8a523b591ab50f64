"""A file that is two things at once, or is called what it is not, is a picture drawn anew or nothing."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, PngImagePlugin

from accounts import operations
from accounts.models import User
from accounts.tests.makers import alice

pytestmark = pytest.mark.django_db

SCRIPT = b"<script>alert(1)</script>"
SAID = {"given_name": "Alice", "locale": "en"}


def drawn(kind="JPEG", **more):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, kind, **more)
    return data.getvalue()


def with_words():
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SCRIPT.decode())
    return drawn("PNG", pnginfo=words)


def archive():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("page.html", SCRIPT)
    return data.getvalue()


def upload(client, content, name="me.png", kind="image/png"):
    answer = client.post(reverse("accounts:profile"), SAID | {"photo_file": SimpleUploadedFile(name, content, kind)})
    return answer, User.objects.get(email="alice@example.org").photo


@pytest.fixture
def signed_in(client):
    client.force_login(alice())
    return client


@pytest.mark.row("R77", "R78", "W20")
@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html>" + SCRIPT,
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
        b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)",
        b"BM" + bytes(60),
        b"FWS\x08" + bytes(60),
        b"MZ" + bytes(200),
        b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT,
        archive(),
        b"\x89PNG\r\n\x1a\n" + SCRIPT,
        b"\xff\xd8\xff\xe0" + SCRIPT,
    ],
)
def test_what_only_calls_itself_a_picture_is_refused(signed_in, content):
    answer, photo = upload(signed_in, content)
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["photo_file"])
    assert not photo


@pytest.mark.row("R77", "R78", "W20")
@pytest.mark.parametrize(
    "content",
    [drawn() + SCRIPT, drawn() + archive(), with_words(), drawn("JPEG", comment=SCRIPT), drawn("WEBP") + SCRIPT],
)
def test_a_picture_that_is_something_else_too_is_only_a_picture_afterwards(signed_in, content):
    answer, photo = upload(signed_in, content)
    assert answer.status_code == 302
    kept = photo.read()
    assert kept.startswith(b"\xff\xd8")
    assert (SCRIPT in kept, b"PK\x03\x04" in kept) == (False, False)
    person = User.objects.get(email="alice@example.org")
    served = signed_in.get(reverse("accounts:photo", args=[person.public_id]))
    assert (served["Content-Type"], served["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert served["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.row("R80", "W20")
@pytest.mark.parametrize(
    "name",
    [
        "../../x.png", "..\\..\\x.png", "C:\\x.png", "/etc/passwd", "a" * 300 + ".png", "x.php.png", "x.png.exe",
        "\u202egnp.exe", "x\r\nSet-Cookie: a=b.png", ".htaccess", "CON", "%2e%2e%2fx.png", "x;.png", "'\"><b>.png",
    ],
)  # fmt: skip
def test_the_name_of_a_file_chooses_nothing(name, settings):
    person = alice()
    file = SimpleUploadedFile("me.png", drawn())
    file._name = name
    operations.set_photo(person, file, by=person)
    stored = User.objects.get(pk=person.pk).photo
    assert re.fullmatch(r"photos/[0-9a-f]{32}", stored.name)
    assert stored.path.startswith(str(settings.MEDIA_ROOT))


@pytest.mark.row("F01", "W20")
def test_a_photo_of_more_than_five_megabytes_is_refused_on_its_field(signed_in):
    answer, photo = upload(signed_in, drawn() + bytes(operations.PHOTO_BYTES))
    assert list(answer.context["form"].errors) == ["photo_file"]
    assert not photo
