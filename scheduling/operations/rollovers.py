"""Copy the sections of a term into another: look first, then copy all or some, and take it back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.errors import NotAllowed
from core.locks import lock, retry_once
from courses.models import Course, CrossListGroup, Section, SectionInstructor, Subject, Term
from scheduling import hooks
from scheduling.errors import NoLinesReady, NothingToCopy, NotLookedAt, TermOver, TermsTheSame
from scheduling.models import MeetingPattern, Rollover, RolloverLine, Room
from scheduling.operations import patterns
from scheduling.operations.ground import ground_of
from scheduling.operations.proposals import CLASHES, PatternPlan, SectionPlan, parts_of, propose, worded
from scheduling.policies import can_roll_over
from scheduling.queries.shifts import Shift

# Up to so many lines are done while the person waits; more are a job.
AT_ONCE, BATCH = 60, 200
State, Result = Rollover.State, RolloverLine.Result
WITH = ("with_meetings", "with_rooms", "with_instructors", "with_rules", "with_grading")


def require(by: Any) -> None:
    if by is not None and not can_roll_over(by):
        raise NotAllowed()


def create_rollover(
    source: Term,
    target: Term,
    *,
    by: Any,
    sections: Iterable[Section] | None = None,
    subjects: Iterable[Subject] = (),
    **options: bool,
) -> Rollover:
    """Write down which sections of `source` shall come into `target`, look at what would become of each, return it.

    All that were not cancelled, or those of some `subjects`, or the named `sections`. Many are looked at by a job.
    `options` are the names of `WITH`. Nothing is copied yet. Raises NotAllowed, TermsTheSame, TermOver, NothingToCopy.
    """
    require(by)
    if unknown := set(options) - set(WITH):
        raise ValueError(f"Not an option of this deed: {', '.join(sorted(unknown))}")
    if source.pk == target.pk:
        raise TermsTheSame()
    if target.end_date < timezone.localdate():
        raise TermOver(term=target.name)
    chosen = Section.objects.filter(term=source).exclude(status=Section.Status.CANCELLED)
    if sections is not None:
        named = [one.pk for one in sections]
        wholes = Section.objects.filter(components__in=named).values("pk")
        chosen = chosen.filter(Q(pk__in=named) | Q(pk__in=wholes))
    if subjects := list(subjects):
        chosen = chosen.filter(course__subject__in=subjects)
    # Lectures come before the labs that belong to them.
    keys = list(chosen.order_by(F("linked_to").asc(nulls_first=True), "course__sort_key", "section_number", "pk"))
    if not keys:
        raise NothingToCopy(term=source.name)
    with transaction.atomic():
        rollover = Rollover.objects.create(source=source, target=target, by=by, **options)
        lines = [RolloverLine(rollover=rollover, section=one) for one in keys]
        RolloverLine.objects.bulk_create(lines, batch_size=1_000)
        if len(lines) > AT_ONCE:
            _later(rollover)
    return rollover if len(lines) > AT_ONCE else preview(rollover)


def _later(rollover: Rollover) -> None:
    from scheduling.tasks import go_on  # the one arrow up: a deed leaves its job

    go_on.defer(rollover_id=rollover.pk)


def preview(rollover: Rollover) -> Rollover:
    """Look at every line that is not copied; return the rollover. Copies nothing, locks nothing, may run twice."""
    lines = list(rollover.lines.exclude(result__in=[Result.COPIED, Result.UNDONE]))
    ground = ground_of(rollover.target)
    for at, batch in _batches(lines):
        plans = propose(rollover, _sections(batch), ground)
        _tell(batch, plans, worded(plans, rollover.by))
        RolloverLine.objects.bulk_update(batch, ["result", "notes", "has_clash", "meetings"], batch_size=BATCH)
        Rollover.objects.filter(pk=rollover.pk, state=State.PREVIEWING).update(done=at + len(batch))
    Rollover.objects.filter(pk=rollover.pk, state=State.PREVIEWING).update(state=State.PREVIEWED, done=0)
    rollover.refresh_from_db()
    return rollover


def _batches(lines: Sequence[RolloverLine]) -> Iterator[tuple[int, list[RolloverLine]]]:
    for at in range(0, len(lines), BATCH):
        yield at, list(lines[at : at + BATCH])


def _sections(lines: Sequence[RolloverLine]) -> list[Section]:
    rows = Section.objects.select_related("course__subject", "linked_to__course__subject", "term", "cross_list_group")
    found = rows.in_bulk([line.section_id for line in lines])
    return [found[line.section_id] for line in lines]


def _tell(lines: Sequence[RolloverLine], plans: Sequence[SectionPlan], notes: dict[int, Any]) -> None:
    for line, plan in zip(lines, plans, strict=True):
        line.result, line.meetings = plan.result, plan.meetings
        line.notes = notes[plan.source.pk]
        line.has_clash = any(note.code in CLASHES for note in plan.notes)


def apply_rollover(rollover: Rollover, *, by: Any, lines: Iterable[RolloverLine] | None = None) -> Rollover:
    """Copy the lines that can be, or the given ones of them, at once or by a job when they are many; return it.

    A lab brings the lecture that it belongs to. May be repeated for what is left. Raises NotAllowed, NotLookedAt,
    NoLinesReady.
    """
    require(by)
    with transaction.atomic():
        (fresh,) = lock(rollover)
        if fresh.state not in (State.PREVIEWED, State.APPLIED):
            raise NotLookedAt()
        ready = fresh.lines.filter(result=Result.READY)
        if lines is not None:
            named = [one.pk for one in lines]
            labs = Section.objects.filter(pk__in=fresh.lines.filter(pk__in=named).values("section"))
            ready = ready.filter(Q(pk__in=named) | Q(section__in=labs.values("linked_to")))
        chosen = list(ready.values_list("pk", flat=True))
        if not chosen:
            raise NoLinesReady()
        fresh.lines.filter(pk__in=chosen).update(is_chosen=True)
        fresh.state, fresh.by, fresh.done = State.APPLYING, by or fresh.by, 0
        fresh.save(update_fields=["state", "by", "done"])
        if len(chosen) > AT_ONCE:
            _later(fresh)
    return fresh if len(chosen) > AT_ONCE else carry_out(fresh)


def carry_out(rollover: Rollover) -> Rollover:
    """Copy the chosen lines, batch by batch, each in a transaction of its own; return the rollover. May run twice."""
    told: dict[int, PatternPlan] = {}
    while retry_once(lambda: _copy_some(rollover, told)):
        pass
    with transaction.atomic():
        (fresh,) = lock(rollover)
        if fresh.state == State.APPLYING:
            fresh.state, fresh.applied_at = State.APPLIED, timezone.now()
            fresh.save(update_fields=["state", "applied_at"])
    return fresh


@transaction.atomic
def _copy_some(rollover: Rollover, told: dict[int, PatternPlan]) -> bool:
    """Copy the next lines and return whether there were any.

    Locks the rollover, those who teach, the term and the courses, the rooms; looks again, and writes what it finds.
    """
    (rollover,) = lock(rollover)
    if rollover.state != State.APPLYING:
        return False
    lines = list(rollover.lines.filter(is_chosen=True)[:BATCH])
    if not lines:
        return False
    rooms, people = _rooms_and_people(lines)
    courses = Course.objects.filter(sections__in=[line.section_id for line in lines]).distinct()
    lock(*people, rollover.target, *courses, *rooms)
    rollover = Rollover.objects.select_related("source", "target", "by").get(pk=rollover.pk)
    ground = ground_of(rollover.target, rooms, people)
    for key, known in told.items():
        known.is_known = True
        ground.patterns[key] = known
    plans = propose(rollover, _sections(lines), ground)
    notes = worded(plans, rollover.by)
    _write(rollover, [plan for plan in plans if plan.result == Result.READY], told)
    _tell(lines, plans, notes)
    for line, plan in zip(lines, plans, strict=True):
        line.is_chosen = False
        if plan.result == Result.READY:
            line.result, line.copy = Result.COPIED, plan.copy
    fields = ["result", "notes", "has_clash", "meetings", "copy", "is_chosen"]
    RolloverLine.objects.bulk_update(lines, fields, batch_size=BATCH)
    Rollover.objects.filter(pk=rollover.pk).update(done=F("done") + len(lines))
    return True


def _rooms_and_people(lines: Sequence[RolloverLine]) -> tuple[list[Room], list[Any]]:
    keys = [line.section_id for line in lines]
    rows = MeetingPattern.objects.filter(sections__in=keys).distinct().select_related("room")
    found = list(rows.prefetch_related("instructors"))
    rooms = {one.room.pk: one.room for one in found if one.room is not None}
    people = {person.pk: person for one in found for person in one.instructors.all()}
    taught = SectionInstructor.objects.filter(section__in=keys).select_related("instructor")
    people.update({row.instructor.pk: row.instructor for row in taught})
    return list(rooms.values()), list(people.values())


def _write(rollover: Rollover, plans: list[SectionPlan], told: dict[int, PatternPlan]) -> None:
    pairs = _write_sections(plans)
    SectionInstructor.objects.bulk_create([_teacher(row, plan.copy) for plan in plans for row in plan.teachers])
    _cross_list(pairs, rollover.target)
    _write_patterns(plans, told)
    for tell in hooks.sections_copied:
        tell(pairs, Shift(rollover.source, rollover.target), parts_of(rollover), rollover.by)


def _write_sections(plans: list[SectionPlan]) -> list[tuple[Section, Section]]:
    pairs = [(plan.source, plan.copy) for plan in plans if plan.copy is not None]
    for copy in (copy for _source, copy in pairs):
        copy.clean_fields()
    Section.objects.bulk_create([copy for _source, copy in pairs if copy.linked_to is None])
    labs = [copy for _source, copy in pairs if copy.linked_to is not None]
    for copy in labs:
        copy.linked_to = copy.linked_to  # now that it has a key
    Section.objects.bulk_create(labs)
    return pairs


def _teacher(row: SectionInstructor, copy: Section | None) -> SectionInstructor:
    return SectionInstructor(
        section=copy,
        instructor=row.instructor,
        role=row.role,
        is_primary=row.is_primary,
        can_grade=row.can_grade,
        can_see_planned=row.can_see_planned,
        can_edit_texts=row.can_edit_texts,
    )


def _cross_list(pairs: Sequence[tuple[Section, Section]], target: Term) -> None:
    """Let copies of cross-listed sections be one class too, once there are two of them."""
    groups = {source.cross_list_group_id: source.cross_list_group for source, _copy in pairs}
    for group in [one for one in groups.values() if one is not None]:
        copies = list(Section.objects.filter(term=target, copied_from__cross_list_group=group))
        if len(copies) < 2:
            continue
        there = next((one.cross_list_group for one in copies if one.cross_list_group), None)
        group_there = there or CrossListGroup.objects.create(term=target, capacity=group.capacity)
        loose = [one.pk for one in copies if one.cross_list_group_id is None]
        Section.objects.filter(pk__in=loose).update(cross_list_group=group_there)


def _write_patterns(plans: Sequence[SectionPlan], told: dict[int, PatternPlan]) -> None:
    mine = {plan.source.pk: plan for one in plans for plan in one.patterns}
    fresh = [plan for plan in mine.values() if not plan.is_known]
    for plan in fresh:
        plan.copy.clean_fields(exclude=["copied_from"])
    MeetingPattern.objects.bulk_create([plan.copy for plan in fresh], batch_size=BATCH)
    shared, taught = MeetingPattern.sections.through, MeetingPattern.instructors.through
    shared.objects.bulk_create(
        [
            shared(meetingpattern_id=plan.copy.pk, section_id=one.copy.pk)
            for one in plans
            for plan in one.patterns
            if one.copy is not None
        ],
        ignore_conflicts=True,
    )
    taught.objects.bulk_create(
        [taught(meetingpattern_id=plan.copy.pk, user_id=person.pk) for plan in fresh for person in plan.people]
    )
    # Looked at under the locks: what is refused all the same came by another way than a deed, and shows as a clash.
    prepared = [(plan.copy, plan.occurrences, plan.people) for plan in fresh if not plan.copy.is_tba]
    patterns._insert(prepared, raise_refused=False)
    told.update(mine)
