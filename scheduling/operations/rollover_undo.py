"""Take a rollover back: its copies go, all of them, while nothing depends on one."""

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.locks import lock, retry_once
from courses.models import CrossListGroup, Section
from scheduling import hooks
from scheduling.errors import CopiesInUse, NotCopied
from scheduling.models import Meeting, MeetingInstructor, MeetingPattern, Rollover, RolloverLine
from scheduling.operations.changes import claims_of
from scheduling.operations.claims import release, settle
from scheduling.operations.rollovers import AT_ONCE, _later, require

MOST_NAMES = 20
State, Result = Rollover.State, RolloverLine.Result


def undo_rollover(rollover: Rollover, *, by: Any) -> Rollover:
    """Take all copies back, or nothing; at once, or by a job when they are many. Return the rollover.

    Raises NotAllowed, NotCopied, and CopiesInUse when a copy has been opened or something depends on it.
    """
    require(by)
    with transaction.atomic():
        (fresh,) = lock(rollover)
        if fresh.state != State.APPLIED:
            raise NotCopied()
        many = fresh.lines.filter(result=Result.COPIED).count() > AT_ONCE
        if many:
            fresh.state, fresh.undone_by, fresh.done = State.UNDOING, by, 0
            fresh.save(update_fields=["state", "undone_by", "done"])
            _later(fresh)
    return fresh if many else retry_once(lambda: _take_back(rollover, by))


def carry_out_undo(rollover: Rollover) -> Rollover:
    """Take back what a job was left for; a refusal is kept as the message of the rollover. May run twice."""
    try:
        return retry_once(lambda: _take_back(rollover, rollover.undone_by))
    except CopiesInUse as exc:
        Rollover.objects.filter(pk=rollover.pk, state=State.UNDOING).update(
            state=State.APPLIED, undone_by=None, message=str(exc)[:500]
        )
        rollover.refresh_from_db()
        return rollover


@transaction.atomic
def _take_back(rollover: Rollover, by: Any) -> Rollover:
    """Locks the rollover and the copies."""
    (fresh,) = lock(rollover)
    if fresh.state not in (State.APPLIED, State.UNDOING):
        return fresh
    lines = fresh.lines.filter(result=Result.COPIED)
    copies = list(Section.objects.filter(pk__in=lines.values("copy")).select_related("course__subject"))
    lock(*copies)
    copies = list(Section.objects.filter(pk__in=[one.pk for one in copies]).select_related("course__subject"))
    used = {one.pk: _("is open") for one in copies if one.status != Section.Status.PLANNED}
    for ask in hooks.copies_undone:
        used = {**ask(copies), **used}
    if used:
        raise CopiesInUse(names=_names(copies, used))
    lines.update(result=Result.UNDONE, copy=None)
    _remove(copies)
    fresh.state, fresh.undone_at, fresh.undone_by, fresh.message = State.UNDONE, timezone.now(), by, ""
    fresh.save(update_fields=["state", "undone_at", "undone_by", "message"])
    return fresh


def _names(copies: list[Section], used: dict[int, str]) -> str:
    said = [f"{one} {used[one.pk]}" for one in copies if one.pk in used]
    more = len(said) - MOST_NAMES
    return "; ".join(said[:MOST_NAMES]) + (f" +{more}" if more > 0 else "")


def _remove(copies: list[Section]) -> None:
    """Free the time of the copies' own meetings and delete them, then the sections."""
    keys = [one.pk for one in copies]
    shared = MeetingPattern.objects.filter(sections__in=Section.objects.exclude(pk__in=keys)).values("pk")
    own = list(MeetingPattern.objects.filter(sections__in=keys).exclude(pk__in=shared).distinct())
    meetings = list(Meeting.objects.filter(pattern__in=own).values_list("pk", flat=True))
    claims = claims_of(meetings)
    release(claims)
    settle(claims)
    MeetingInstructor.objects.filter(meeting__in=meetings).delete()
    Meeting.objects.filter(pk__in=meetings).delete()
    MeetingPattern.objects.filter(pk__in=[one.pk for one in own]).delete()
    groups = {one.cross_list_group_id for one in copies if one.cross_list_group_id}
    Section.objects.filter(pk__in=keys).update(linked_to=None)
    try:
        Section.objects.filter(pk__in=keys).delete()
    except ProtectedError as exc:
        held = {getattr(row, "section_id", None) or 0 for row in exc.protected_objects}
        raise CopiesInUse(names=_names(copies, dict.fromkeys(held, _("is in use")))) from exc
    for group in CrossListGroup.objects.filter(pk__in=groups):
        left = list(group.sections.all()[:2])
        if len(left) < 2:
            Section.objects.filter(pk__in=[one.pk for one in left]).update(cross_list_group=None)
            group.delete()
