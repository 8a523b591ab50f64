"""Deeds about data requests: ask for a copy or an erasure, approve, refuse, withdraw, fetch."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.operations.people import keep_an_administrator, lock_with_peers
from core.locks import lock
from coursemgmt.models import OPEN, DataRequest
from coursemgmt.privacy import errors
from coursemgmt.privacy.erasure import teaches_now
from coursemgmt.privacy.export import Copy
from coursemgmt.privacy.policies import can_ask_copy, can_ask_erasure, can_decide
from notifications.operations import notify

Kind, State = DataRequest.Kind, DataRequest.State


@transaction.atomic
def ask_copy(person: User, *, by: Any) -> DataRequest:
    """Ask for a copy of everything that is kept about `person` and leave the job that makes it.

    Raises MayNotAsk, AlreadyAsked while one is being made or waits to be fetched. Locks the person.
    """
    from coursemgmt.tasks import make_copy  # the one arrow up: a deed leaves its job

    if by is not None and not can_ask_copy(by, person):
        raise errors.MayNotAsk()
    request = _ask(person, Kind.EXPORT, by=by, reason="")
    make_copy.defer(request_id=request.pk)
    return request


@transaction.atomic
def ask_erasure(person: User, *, by: Any, reason: str = "") -> DataRequest:
    """Ask that `person` be erased, by themselves or, with a reason, by the course office, which then is the first of
    the two who approve.

    Raises MayNotDecide, DecisionReasonMissing, AlreadyAsked, ErasedAlready or StillTeaches. The person is told.
    """
    if by is not None and not can_ask_erasure(by, person):
        raise errors.MayNotDecide()
    own = by is not None and by.pk == person.pk
    if not own and not reason.strip():
        raise errors.DecisionReasonMissing()
    _check_erasable(person)
    request = _ask(person, Kind.ERASURE, by=by, reason=reason, first_by=None if own else by)
    notify("erasure_requested", to=person, about=request)
    return request


def _ask(person: User, kind: str, *, by: Any, reason: str, first_by: Any = None) -> DataRequest:
    (person,) = lock(person)
    if person.is_erased:
        raise errors.ErasedAlready()
    if DataRequest.objects.filter(subject=person, kind=kind, state__in=OPEN).exists():
        raise errors.AlreadyAsked()
    return DataRequest.objects.create(
        kind=kind, subject=person, asked_by=by, reason=reason.strip()[:500], first_by=first_by
    )


def _check_erasable(person: User) -> None:
    if classes := teaches_now(person):
        raise errors.StillTeaches(classes=", ".join(str(section) for section in classes))


@transaction.atomic
def approve(request: DataRequest, *, by: Any, reason: str = "") -> DataRequest:
    """Approve an erasure: the first time it waits for a second person, the second time it is carried out.

    Raises MayNotDecide, RequestClosed, SecondPersonNeeded for the same person twice, StillTeaches or LastOfOffice.
    Locks the person, of administrators all.
    """
    from coursemgmt.tasks import erase  # the one arrow up: a deed leaves its job

    if not can_decide(by, request):
        raise errors.MayNotDecide()
    request, peers = _locked(request, State.REQUESTED, Kind.ERASURE)
    if request.first_by_id == by.pk:
        raise errors.SecondPersonNeeded()
    _check_erasable(request.subject)
    keep_an_administrator(request.subject, peers)
    if request.first_by_id is None:
        request.first_by = by
        request.save(update_fields=["first_by"])
        return request
    request.decided_by, request.decision_reason, request.state = by, reason.strip()[:500], State.APPROVED
    request.save(update_fields=["decided_by", "decision_reason", "state"])
    notify("erasure_approved", to=request.subject, about=request)
    erase.defer(request_id=request.pk)
    return request


@transaction.atomic
def refuse(request: DataRequest, *, by: Any, reason: str) -> DataRequest:
    """Refuse an erasure, with a reason that the person reads. Raises MayNotDecide, RequestClosed or
    DecisionReasonMissing."""
    if not can_decide(by, request):
        raise errors.MayNotDecide()
    if not reason.strip():
        raise errors.DecisionReasonMissing()
    request, _peers = _locked(request, State.REQUESTED, Kind.ERASURE)
    request.decided_by, request.decision_reason = by, reason.strip()[:500]
    _close(request, State.REFUSED, "decided_by", "decision_reason")
    notify("erasure_refused", to=request.subject, about=request)
    return request


@transaction.atomic
def withdraw(request: DataRequest, *, by: Any) -> DataRequest:
    """Take back what one asked for oneself before it was approved by two.

    Raises MayNotAsk, StartedByOffice for what the course office asked for, RequestClosed.
    """
    if by.pk != request.subject_id:
        raise errors.MayNotAsk()
    if by.pk != request.asked_by_id:
        raise errors.StartedByOffice()
    request, _peers = _locked(request, State.REQUESTED)
    return _close(request, State.WITHDRAWN)


@transaction.atomic
def make_copy(request: DataRequest) -> DataRequest:
    """Make the copy that was asked for and tell the person, without any data in the mail. Twice is harmless."""
    request, _peers = _locked(request, None, Kind.EXPORT)
    if request.state != State.REQUESTED:
        return request
    request.file.save("copy.zip", ContentFile(Copy(request.subject).zipped()), save=False)
    request.state, request.ready_at = State.READY, timezone.now()
    request.expires_at = request.ready_at + timedelta(days=settings.KEEP_DAYS["copies"])
    request.save(update_fields=["file", "state", "ready_at", "expires_at"])
    notify("copy_ready", to=request.subject, about=request)
    return request


@transaction.atomic
def fetch_copy(request: DataRequest, *, by: Any) -> bytes:
    """Return the copy, once: it is removed by being fetched. Raises MayNotAsk or NotReady."""
    if by.pk != request.subject_id:
        raise errors.MayNotAsk()
    request, _peers = _locked(request, None, Kind.EXPORT)
    is_over = request.expires_at is None or request.expires_at <= timezone.now()
    if request.state != State.READY or is_over or not request.file:
        raise errors.NotReady()
    with request.file.open("rb") as file:
        content: bytes = file.read()
    _drop_file(request)
    _close(request, State.FETCHED, "file")
    return content


@transaction.atomic
def expire_copy(request: DataRequest) -> None:
    """End a copy whose time is over. Twice is harmless."""
    request, _peers = _locked(request, None, Kind.EXPORT)
    if request.state == State.READY and request.expires_at and request.expires_at <= timezone.now():
        _drop_file(request)
        _close(request, State.EXPIRED, "file")


def _locked(request: DataRequest, state: str | None, kind: str | None = None) -> tuple[DataRequest, list[User]]:
    """Lock the person and return the request as it is now, with the administrators who are locked too."""
    subject, peers = lock_with_peers(request.subject)
    fresh = DataRequest.objects.get(pk=request.pk)
    fresh.subject = subject
    if (state is not None and fresh.state != state) or (kind is not None and fresh.kind != kind):
        raise errors.RequestClosed()
    return fresh, peers


def _close(request: DataRequest, state: str, *fields: str) -> DataRequest:
    request.state, request.closed_at = state, timezone.now()
    request.save(update_fields=["state", "closed_at", *fields])
    return request


def _drop_file(request: DataRequest) -> None:
    name, storage = str(request.file.name), request.file.storage
    request.file = None
    # After the commit: a rollback must not leave a row without its file.
    transaction.on_commit(lambda: storage.delete(name))
