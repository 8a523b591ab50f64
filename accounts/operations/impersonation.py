"""Deeds about work in somebody's name: an administrator sees and does what a person below them sees and does."""

from django.db import transaction

from accounts.errors import ImpersonationForbids, MayNotImpersonate, SecondFactorMissing
from accounts.models import ImpersonationEnd, ImpersonationSession, RecordAccess, User
from accounts.operations.accesses import note_access
from accounts.policies import can_impersonate
from accounts.queries import must_set_up_factor
from core.acting import real_actor
from core.errors import NotAllowed, ReasonMissing
from core.locks import lock


@transaction.atomic
def start_impersonation(person: User, *, by: User, reason: str) -> ImpersonationSession:
    """Begin the work of `by` in the name of `person` and return what stands for it; it is a look at their record too.

    Raises ImpersonationForbids inside another such work, SecondFactorMissing, MayNotImpersonate, ReasonMissing. Locks
    both people.
    """
    if real_actor() is not None:
        raise ImpersonationForbids()
    by, person = lock(by, person)
    if must_set_up_factor(by):
        raise SecondFactorMissing()
    if not by.is_active or not can_impersonate(by, person):
        raise MayNotImpersonate()
    if not reason.strip():
        raise ReasonMissing()
    session = ImpersonationSession(actor=by, subject=person, reason=reason.strip())
    session.clean_fields()
    session.save()
    note_access([person.pk], RecordAccess.What.IN_YOUR_NAME, by=by, route="accounts:impersonation_start")
    return session


def end_impersonation(session: ImpersonationSession, *, by: User | None, cause: str) -> None:
    """Write down when it ended and how, ImpersonationEnd.Cause says. Twice is harmless: the first stands."""
    if by is not None and by.pk != session.actor_id:
        raise NotAllowed()
    ImpersonationEnd.objects.bulk_create([ImpersonationEnd(session=session, cause=cause)], ignore_conflicts=True)


def why_over(session: ImpersonationSession, *, epoch: int) -> str:
    """Return why the work in the name of the subject does not go on, or nothing while it does.

    `epoch` is the session epoch that the subject had when it began.
    """
    subject = session.subject
    if hasattr(session, "end"):
        return session.end.cause
    if not session.is_live:
        return ImpersonationEnd.Cause.TIME_OVER
    if subject.session_epoch != epoch:
        return ImpersonationEnd.Cause.SIGN_INS_ENDED
    return "" if can_impersonate(session.actor, subject) else ImpersonationEnd.Cause.RIGHT_LOST
