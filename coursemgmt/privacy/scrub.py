"""Take a person out of what stays: texts about them, values of the past that name them, and mentions anywhere else."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import CharField, EmailField, JSONField, Model, TextField

from accounts.models import ERASED_AT, User
from core.history import history_of, maintenance
from coursemgmt import seals
from coursemgmt.privacy.tables import stored_models, tables
from students.models import StudentProfile

GONE = "[erased]"
# Of a person these are neither a name nor a way to reach them.
KEPT_OF_USER = {"password", "locale", "time_zone"}
# What a text column holds besides words about somebody: names of routes, codes, states.
TECHNICAL = {
    "route", "kind", "code", "state", "status", "from_status", "to_status", "last_skip_code", "what", "role", "type",
    "pgh_label", "about_type", "dedupe_key", "message_id", "name_of_day", "zone", "grade", "old_grade", "new_grade",
    "object_id", "document", "provider",
}  # fmt: skip
# Rows that name people by their own columns; what stands there is set, never searched.
NAMING = {"accounts.User", "accounts.UserHistory", "students.StudentProfile", "students.StudentProfileHistory"}
# Others with the same name keep theirs.
UNTOUCHED = NAMING | {
    "account.EmailAddress", "contenttypes.ContentType", "auth.Permission", "auth.Group",
    # What these hold are digests, and nobody changes them.
    "coursemgmt.HistorySeal", "coursemgmt.HistoryRedaction",
}  # fmt: skip
SHORTEST = 5


@dataclass(frozen=True)
class Identity:
    """How a person is named, and what stands in its place afterwards."""

    emails: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    photos: frozenset[str]
    code: str

    @property
    def email(self) -> str:
        return f"erased-{self.code}{ERASED_AT}"

    @property
    def number(self) -> str:
        return f"erased-{self.code}"

    @property
    def name(self) -> str:
        return f"Erased {self.code[:6].upper()}"

    def pattern(self) -> str:
        """Return an expression of PostgreSQL for everything but the addresses."""
        words = [re.escape(one).replace(r"\ ", r"\s+") for one in (*self.names, *self.numbers)]
        return rf"(?<![[:alnum:]])({'|'.join(sorted(words, key=len, reverse=True))})(?![[:alnum:]])" if words else ""


def identity_of(person: User) -> Identity:
    """Return every way in which the account and its history name this person."""
    rows = [person, *history_of(User).objects.filter(id=person.pk)]
    emails = {row.email for row in rows} | set(EmailAddress.objects.filter(user=person).values_list("email", flat=True))
    names = {name for row in rows for name in _forms(row)}
    profile = StudentProfile.objects.filter(user=person).first()
    numbers = set()
    if profile is not None:
        history = history_of(StudentProfile).objects.filter(id=profile.pk)
        numbers = {profile.institutional_id, *history.values_list("institutional_id", flat=True)}
    return Identity(
        emails=frozenset(one for one in emails if one and not one.endswith(ERASED_AT)),
        names=frozenset(names),
        numbers=frozenset(one for one in numbers if len(one) >= SHORTEST and not one.startswith("erased-")),
        photos=frozenset(str(row.photo) for row in rows if row.photo),
        code=person.public_id.hex[:12],
    )


def _forms(row: Any) -> Iterable[str]:
    """Yield the forms of a name that name one person; a single short word names too many."""
    firsts = {row.given_name, row.preferred_name, f"{row.given_name} {row.middle_name}".strip()} - {""}
    last = row.family_name
    for first in firsts:
        if last:
            yield f"{first} {last}"
            yield f"{last}, {first}"
            yield f"{last} {first}"
    if not last:
        yield from (first for first in firsts if len(first) >= SHORTEST * 2)
    elif not firsts and len(last) >= SHORTEST * 2:
        yield last


class Scrub:
    """One person taken out of every table, with a note of each row of the history that was changed."""

    def __init__(self, person: User, identity: Identity, reason: str) -> None:
        self.person, self.identity, self.reason = person, identity, reason
        self.changed: dict[type[Model], set[Any]] = defaultdict(set)

    def run(self) -> None:
        """Runs in the transaction of the erasure. Twice is harmless."""
        with maintenance():
            self._past_of_person()
            for table in tables():
                if table.label not in NAMING:
                    self._texts_about(table)
            for model in stored_models():
                if model._meta.label not in UNTOUCHED:
                    self._mentions(model)
            self._behind_changes()
            for model, ids in self.changed.items():
                seals.note_redactions(model, ids, self.reason)

    def _past_of_person(self) -> None:
        people = history_of(User)
        values = dict.fromkeys(texts_of(people, KEPT_OF_USER | TECHNICAL), "")
        values |= {"email": self.identity.email, "family_name": self.identity.name}
        self._set(people.objects.filter(id=self.person.pk).exclude(**values), values)
        profiles = history_of(StudentProfile)
        number = {"institutional_id": self.identity.number}
        self._set(profiles.objects.filter(user_id=self.person.pk).exclude(**number), number)

    def _texts_about(self, table: Any) -> None:
        for field in table.model._meta.concrete_fields:
            empty: Any = {} if isinstance(field, JSONField) else ""
            if field.name in texts_of(table.model) or isinstance(field, JSONField):
                rows = (
                    table.about(self.person).exclude(**{field.name: empty}).exclude(**{f"{field.name}__isnull": True})
                )
                self._set(rows, {field.name: {} if isinstance(field, JSONField) else gone_in(field)})

    def _set(self, rows: Any, values: dict[str, Any]) -> None:
        ids = list(rows.values_list("pk", flat=True))
        if ids:
            rows.model._base_manager.filter(pk__in=ids).update(**values)
            self.changed[rows.model] |= set(ids)

    def _mentions(self, model: Any) -> None:
        """Replace the names, addresses and numbers of the person wherever they stand in this table."""
        columns = [field for field in model._meta.concrete_fields if _can_mention(field)]
        pattern = self.identity.pattern()
        pairs = [
            (re.escape(email), self.identity.email) for email in sorted(self.identity.emails, key=len, reverse=True)
        ]
        pairs += [(pattern, GONE)] if pattern else []
        if not columns or not pairs:
            return
        quote, key = connection.ops.quote_name, model._meta.pk.column
        sets, wheres, given, asked = [], [], [], []
        for field in columns:
            column = quote(field.column)
            is_json = isinstance(field, JSONField)
            text = f"{column}::text"
            for expression, instead in pairs:
                wanted = _in_json(expression) if is_json else expression
                wheres.append(f"{column}::text ~* %s")
                asked.append(wanted)
                text = f"regexp_replace({text}, %s, %s, 'gi')"
                given += [wanted, instead]
            sets.append(f"{column} = ({text})::jsonb" if is_json else f"{column} = {_cut(text, field)}")
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {quote(model._meta.db_table)} SET {', '.join(sets)} WHERE {' OR '.join(wheres)}"  # noqa: S608
                f" RETURNING {quote(key)}",
                [*given, *asked],
            )
            self.changed[model] |= {key for (key,) in cursor.fetchall()}

    def _behind_changes(self) -> None:
        """Count the events of a context that was changed: what it says is sealed with each of them."""
        contexts = [
            key for model, ids in self.changed.items() if model._meta.label == "pghistory.Context" for key in ids
        ]
        for model in seals.sealed_models():
            if contexts and any(field.name == "pgh_context" for field in model._meta.concrete_fields):
                self.changed[model] |= set(
                    model._base_manager.filter(pgh_context__in=contexts).values_list("pk", flat=True)
                )


def texts_of(model: type[Model], kept: Iterable[str] = TECHNICAL) -> list[str]:
    """Return the columns of `model` that hold free text; what is neither listed nor a choice is taken for one."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) or field.get_internal_type() == "FileField"
        if not field.choices and not field.unique and not field.primary_key and field.name not in kept
    ]


def gone_in(field: Any) -> str:
    return GONE if field.get_internal_type() != "FileField" and (field.max_length or 99) >= len(GONE) else ""


def _can_mention(field: Any) -> bool:
    if isinstance(field, JSONField):
        return True
    is_text = isinstance(field, CharField | TextField) and not field.choices and not field.primary_key
    return is_text and (isinstance(field, EmailField) or field.max_length is None or field.max_length >= 40)


def _in_json(expression: str) -> str:
    return expression.replace('"', r'\\"')


def _cut(text: str, field: Any) -> str:
    return f"left({text}, {field.max_length})" if field.max_length else text
