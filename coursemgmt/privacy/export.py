"""The copy of everything that is kept about one person: a file for each table, and a page that shows them all.

Nobody else is named in it: other people appear as what they are, and what the person did to records of others is there
with its time alone.
"""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import CharField, DateTimeField, Model
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from coursemgmt.privacy.tables import LEFT_OUT, POSTED, Table, columns_of, is_personal, tables

Row = dict[str, Any]
YOU = "you"


class Copy:
    """One person's data, read once."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.words: dict[tuple[type[Model], Any], str] = {}
        self.parts = [part for table in tables() if (part := self._part(table))]

    def _part(self, table: Table) -> dict[str, Any] | None:
        if table.label in LEFT_OUT:
            return None
        rows = table.about(self.person)
        if table.label in POSTED:
            rows = rows.filter(POSTED[table.label])
        own = [self._row(row) for row in rows]
        touched = [_outline(row) for row in table.touched_by(self.person)]
        if not own and not touched:
            return None
        name = table.label.replace(".", "_").lower()
        return {
            "name": name,
            "title": capfirst(str(table.model._meta.verbose_name_plural)),
            "rows": own,
            "deeds": touched,
        }

    def _row(self, row: Model) -> Row:
        return {field.name: self._value(field, row) for field in columns_of(type(row))}

    def _value(self, field: Any, row: Model) -> Any:
        value = getattr(row, field.attname)
        if value is None or not field.is_relation:
            return _plain(value)
        to = field.related_model
        if to is User:
            return YOU if value == self.person.pk else self._role(value)
        if is_personal(to):
            return value
        return self._known(to, value)

    def _known(self, model: Any, key: Any) -> str:
        """Return what a row that is nobody's is called."""
        if (model, key) not in self.words:
            found = model._base_manager.filter(pk=key).first()
            self.words[model, key] = str(found) if found is not None else str(key)
        return self.words[model, key]

    def _role(self, key: Any) -> str:
        """Return what somebody else is, in place of the name."""
        if (User, key) not in self.words:
            roles = set(Group.objects.filter(user=key).values_list("name", flat=True))
            known = next((role for role in ("instructor", "advisor", "student") if role in roles), "another person")
            is_staff = User.objects.filter(pk=key, is_staff=True).exists()
            self.words[User, key] = "staff" if is_staff else known
        return self.words[User, key]

    def zipped(self) -> bytes:
        """Return all of it as one file."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for part in self.parts:
                said = {"table": part["name"], "rows": part["rows"], "deeds": part["deeds"]}
                file.writestr(f"data/{part['name']}.json", json.dumps(said, indent=1, ensure_ascii=False, default=str))
            if self.person.photo:
                with self.person.photo.open("rb") as photo:
                    file.writestr("photo.jpg", photo.read())
            file.writestr("index.html", self._page())
        return packed.getvalue()

    def _page(self) -> str:
        zone = self.person.zone
        with translation.override(self.person.locale), timezone.override(zone):
            context = {
                "person": self.person,
                "site_name": settings.SITE_NAME,
                "parts": [_shown(part) for part in self.parts],
                "left_out": sorted(LEFT_OUT.items()),
                "made_at": timezone.now(),
                "zone": zone,
                "title": _("Everything that is kept about you"),
            }
            return render_to_string("privacy/export.html", context)


def _outline(row: Model) -> Row:
    """Return when and of what kind a row about somebody else is, and nothing of what it says."""
    told = [
        field
        for field in row._meta.concrete_fields
        if field.primary_key or isinstance(field, DateTimeField) or (isinstance(field, CharField) and field.choices)
    ]
    return {field.name: _plain(getattr(row, field.attname)) for field in told}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float | str | list | dict) or value is None:
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _shown(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with its rows as lists, as a table shows them."""
    tables = []
    for title, rows in (
        (_("About you"), part["rows"]),
        (_("What you did, or where you are the other side"), part["deeds"]),
    ):
        if rows:
            tables.append({"title": title, "columns": list(rows[0]), "rows": [list(row.values()) for row in rows]})
    return part | {"tables": tables}
