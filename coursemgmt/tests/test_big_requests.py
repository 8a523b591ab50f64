"""What is too large is refused in words, before it costs anything."""

import io
import tracemalloc

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client, RequestFactory

pytestmark = [pytest.mark.django_db, pytest.mark.row("R86")]

MANY = "application/x-www-form-urlencoded"
MEGABYTE = 1024 * 1024


class Counted(io.RawIOBase):
    """A body of 100 MB that nobody has made, and how much of it was asked for."""

    def __init__(self):
        self.taken = 0

    def readable(self):
        return True

    def read(self, size=-1):
        if size < 0:
            raise AssertionError("All of it was asked for at once.")
        self.taken += size
        return b" " * size


def start(address, kind, length, body):
    environ = RequestFactory().post(address).environ
    environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": length, "wsgi.input": body}
    said = {}
    body = b"".join(WSGIHandler()(environ, lambda status, headers: said.update(status=int(status[:3]))))
    return said["status"], body


@pytest.mark.parametrize("address", ["/api/v1/auth/token/", "/accounts/login/", "/profile/", "/admin/login/"])
@pytest.mark.parametrize("kind", ["application/json", MANY, "multipart/form-data; boundary=x"])
def test_a_body_of_100_megabytes_is_refused_unread(address, kind):
    body = Counted()
    status, said = start(address, kind, str(100 * MEGABYTE), body)
    assert (status, body.taken) == (413, 0)
    assert b"too large" in said


def test_a_body_that_lies_about_its_length_is_not_read_on():
    body = Counted()
    tracemalloc.start()
    status, _ = start("/api/v1/auth/token/", "application/json", str(settings.LARGEST_REQUEST), body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert status == 413
    assert body.taken <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 64 * 1024
    assert peak < 8 * MEGABYTE


def test_ten_thousand_fields_are_refused():
    fields = "&".join(f"a{number}=1" for number in range(10_001))
    answer = Client().post("/accounts/login/", fields, content_type=MANY)
    assert answer.status_code == 413


def test_a_thousand_files_are_refused():
    files = {f"file{number}": SimpleUploadedFile("a.txt", b"a") for number in range(1_001)}
    answer = Client().post("/accounts/login/", files)
    assert answer.status_code == 413


@pytest.mark.parametrize("said", ["", "-1", "NaN", "1e9", "\uff19" * 9, "9" * 400])
def test_an_odd_length_is_no_fault(said):
    status, _ = start("/theme/", MANY, said, io.BytesIO())
    assert status in {400, 403, 413}
