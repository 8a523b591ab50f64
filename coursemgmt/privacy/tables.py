"""Which rows are about a person: found by walking every foreign key, so that a new table is never forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import F, Model, Q, QuerySet

from accounts.models import User

# Columns with these names say who did something, not of whom the row tells.
ACTING = {"actor", "by", "reader", "author", "impersonator"}
# Tables in which `user` is whoever did it, and columns that say of whom the row tells in spite of their names.
DEEDS = {"admin.LogEntry"}
TELLS = {("accounts.Invitation", "accepted_by"), ("accounts.InvitationHistory", "accepted_by")}
# Columns that name whom a row tells nothing of: what is said there is said of somebody else.
OTHER_SIDE = {
    ("accounts.RoleAssignment", "user"), ("accounts.RoleAssignmentHistory", "user"),
    ("students.Guardianship", "guardian"), ("students.GuardianshipHistory", "guardian"),
}  # fmt: skip
# Longer ways lead to the same people once more.
FARTHEST = 3
# What opens a door, and what is kept for a repeated request: in no copy.
SECRETS = {
    "password", "hash", "current", "key", "digest", "session_key", "dedupe_key", "token", "token_secret", "token_hash",
    "signature", "file",
}  # fmt: skip
WITHHELD = {
    "mfa.Authenticator": {"data"},
    "accounts.IdempotencyRecord": {"body"},
    # What a message was about stands in its own table; these can name somebody else.
    "notifications.OutboxMessage": {"facts", "last_error", "message_id"},
    "usersessions.UserSession": {"data"},
    "students.FinalGrade": {"amended_grade"},
    # The address of somebody else.
    "students.Guardianship": {"email"},
}
# Tables that are not copied, each with its reason; it stands in the copy too.
LEFT_OUT = {
    "students.GradeEntryHistory": "Holds scores that are not posted yet; what was posted stands in the other tables.",
    "students.FinalGradeHistory": "Holds grades that are not posted yet; what was posted stands in the other tables.",
    "socialaccount.SocialToken": "Holds nothing but secrets.",
    "account.EmailConfirmation": "Holds nothing but the secrets of links in mail.",
}
# Of these only what the person may see by now.
POSTED = {
    "students.GradeEntry": Q(item__posted_at__isnull=False),
    "students.GradeChange": Q(entry__item__posted_at__isnull=False, at__gte=F("entry__item__posted_at")),
    "students.FinalGrade": Q(posted_at__isnull=False),
    "students.FinalGradeChange": Q(is_posting=True),
}


@dataclass(frozen=True)
class Table:
    """A table with the ways from it to a person: whom its rows are about, who is beside them, who did it."""

    model: type[Model]
    own: tuple[str, ...]
    beside: tuple[str, ...]
    acted: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.model._meta.label

    def about(self, person: User) -> QuerySet[Any]:
        return self._by(self.own, person)

    def touched_by(self, person: User) -> QuerySet[Any]:
        """Return the rows in which the person is somebody else's other side, or did something."""
        return self._by((*self.beside, *self.acted), person).exclude(pk__in=self.about(person).values("pk"))

    def _by(self, paths: Iterable[str], person: User) -> QuerySet[Any]:
        found = Q(pk__in=[])
        for path in paths:
            found |= Q(**{path: person.pk})
        rows = self.model._base_manager.filter(found)
        # Several ways can lead to one row.
        return self.model._base_manager.filter(pk__in=rows.values("pk")).order_by("pk")


def is_personal(model: Any) -> bool:
    return model is User or bool(_paths(model)[0] or _paths(model)[1])


def tables() -> list[Table]:
    """Return every table from which a foreign key leads to a person, by name; the people themselves come first."""
    found = [Table(User, ("pk",), (), ())]
    for model in stored_models():
        own, beside, acted = _paths(model)
        if model is not User and (own or beside or acted):
            found.append(Table(model, own, beside, acted))
    return found


def stored_models() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return sorted((one for one in models if one._meta.managed and not one._meta.proxy), key=lambda one: one._meta.label)


@cache
def _paths(model: type[Model]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the ways from `model` to a person: own, beside and acted."""
    own: list[str] = []
    chained: list[str] = []
    beside: list[str] = []
    acted: list[str] = []
    copies: list[str] = []
    for field in model._meta.concrete_fields:
        to: Any = field.related_model if field.is_relation else None
        if to is None or to is model or field.name == "pgh_context":
            continue
        if to is User:
            # A row of the history tells of the person even when it names nobody else.
            into = copies if field.name == "pgh_obj" else acted if _acts(model, field.name) else own
            into = beside if (model._meta.label, field.name) in OTHER_SIDE else into
            into.append(field.name)
        elif to._meta.managed:
            inner_own, inner_beside, _acted = _paths(to)
            target = copies if field.name == "pgh_obj" else chained
            target += [f"{field.name}__{path}" for path in inner_own]
            if field.name != "pgh_obj":
                beside += [f"{field.name}__{path}" for path in inner_beside]
    if own:
        beside += chained
    else:
        own = chained or copies
    near = tuple(path for path in beside if path.count("__") < FARTHEST)
    return tuple(own), near, tuple(acted)


def _acts(model: type[Model], name: str) -> bool:
    if (model._meta.label, name) in TELLS:
        return False
    return name in ACTING or name.endswith("_by") or (model._meta.label in DEEDS and name == "user")


def columns_of(model: type[Model]) -> list[Any]:
    """Return the fields of a row that a copy shows."""
    hidden = SECRETS | WITHHELD.get(model._meta.label, set())
    tracked = getattr(model, "pgh_tracked_model", None)
    if tracked is not None:
        hidden |= WITHHELD.get(tracked._meta.label, set()) | {"pgh_obj", "pgh_context"}
    return [field for field in model._meta.concrete_fields if field.name not in hidden]
