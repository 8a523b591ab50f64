"""Enroll and drop by a file: check it, apply it, take it back."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError
from core.locks import lock, retry_once
from courses.models import Section, Term
from integrations.errors import (
    FileRefused,
    HasRefusedLines,
    MayNotImport,
    MirrorTooMuch,
    NotApplied,
    NotChecked,
    UndoRefused,
)
from integrations.models import ImportRow, ImportRun
from integrations.operations.schedule import RolledBack
from integrations.policies import can_import_enrollments
from integrations.queries.roster_file import RosterLine, read_roster
from students import operations as seats
from students.errors import AlreadyEnrolled, SeatKept
from students.models import Enrollment, StudentProfile
from students.queries.plans import within

# Up to so many lines are done while the person waits; longer files are a job.
AT_ONCE, MOST_NAMES = 200, 20
# What is wrong with a line itself, however often it is tried.
NEVER = ("repeated", "unknown_person")
Action, Result, State = ImportRow.Action, ImportRow.Result, ImportRun.State


def create_run(
    content: bytes,
    term: Term,
    *,
    by: Any,
    file_name: str,
    reason: str,
    mode: str = ImportRun.Mode.ADD,
    is_whole: bool = True,
    most_percent: int = 10,
    keep_until: datetime | None = None,
) -> ImportRun:
    """Read a file and return its run with one row per line, which is checked at once or, when it is long, by a job.

    With `keep_until` an address that no account has gets a seat kept for it until then. Nothing is enrolled or dropped
    yet. Raises MayNotImport, and FileRefused with the lines that cannot be read.
    """
    if not can_import_enrollments(by):
        raise MayNotImport()
    parsed = read_roster(content)
    if parsed.errors:
        raise FileRefused(why=" ".join(str(error) for error in parsed.errors[:MOST_NAMES]))
    with transaction.atomic():
        run = ImportRun.objects.create(
            term=term,
            mode=mode,
            is_whole=is_whole,
            most_percent=most_percent,
            keep_until=keep_until,
            reason=reason[:500],
            file_name=file_name[:200],
            digest=hashlib.sha256(content).hexdigest(),
            by=by,
        )
        ImportRow.objects.bulk_create(_rows(run, parsed.lines), batch_size=1000)
        long = run.rows.count() > AT_ONCE
        if long:
            _later(run)
    return run if long else check_run(run)


def _later(run: ImportRun) -> None:
    from integrations.tasks import go_on  # the one arrow up: a deed leaves its job

    go_on.defer(run_id=run.pk)


def _rows(run: ImportRun, lines: list[RosterLine]) -> list[ImportRow]:
    students = _students({line.student.casefold() for line in lines})
    sections = _sections(run.term, {line.section for line in lines})
    seen: dict[tuple[Any, Any], RosterLine] = {}
    rows = []
    for line in lines:
        student, found = students.get(line.student.casefold()), sections.get(line.section, [])
        row = ImportRow(
            run=run,
            line=line.line,
            action=line.action,
            student=student,
            section=found[0] if len(found) == 1 else None,
            student_text=line.student,
            section_text=line.section,
            reason=line.reason,
        )
        if student is None and not _keeps(run, line):
            row.refuse("unknown_person", _("No student has this number or address."))
        elif not found:
            row.refuse("unknown_section", _("No section of the term has this CRN."))
        elif len(found) > 1:
            row.refuse("several_sections", _("Several parts of the term have a section with this CRN."))
        else:
            who = student.pk if student else line.student.casefold()
            same = seen.setdefault((who, found[0].pk), line)
            if same is not line:
                row.refuse("repeated", _("This student and section stand on line %(n)s already.") % {"n": same.line})
        rows.append(row)
    return rows + (_not_named(run, rows) if run.mode == ImportRun.Mode.MIRROR else [])


def _keeps(run: ImportRun, line: RosterLine) -> bool:
    """Whether the line stands for a seat that is kept for an address."""
    return run.keep_until is not None and line.action == Action.ENROLL and "@" in line.student


def _students(names: set[str]) -> dict[str, StudentProfile]:
    """Return the students by number and by address, in small letters: two queries."""
    profiles = StudentProfile.objects.select_related("user")
    by_number = profiles.annotate(low=Lower("institutional_id")).filter(low__in=names)
    by_address = profiles.annotate(low=Lower("user__email")).filter(low__in=names)
    found: dict[str, StudentProfile] = {one.user.email.casefold(): one for one in by_address}
    found.update({(one.institutional_id or "").casefold(): one for one in by_number})
    return found


def _sections(term: Term, crns: set[str]) -> dict[str, list[Section]]:
    found: dict[str, list[Section]] = {}
    for section in Section.objects.filter(within(term), crn__in=crns).select_related("cross_list_group", "term"):
        found.setdefault(section.crn, []).append(section)
    return found


def _not_named(run: ImportRun, rows: list[ImportRow]) -> list[ImportRow]:
    """Return a drop for each live enrollment in the sections of the file that no line keeps."""
    sections = {row.section_id for row in rows if row.section_id}
    kept = {(row.student_id, row.section_id) for row in rows}
    live = (
        Enrollment.objects.live().filter(section__in=sections).select_related("student__user", "section").order_by("pk")
    )
    return [
        ImportRow(
            run=run,
            action=Action.DROP,
            student=one.student,
            section=one.section,
            student_text=one.student.institutional_id or one.student.user.email,
            section_text=one.section.crn,
        )
        for one in live
        if (one.student_id, one.section_id) not in kept
    ]


def check_run(run: ImportRun) -> ImportRun:
    """Do everything the run says and take it back, so that each row tells what it would do; return the run.

    A mirror that would drop too much fails. Locks as `apply_run`.
    """

    def deed() -> ImportRun:
        rows: list[ImportRow] = []
        try:
            with transaction.atomic():
                fresh, rows = _locked(run)
                if fresh.state != State.CHECKING:
                    return fresh
                _too_much(fresh, rows)
                _do(fresh, rows)
                raise RolledBack
        except RolledBack:
            return _keep(run, rows, State.CHECKED)
        except MirrorTooMuch as exc:
            return _keep(run, rows, State.FAILED, str(exc))

    return retry_once(deed)


def _keep(run: ImportRun, rows: list[ImportRow], state: str, message: str = "") -> ImportRun:
    """Write what was found though it was rolled back; what it made is gone, and so are the keys of it."""
    for row in rows:
        row.enrollment = row.event = row.kept = None
    with transaction.atomic():
        _write(rows)
        run.state, run.message = state, message[:500]
        run.save(update_fields=["state", "message"])
    return run


def _write(rows: list[ImportRow]) -> None:
    ImportRow.objects.bulk_update(rows, ["result", "code", "message", "enrollment", "event", "kept"], batch_size=500)


def apply_run(run: ImportRun, *, by: Any) -> ImportRun:
    """Apply a run that was checked, at once or, when it is long, by a job; return it.

    Raises MayNotImport, NotChecked, and HasRefusedLines where it is all or none.
    """
    if not can_import_enrollments(by):
        raise MayNotImport()
    with transaction.atomic():
        (fresh,) = lock(run)
        if fresh.state != State.CHECKED:
            raise NotChecked()
        refused = fresh.rows.filter(result=Result.REFUSED).count()
        if fresh.is_whole and refused:
            raise HasRefusedLines(n=refused)
        fresh.state, fresh.by = State.APPLYING, by
        fresh.save(update_fields=["state", "by"])
        long = fresh.rows.count() > AT_ONCE
        if long:
            _later(fresh)
    return fresh if long else carry_out(fresh)


def carry_out(run: ImportRun) -> ImportRun:
    """Do what an applied run says, all of it in one transaction or each row by itself; return it. May run twice.

    One transaction locks all its people first, then all sections with their groups. A run of all or none in which a
    row is refused by now fails as a whole.
    """

    tried: list[ImportRow] = []

    def whole() -> ImportRun:
        with transaction.atomic():
            fresh, tried[:] = _locked(run)
            if fresh.state != State.APPLYING:
                return fresh
            _too_much(fresh, tried)
            _do(fresh, tried)
            if refused := sum(row.result == Result.REFUSED for row in tried):
                raise HasRefusedLines(n=refused)
            _write(tried)
            return _finish(fresh)

    if not run.is_whole:
        return _row_by_row(run)
    try:
        return retry_once(whole)
    except (HasRefusedLines, MirrorTooMuch) as exc:
        return _keep(run, tried, State.FAILED, str(exc))


def _row_by_row(run: ImportRun) -> ImportRun:
    rows = run.rows.filter(event=None, kept=None, section__isnull=False).exclude(code__in=NEVER)
    for row in rows.select_related("student__user", "section__term", "section__cross_list_group"):
        with transaction.atomic():
            _do(run, [row])
            row.save(update_fields=["result", "code", "message", "enrollment", "event", "kept"])
    with transaction.atomic():
        (fresh,) = lock(run)
        return _finish(fresh) if fresh.state == State.APPLYING else fresh


def _finish(run: ImportRun) -> ImportRun:
    run.state, run.applied_at = State.APPLIED, timezone.now()
    run.save(update_fields=["state", "applied_at"])
    return run


def _locked(run: ImportRun) -> tuple[ImportRun, list[ImportRow]]:
    """Lock the run, all its people, then all its sections and their groups; return the run and its rows."""
    related = ("student__user", "section__term", "section__cross_list_group", "kept__section")
    rows = list(run.rows.select_related(*related))
    able = [row for row in rows if row.section]
    sections = {row.section_id: row.section for row in able}
    groups = {
        one.cross_list_group_id: one.cross_list_group for one in sections.values() if one and one.cross_list_group
    }
    people = {row.student.user_id: row.student.user for row in able if row.student}
    fresh, *_rest = lock(run, *people.values(), run.by, *sections.values(), *groups.values())
    return fresh, rows


def _too_much(run: ImportRun, rows: list[ImportRow]) -> None:
    if run.mode != ImportRun.Mode.MIRROR:
        return
    sections = {row.section_id for row in rows if row.section_id}
    live = Enrollment.objects.live().filter(section__in=sections).count()
    drops = sum(row.line is None for row in rows)
    if drops * 100 > live * run.most_percent:
        raise MirrorTooMuch(drops=drops, live=live, most=run.most_percent)


def _do(run: ImportRun, rows: Iterable[ImportRow]) -> None:
    for row in rows:
        if row.section and row.code not in NEVER:
            if row.student:
                _try(row, row.student, row.section, run)
            else:
                _keep_seat(row, row.section, run)


def _keep_seat(row: ImportRow, section: Section, run: ImportRun) -> None:
    """Keep a seat for the address of the row; one that is kept already changes nothing."""
    row.code = row.message = ""
    try:
        with transaction.atomic():
            until = run.keep_until or timezone.now()
            reason = row.reason or run.reason
            row.kept = seats.pre_enroll(section, row.student_text, by=run.by, expires_at=until, reason=reason)
            row.result = Result.DONE
    except SeatKept:
        row.result = Result.UNCHANGED
    except DomainError as exc:
        row.refuse(exc.code, exc)
    except ValidationError as exc:
        row.refuse("invalid", " ".join(exc.messages))


def _try(row: ImportRow, student: StudentProfile, section: Section, run: ImportRun) -> None:
    """Enroll or drop by the one deed for it; a refusal ends with its own row."""
    row.code = row.message = ""
    try:
        with transaction.atomic():
            reason = row.reason or run.reason
            deed = _enroll if row.action == Action.ENROLL else _drop
            enrollment = deed(student, section, run.by, reason)
    except DomainError as exc:
        row.refuse(exc.code, exc)
        return
    row.result = Result.DONE if enrollment else Result.UNCHANGED
    row.enrollment = enrollment
    row.event = enrollment.events.order_by("-pk").first() if enrollment else None


def _enroll(student: StudentProfile, section: Section, by: User, reason: str) -> Enrollment | None:
    try:
        return seats.enroll(student, section, by=by, source=Enrollment.Source.IMPORT, reason=reason)
    except AlreadyEnrolled:
        return None


def _drop(student: StudentProfile, section: Section, by: User, reason: str) -> Enrollment | None:
    live = Enrollment.objects.live().filter(student=student, section=section)
    enrollment = live.select_related("section__term", "section__cross_list_group", "student__user").first()
    return seats.drop(enrollment, by=by, reason=reason) if enrollment else None


def undo_run(run: ImportRun, *, by: Any, reason: str) -> ImportRun:
    """Take back all that an applied run did, or nothing: who was enrolled is dropped, who was dropped enrolled again.

    Raises MayNotImport, NotApplied, and UndoRefused with the rows that changed since, or whose seat is gone.
    """
    if not can_import_enrollments(by):
        raise MayNotImport()

    def deed() -> ImportRun:
        with transaction.atomic():
            fresh, rows = _locked(run)
            if fresh.state != State.APPLIED:
                raise NotApplied()
            done = [row for row in rows if row.event_id or row.kept_id]
            _undo(fresh, done, by, reason)
            fresh.state, fresh.undone_at, fresh.undone_by = State.UNDONE, timezone.now(), by
            fresh.save(update_fields=["state", "undone_at", "undone_by"])
            return fresh

    return retry_once(deed)


def _undo(run: ImportRun, rows: list[ImportRow], by: User, reason: str) -> None:
    reason = reason or _("Import undone: %(name)s") % {"name": run.file_name}
    last: dict[int, int] = {}
    events = Enrollment.objects.filter(import_rows__in=rows).values_list("pk", "events__pk")
    for pk, event in events.order_by("events__pk"):
        last[pk] = event
    stuck = [_named(row, _("changed since")) for row in rows if last.get(row.enrollment_id or 0) != row.event_id]
    stuck += [_named(row, _("taken or given back since")) for row in rows if row.kept and row.kept.state != "held"]
    if not stuck:
        stuck = [words for row in reversed(rows) if (words := _take_back(row, by, reason))]
    if stuck:
        more = len(stuck) - MOST_NAMES
        raise UndoRefused(names="; ".join(stuck[:MOST_NAMES]) + (f" +{more}" if more > 0 else ""))


def _take_back(row: ImportRow, by: User, reason: str) -> str:
    """Undo one row, or return why it cannot be."""
    related = ("student__user", "section__term", "section__cross_list_group")
    enrollment = Enrollment.objects.select_related(*related).filter(import_rows=row).first()
    try:
        with transaction.atomic():
            if enrollment is None:
                seats.drop_pre_enrollment(row.kept, by=by, reason=reason)  # type: ignore[arg-type]
            elif row.action == Action.ENROLL:
                seats.drop(enrollment, by=by, reason=reason)
            else:
                seats.enroll(
                    enrollment.student, enrollment.section, by=by, source=Enrollment.Source.IMPORT, reason=reason
                )
    except DomainError as exc:
        return _named(row, str(exc))
    return ""


def _named(row: ImportRow, why: str) -> str:
    return f"{row.student_text} {row.section_text}: {why}"
