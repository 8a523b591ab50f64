"""Carry out an erasure: end the account, free what it held, then take the person out of everything that stays."""

from collections.abc import Callable
from typing import Any

import pghistory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

import appointments.operations
import students.operations
from accounts.models import IdempotencyRecord, PersonalToken, TokenFamily, User
from accounts.operations import deactivate, end_advising_of
from appointments.models import Appointment, AppointmentType, AvailabilityOverride, AvailabilityRule
from appointments.queries.booking import upcoming
from core.locks import lock
from coursemgmt import seals
from coursemgmt.models import DataRequest
from coursemgmt.privacy import erasure_list
from coursemgmt.privacy.scrub import KEPT_OF_USER, Identity, Scrub, identity_of, texts_of
from courses.models import Section, SectionInstructor
from notifications.mail import local
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students.models import Enrollment, StudentProfile, WaitlistEntry

# Each frees what a person holds; deeds of their own, harmless twice.
RELEASES: list[Callable[[User], None]] = [
    students.operations.release_person,
    appointments.operations.release_person,
]
LAST_WORD = "erasure_approved"
ATTEMPTS = 5


class StillHolds(RuntimeError):
    """Something was given to the person while it was being freed; the job tries again."""


def carry_out(request: DataRequest) -> None:
    """Erase the person of an approved request. Twice is harmless; the job may run again wherever it stopped.

    First everything is freed by the deeds that free it, each in its own transaction; then one transaction takes the
    person out. Whoever enrolls them in between either comes before it, and is freed, or finds a closed account.
    """
    person = User.objects.get(pk=request.subject_id)
    for key in OutboxMessage.objects.filter(recipient=person, kind=LAST_WORD, state="queued").values_list(
        "pk", flat=True
    ):
        deliver(key)
    if person.is_active:
        deactivate(person, by=None, reason="Erasure")
    for attempt in range(ATTEMPTS):
        for release in RELEASES:
            release(person)
        try:
            return _erase(request, person)
        except StillHolds:
            if attempt == ATTEMPTS - 1:
                raise
    return None


@transaction.atomic
def _erase(request: DataRequest, person: User) -> None:
    seals.take_turn()
    (person,) = lock(person)
    request = DataRequest.objects.get(pk=request.pk)
    if request.state != DataRequest.State.APPROVED:
        return
    if holds_anything(person):
        raise StillHolds(f"Account {person.pk} still holds something.")
    identity = identity_of(person)
    with pghistory.context(reason="erasure"):
        _remove_ways_in(person)
        _remove_hours(person)
        _rename(person, identity)
        Scrub(person, identity, f"erasure {request.public_id}").run()
        request.state, request.closed_at = DataRequest.State.DONE, timezone.now()
        request.reason = request.decision_reason = ""
        request.save(update_fields=["state", "closed_at", "reason", "decision_reason"])
    copies = _end_copies(person)
    # Before the commit: an erasure that no list knows would be undone by the next restore.
    erasure_list.add(person.public_id)
    transaction.on_commit(lambda: _remove_files(identity, copies))


def holds_anything(person: User) -> bool:
    booked = Appointment.objects.filter(Q(student=person) | Q(session__host=person))
    return (
        Enrollment.objects.live().filter(student__user=person).exists()
        or WaitlistEntry.objects.in_line().filter(student__user=person).exists()
        or upcoming(booked, timezone.now()).exists()
    )


def teaches_now(person: User) -> list[Section]:
    """Return the classes that are not over of which this person is instructor."""
    roles = SectionInstructor.objects.filter(
        instructor=person,
        role=SectionInstructor.Role.INSTRUCTOR,
        section__status__in=["planned", "open", "closed"],
        section__term__end_date__gte=timezone.localdate(),
    ).select_related("section__course__subject", "section__term")
    return [role.section for role in roles.order_by("section_id")]


def _remove_ways_in(person: User) -> None:
    kept_for: list[Any] = [EmailAddress, Authenticator, SocialAccount, PersonalToken, TokenFamily, IdempotencyRecord]
    for model in kept_for:
        model.objects.filter(user=person).delete()
    _end_sessions(person)
    end_advising_of(person, by=None, reason="The person was erased.")
    person.groups.clear()
    person.user_permissions.clear()


def _end_sessions(person: User) -> None:
    """Remove every session of the person, also those that no list of sign-ins names any more."""
    UserSession.objects.filter(user=person).delete()
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            SessionStore(session.session_key).delete()
    # Of these nothing can be read any more, whoever they belonged to.
    Session.objects.filter(expire_date__lte=timezone.now()).delete()


def _remove_hours(person: User) -> None:
    AppointmentType.objects.filter(host=person, status="active").update(status="archived")
    for model in (AvailabilityRule, AvailabilityOverride):
        model.objects.filter(schedule__host=person).delete()


def _rename(person: User, identity: Identity) -> None:
    names = texts_of(User, KEPT_OF_USER)
    for name in names:
        setattr(person, name, "")
    person.email, person.family_name = identity.email, identity.name
    person.locale, person.time_zone = settings.LANGUAGE_CODE, ""
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_login = None
    person.set_unusable_password()
    facts = ["locale", "time_zone", "is_active", "is_staff", "is_superuser", "last_login", "password"]
    person.save(update_fields=[*names, *facts])
    for profile in StudentProfile.objects.filter(user=person):
        profile.institutional_id = identity.number
        profile.save(update_fields=["institutional_id"])


def _end_copies(person: User) -> list[str]:
    """Close the open requests for a copy and return the files that were made."""
    made = DataRequest.objects.filter(subject=person).exclude(file="")
    files = list(made.values_list("file", flat=True))
    made.update(file="")
    open_ones = DataRequest.objects.filter(
        subject=person, kind=DataRequest.Kind.EXPORT, state__in=["requested", "ready"]
    )
    open_ones.update(state=DataRequest.State.EXPIRED, closed_at=timezone.now())
    return files


def _remove_files(identity: Identity, copies: list[str]) -> None:
    for name in (*identity.photos, *copies):
        default_storage.delete(name)
    local.remove_mentions([*identity.emails, *identity.names, *identity.numbers])


def reapply(public_ids: list[Any]) -> list[User]:
    """Erase once more whoever of the list is there and not erased, as after a restore; return them."""
    found = User.objects.filter(public_id__in=public_ids).order_by("pk")
    people = [person for person in found if not person.is_erased]
    for person in people:
        with transaction.atomic():
            lock(person)
            DataRequest.objects.filter(subject=person, kind=DataRequest.Kind.ERASURE, state="requested").update(
                state=DataRequest.State.WITHDRAWN, closed_at=timezone.now()
            )
            request, _made = DataRequest.objects.get_or_create(
                subject=person,
                kind=DataRequest.Kind.ERASURE,
                state=DataRequest.State.APPROVED,
                defaults={"asked_by": None},
            )
        carry_out(request)
    return people
