"""Files of a section: what is taken, for whom it is, and how it is served."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from core.errors import NotAllowed
from courses import errors, operations
from courses.models import Material
from courses.operations import materials
from courses.tests.makers import add_instructor

pytestmark = [pytest.mark.django_db, pytest.mark.row("F01")]
PDF = b"%PDF-1.7\n%hello"


@pytest.fixture
def section():
    from students.tests.makers import make_class  # seats are facts of a later app

    section, _seats = make_class()
    return section


def office(*names, first=b"", mimetype=""):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, first)
    return packed.getvalue()


WORD = office("[Content_Types].xml", "word/document.xml")
TAKEN = {
    "pdf": PDF,
    "png": b"\x89PNG\r\n\x1a\nrest",
    "jpg": b"\xff\xd8\xff\xe0rest",
    "txt": "Zoë reads\nΣ".encode(),
    "docx": WORD,
    "xlsx": office("[Content_Types].xml", "xl/workbook.xml"),
    "pptx": office("[Content_Types].xml", "ppt/presentation.xml"),
    "odt": office("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
}
REFUSED = {
    "a program": b"MZ\x90\x00\x03",
    "another program": b"\x7fELF\x02\x01",
    "any archive": office("virus.exe"),
    "macros": office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "two at once": office("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"),
    "a broken archive": b"PK\x03\x04" + b"x" * 50,
    "text with a NUL": b"a\x00b",
    "nothing but space": b"  \n",
    "letters of another code": b"caf\xe9",
}


def test_the_bytes_say_what_a_file_is():
    assert {kind: str(materials.kind_of(data)) for kind, data in TAKEN.items()} == {kind: kind for kind in TAKEN}
    for what, data in REFUSED.items():
        with pytest.raises(errors.FileKindRefused):
            pytest.fail(f"{what} was taken as {materials.kind_of(data)}")


def test_a_file_is_kept_under_a_random_name_and_called_as_it_came(section):
    upload = SimpleUploadedFile("../../Syll\u202eabus: week 1.exe", PDF, content_type="text/html")
    material = operations.add_material(section, upload, by=ivan())
    assert (material.kind, material.size, material.filename) == ("pdf", len(PDF), "Syllabus week 1.pdf")
    assert material.file.name.startswith("materials/")
    assert "Syll" not in material.file.name
    operations.remove_material(material, by=ivan())


def test_count_and_size_have_limits(section, monkeypatch):
    monkeypatch.setattr(materials, "MATERIALS_PER_SECTION", 1)
    monkeypatch.setattr(materials, "MATERIAL_BYTES", len(PDF))
    with pytest.raises(errors.FileTooLarge):
        operations.add_material(section, ContentFile(PDF + b"!", "x"), by=ivan())
    operations.add_material(section, ContentFile(PDF, "x"), by=ivan())
    with pytest.raises(errors.TooManyFiles):
        operations.add_material(section, ContentFile(PDF, "y"), by=ivan())


def test_only_those_who_write_the_section_s_texts_add_and_remove(section):
    material = operations.add_material(section, ContentFile(PDF, "x"), by=ivan())
    grader = make_user(roles=["instructor"])
    add_instructor(section, grader, role="grader")
    for person in (alice(), oscar(), grader, make_user(roles=["instructor"])):
        with pytest.raises(NotAllowed):
            operations.add_material(section, ContentFile(PDF, "x"), by=person)
        with pytest.raises(NotAllowed):
            operations.remove_material(material, by=person)


def test_a_removed_file_leaves_the_disk_after_the_commit(section, django_capture_on_commit_callbacks):
    material = operations.add_material(section, ContentFile(PDF, "x"), by=ivan())
    stored = material.file.name
    with django_capture_on_commit_callbacks() as waiting:
        operations.remove_material(material, by=ivan())
    assert default_storage.exists(stored)
    waiting[0]()
    assert not default_storage.exists(stored)
    assert not Material.objects.exists()


def statuses(section, material):
    """Return what each of the cast is answered for the list and the file."""
    found = {}
    for person in (alice(), ivan(), rita(), oscar()):
        client = Client()
        client.force_login(person)
        pages = (
            reverse("courses:material_list", args=[section.public_id]),
            reverse("courses:material_file", args=[material.public_id]),
        )
        found[person.given_name] = [client.get(where).status_code for where in pages]
    return found


def test_it_is_served_after_a_permission_check_to_be_saved(section):
    material = operations.add_material(section, ContentFile(PDF, "Plan.html"), by=ivan())
    opened, shut = [200, 200], [403, 403]
    assert statuses(section, material) == {"Alice": opened, "Ivan": opened, "Rita": opened, "Oscar": shut}
    client = Client()
    client.force_login(alice())
    where = reverse("courses:material_file", args=[material.public_id])
    answer = client.get(where)
    assert answer.getvalue() == PDF
    said = {name: answer[name] for name in ("Content-Disposition", "Content-Type", "X-Content-Type-Options")}
    assert said == {
        "Content-Disposition": 'attachment; filename="Plan.pdf"',
        "Content-Type": "application/octet-stream",
        "X-Content-Type-Options": "nosniff",
    }
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert Client().get(where)["Location"].startswith(reverse("account_login"))


def test_it_is_shut_to_the_class_with_its_pages_and_with_the_seat(section):
    material = operations.add_material(section, ContentFile(PDF, "Plan"), by=ivan())
    section.access_ends_at = timezone.now()
    section.save()
    assert statuses(section, material)["Alice"] == [403, 403]
    section.access_ends_at = None
    section.save()
    section.enrollments.update(status="dropped")
    assert statuses(section, material)["Alice"] == [403, 403]
    section.status = "planned"
    section.save()
    assert statuses(section, material)["Oscar"] == [404, 404]


def test_those_who_teach_add_and_remove_on_pages(section):
    client = Client()
    client.force_login(ivan())
    where = reverse("courses:material_list", args=[section.public_id])
    answer = client.post(where, {"file": SimpleUploadedFile("bad.pdf", b"MZ\x90\x00")})
    assert "This is no file of a kind that is taken" in answer.text
    assert client.post(where, {"file": SimpleUploadedFile("Plan.pdf", PDF), "name": "Reading list"}).status_code == 302
    material = Material.objects.get()
    assert "Reading list" in client.get(where).text
    remove = reverse("courses:material_remove", args=[material.public_id])
    assert client.get(remove).status_code == 200
    student = Client()
    student.force_login(alice())
    assert "Reading list" in student.get(where).text
    assert [student.post(where, {}).status_code, student.get(remove).status_code] == [403, 403]
    assert client.post(remove).status_code == 302
    assert not Material.objects.exists()


def test_a_lost_file_is_not_found(section):
    material = operations.add_material(section, ContentFile(PDF, "Plan"), by=ivan())
    default_storage.delete(material.file.name)
    client = Client()
    client.force_login(ivan())
    assert client.get(reverse("courses:material_file", args=[material.public_id])).status_code == 404


def test_the_list_costs_the_same_for_many(section):
    client = Client()
    client.force_login(alice())
    where = reverse("courses:material_list", args=[section.public_id])

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        return len(seen)

    operations.add_material(section, ContentFile(PDF, "Plan"), by=ivan())
    one = queries()
    for n in range(3):
        operations.add_material(section, ContentFile(PDF, f"Plan {n}"), by=ivan())
    assert queries() == one <= 15
