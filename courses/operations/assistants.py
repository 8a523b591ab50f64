"""Assistants and graders of one section: named by its instructors, with what each may do in it."""

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import F

from accounts.models import User
from core.errors import NotAllowed
from core.locks import lock
from courses import hooks
from courses.errors import NobodyToAdd, NotAnAssistant, TeachesAlready, TriedTooOften
from courses.models import GRANTS, Section, SectionInstructor
from courses.operations.sections import in_state
from courses.policies import can_manage_assistants
from notifications.operations import notify

TRIES, HOUR = 20, 3600


def add_assistant(section: Section, email: str, role: str, *, by: Any, **grants: bool) -> SectionInstructor:
    """Name somebody with an account an assistant or grader of the section, tell them, and return the row.

    `grants` are what they may do in this section alone. NobodyToAdd alike for an address that nobody has and for
    somebody who cannot be added, TriedTooOften after 20 of these within an hour, TeachesAlready. Locks the person,
    then the section.
    """
    _allow(by, section)
    key = f"assistant-picker:{by.pk if by else 'system'}"
    if by is not None and cache.get(key, 0) >= TRIES:
        raise TriedTooOften()
    try:
        return _add(section, email, role, by, grants)
    except NobodyToAdd:
        # Outside of the transaction that was rolled back: the count must stay.
        cache.add(key, 0, HOUR)
        cache.incr(key)
        raise


@transaction.atomic
def _add(section: Section, email: str, role: str, by: Any, grants: dict[str, bool]) -> SectionInstructor:
    person, section = lock(_person(email, section, by), section)
    in_state(section, "change")
    if section.section_instructors.filter(instructor=person).exists():
        raise TeachesAlready(person=person.display_name)
    row = SectionInstructor(section=section, instructor=person)
    _grant(row, role, grants)
    row.save()
    notify("assistant_added", to=person, about=row)
    return row


@transaction.atomic
def change_assistant(row: SectionInstructor, *, by: Any, role: str | None = None, **grants: bool) -> SectionInstructor:
    """Change what an assistant or grader is and may do, with their next request; what is not given stays.

    NotAnAssistant for an instructor. Locks the person, then the section.
    """
    row = _locked(row, by)
    _grant(row, role or row.role, grants)
    row.save(update_fields=["role", *GRANTS])
    return row


@transaction.atomic
def remove_assistant(row: SectionInstructor, *, by: Any) -> None:
    """Take an assistant or grader out of the section; their next request finds it closed. NotAnAssistant.

    Locks the person, then the section.
    """
    _locked(row, by).delete()


def _allow(by: Any, section: Section) -> None:
    if by is not None and not can_manage_assistants(by, section):
        raise NotAllowed()


def _locked(row: SectionInstructor, by: Any) -> SectionInstructor:
    _allow(by, row.section)
    _person_locked, section = lock(row.instructor, row.section)
    in_state(section, "change")
    row = SectionInstructor.objects.select_related("instructor", "section").get(pk=row.pk)
    if row.is_instructor:
        raise NotAnAssistant(person=row.instructor.display_name)
    return row


def _grant(row: SectionInstructor, role: str, grants: dict[str, bool]) -> None:
    if unknown := set(grants) - set(GRANTS):
        raise ValueError(f"Not a grant: {', '.join(sorted(unknown))}")
    if role == SectionInstructor.Role.INSTRUCTOR:
        raise NotAllowed()
    row.role = role
    for name, value in grants.items():
        setattr(row, name, value)
    row.clean_fields(exclude=["section", "instructor"])


def _person(email: str, section: Section, by: Any) -> User:
    """Return who has this confirmed address and may assist. NobodyToAdd tells not which of the two is wanting."""
    people = User.objects.active().filter(email__iexact=email.strip(), emailaddress__verified=True)
    person = people.filter(emailaddress__email__iexact=F("email")).first()
    if person is None or (by is not None and person.pk == by.pk):
        raise NobodyToAdd()
    if any(takes(section, person) for takes in hooks.takes_part):
        raise NobodyToAdd()
    return person
