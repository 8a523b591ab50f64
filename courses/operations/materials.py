"""Deeds about the files of a section. What a file is, its bytes say, never its name."""

import unicodedata
import zipfile
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from core.locks import lock
from courses.errors import FileKindRefused, FileTooLarge, TooManyFiles
from courses.models import Material, Section
from courses.operations.fields import require
from courses.policies import can_edit_materials

MATERIAL_BYTES = 10 * 1024 * 1024
MATERIALS_PER_SECTION = 40
Kind = Material.Kind
HEADS = {b"%PDF-": Kind.PDF, b"\x89PNG\r\n\x1a\n": Kind.PNG, b"\xff\xd8\xff": Kind.JPEG}
# Of an office document the folder of its parts says what it is; macros make another type, which is refused.
PARTS = {"word/": Kind.DOCX, "xl/": Kind.XLSX, "ppt/": Kind.PPTX}
ODT = b"application/vnd.oasis.opendocument.text"


def add_material(section: Section, upload: Any, *, by: Any, name: str = "") -> Material:
    """Keep an uploaded file for the class under a random name and return the row.

    `name` is what it is called, else the name it came with, without its ending. FileTooLarge, FileKindRefused,
    TooManyFiles, or NotAllowed. Locks the section, so that two at once do not pass the count.
    """
    require(can_edit_materials, by, section)
    if upload.size > MATERIAL_BYTES:
        raise FileTooLarge(megabytes=MATERIAL_BYTES // 1024**2)
    data = upload.read()
    material = Material(section=section, kind=kind_of(data), size=len(data), uploaded_by=by)
    material.name = _called(name) or _called(PurePath(upload.name or "").stem) or material.get_kind_display()
    with transaction.atomic():
        lock(section)
        if section.materials.count() >= MATERIALS_PER_SECTION:
            raise TooManyFiles(most=MATERIALS_PER_SECTION)
        material.clean_fields(exclude=["section", "file", "uploaded_by"])
        material.file = ContentFile(data, "file")
        material.save()
    return material


def remove_material(material: Material, *, by: Any) -> Material:
    """Take a file away from the class and return what it was; its history stays. Twice is harmless.

    Locks the section.
    """
    require(can_edit_materials, by, material.section)
    with transaction.atomic():
        lock(material.section)
        storage, stored = material.file.storage, str(material.file.name)
        Material.objects.filter(pk=material.pk).delete()
        # After the commit: a rollback must not leave a row without its file.
        transaction.on_commit(lambda: storage.delete(stored))
    return material


def kind_of(data: bytes) -> str:
    """Return what the bytes are. FileKindRefused for everything that is not in the list."""
    for head, kind in HEADS.items():
        if data.startswith(head):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_archive(data)
    if _is_text(data):
        return Kind.TEXT
    raise FileKindRefused()


def _kind_of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(ContentFile(data)) as archive:
            names = archive.namelist()
            is_odt = names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size < 100
            if is_odt and archive.read("mimetype") == ODT:
                return Kind.ODT
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as exc:
        raise FileKindRefused() from exc
    found = {kind for part, kind in PARTS.items() if any(name.startswith(part) for name in names)}
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    if len(found) != 1 or has_macros or "[Content_Types].xml" not in names:
        raise FileKindRefused()
    return found.pop()


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not any(unicodedata.category(sign) == "Cc" for sign in set(text) - set("\t\n\r\f"))


def _called(name: str) -> str:
    """Return a name without signs that a header or a file system takes for its own."""
    kept = (sign for sign in name if unicodedata.category(sign)[0] != "C" and sign not in '/\\:*?"<>|')
    return " ".join("".join(kept).split()).strip(". ")[:120]
