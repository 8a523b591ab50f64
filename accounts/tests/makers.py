"""The cast: Alice the student, Ivan the instructor, Rita the registrar, Oscar the outsider, Adam the administrator."""

from itertools import count
from typing import Any

from accounts import operations
from accounts.models import User

PASSWORD = "correct horse battery"
_numbers = count(1)


def make_user(email: str | None = None, roles: Any = (), password: str | None = None, **fields: Any) -> User:
    """Return a person with a confirmed address. Without `password` none is set, which is quick."""
    return operations.create_person(
        email or f"person{next(_numbers)}@example.org", by=None, password=password, roles=roles, **fields
    )


def _one(name: str, role: str | None, **fields: Any) -> User:
    email = f"{name.lower()}@example.org"
    found = User.objects.filter(email=email).first()
    return found or make_user(email, [role] if role else [], PASSWORD, given_name=name, family_name="Example", **fields)


def alice(**fields: Any) -> User:
    return _one("Alice", "student", **fields)


def ivan(**fields: Any) -> User:
    return _one("Ivan", "instructor", **fields)


def rita(**fields: Any) -> User:
    return _one("Rita", "registrar", **fields)


def oscar(**fields: Any) -> User:
    return _one("Oscar", None, **fields)


def adam(**fields: Any) -> User:
    return _one("Adam", "administrator", **fields)
