"""The rules about a student's own record and time; they are final under the lock of the student alone."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils.translation import gettext as _

from accounts.querysets import confirmed_addresses
from core.rules import Rule
from courses.models import Requirement, Section
from scheduling.models import Claim, Meeting
from scheduling.queries.busy import describe
from students.errors import (
    ApprovalNeeded,
    CreditsOver,
    InCourseAlready,
    KeyNeeded,
    LinkedMissing,
    NotWith,
    OnHold,
    PrerequisitesMissing,
    Restricted,
    TakenAlready,
    TimeConflict,
    WindowClosed,
    said,
)
from students.models import (
    ClassInvitation,
    Hold,
    KeyShown,
    Override,
    RegistrationWindow,
    Restriction,
    RuleKind,
    SelfEnrollment,
    StudentProfile,
)
from students.queries.credits import Ticket, no_ticket, ticket_of
from students.queries.requirements import Record, Taken
from students.queries.rules import rule
from students.querysets import LIVE
from students.validators import shorten

# What there is to look at for a student in a section, besides the kinds of the open permissions.
HELD, RESTRICTED, WINDOWED, LINKED = "held", "restricted", "windowed", "linked"
GATED, KEYED = "gated", "keyed"


def open_overrides(student: StudentProfile, section: Section, now: datetime) -> Any:
    """Return the permissions of this student that are neither used nor expired."""
    rows = Override.objects.filter(student_id=student.pk, section=section, used_at__isnull=True)
    return rows.exclude(expires_at__lte=now)


def marks_of(student: StudentProfile, section: Section, now: datetime, *more: Any) -> frozenset[str]:
    """Return the kinds of the open permissions, and what there is to look at, all by one query.

    Most students have no hold and most sections no restriction; those tables are then not asked again. `more` are
    further queries of one word each.
    """
    permits = open_overrides(student, section, now).order_by().values_list("kind")
    holds = Hold.objects.active().filter(student_id=student.pk, blocks_register=True)
    restrictions = Restriction.objects.filter(Q(section=section) | Q(course=section.course_id))
    windows = RegistrationWindow.objects.filter(term=section.term.whole)
    found = [
        *more,
        _one(holds, HELD),
        _one(restrictions, RESTRICTED),
        _one(windows, WINDOWED),
        _one(section.components.all(), LINKED),
        _one(SelfEnrollment.objects.filter(section=section), GATED),
        _one(_key_shown(student, section), KEYED),
    ]
    return frozenset(word for (word,) in permits.union(*found))


def _key_shown(student: StudentProfile, section: Section) -> Any:
    since = F("section__self_enrollment__key_set_at")
    return KeyShown.objects.filter(student_id=student.pk, section=section, at__gte=since)


def _one(rows: Any, word: str) -> Any:
    return rows.order_by().values_list(Value(word))


def personal_rules(
    student: StudentProfile,
    section: Section,
    now: datetime,
    marks: Collection[str] | None = None,
    record: Record | None = None,
    together: Iterable[Section] = (),
) -> list[Rule]:
    """Return the rules about the student's own record and time.

    Asked before the section's lock, which many wait for, is taken. `marks` are the `marks_of` the student in the
    section, `together` the other sections that are taken in the same act.
    """
    if marks is None:
        marks = marks_of(student, section, now)
    term = section.term.whole
    ticket = ticket_of(student, term, now) if WINDOWED in marks else no_ticket(term)
    record = record or Record(student, section, together)
    return [
        _hold(student, blocks_register=True) if HELD in marks else _no_hold(),
        _window(ticket, RuleKind.LATE_ADD in marks),
        _restriction(student, section, RuleKind.RESTRICTION in marks, RESTRICTED in marks),
        *_requirements(record, RuleKind.PREREQUISITE in marks),
        *_repeat(record, section, RuleKind.REPEAT in marks),
        *_gate(student, section, marks),
        _approval(section, RuleKind.CONSENT in marks),
        _credits(record, section, ticket, RuleKind.CREDIT_MAX in marks, now),
        _time(student, section, now, RuleKind.TIME_CONFLICT in marks),
        *_linked(record, section, LINKED in marks),
    ]


def drop_rule(student: StudentProfile) -> Rule:
    """Return whether a hold keeps the student from dropping."""
    return _hold(student, blocks_drop=True)


def _hold(student: StudentProfile, **blocks: bool) -> Rule:
    hold = Hold.objects.active().filter(student_id=student.pk, **blocks).order_by("placed_at", "pk").first()
    if hold is None:
        return _no_hold()
    cause = hold.get_cause_display()
    error = OnHold(office=hold.office, cause=cause)
    if hold.note:
        error = OnHold(_("%(office)s has put a hold on you (%(cause)s): %(note)s"), note=hold.note, **error.facts)
    return rule(False, error, lifted_by=hold.office)


def _no_hold() -> Rule:
    return rule(True, OnHold(office="", cause=""))


def _window(ticket: Ticket, lifted: bool) -> Rule:
    window, error = ticket.window, WindowClosed()
    if window is not None and not ticket.is_open:
        if at := ticket.opens_at:
            words = _("Your registration (%(window)s) opens on %(when)s.")
            error = WindowClosed(words, window=window.name, when=said(at), opens_at=at.isoformat())
        elif at := ticket.closed_at:
            words = _("Your registration (%(window)s) ended on %(when)s.")
            error = WindowClosed(words, window=window.name, when=said(at), closed_at=at.isoformat())
    return rule(lifted or ticket.is_open, error, RuleKind.LATE_ADD)


def _restriction(student: StudentProfile, section: Section, lifted: bool, any_there: bool) -> Rule:
    rows: list[Restriction] = []
    if any_there:
        found = Restriction.objects.filter(Q(section=section) | Q(course=section.course_id))
        rows = list(found.select_related("program").order_by("pk"))
    error = Restricted(audience=_(" or ").join(row.words for row in rows))
    return rule(lifted or not rows or any(row.fits(student) for row in rows), error, RuleKind.RESTRICTION)


def _requirements(record: Record, lifted: bool) -> list[Rule]:
    rules = []
    for row in record.asked:
        words = record.words(row.expression)
        if row.kind == Requirement.Kind.PREREQ:
            passed = lifted or record.satisfies(row.expression)
            rules.append(rule(passed, PrerequisitesMissing(missing=words), RuleKind.PREREQUISITE))
        else:
            passed = lifted or not record.touches(row.expression)
            rules.append(rule(passed, NotWith(courses=words), RuleKind.PREREQUISITE))
    return rules


def _repeat(record: Record, section: Section, lifted: bool) -> list[Rule]:
    """One seat per course and term, the sections that belong together aside, and no more completions than allowed."""
    other = next((row for row in record.in_course(section) if not _belong_together(row, section)), None)
    done, limit = record.completions(section.course_id), section.course.attempts_max
    return [
        rule(lifted or other is None, InCourseAlready(other=other.code if other else ""), RuleKind.REPEAT),
        rule(lifted or limit is None or done < limit, TakenAlready(times=done, limit=limit), RuleKind.REPEAT),
    ]


def _belong_together(row: Taken, section: Section) -> bool:
    if row.section_id == section.linked_to_id or section.pk == row.linked_to_id:
        return True
    siblings = row.linked_to_id is not None and row.linked_to_id == section.linked_to_id
    return siblings and row.schedule_type != section.schedule_type


def _approval(section: Section, lifted: bool) -> Rule:
    needed, error = section.approval != Section.Approval.NONE, ApprovalNeeded(by=section.approval)
    if section.approval == Section.Approval.STAFF:
        error = ApprovalNeeded(_("The registrar approves each student before a seat is given."), by=section.approval)
    return rule(lifted or not needed, error, RuleKind.CONSENT)


def _gate(student: StudentProfile, section: Section, marks: Collection[str]) -> list[Rule]:
    """Return whether the student showed the key of the section, is invited, or has an address of its domains."""
    if GATED not in marks:
        return []
    gate = SelfEnrollment.objects.get(section=section)
    passed = RuleKind.CONSENT in marks or KEYED in marks or _is_known(student, gate)
    return [rule(passed, _key_needed(gate), RuleKind.CONSENT)]


def _is_known(student: StudentProfile, gate: SelfEnrollment) -> bool:
    if not gate.domains and not gate.by_invitation:
        return False
    addresses = confirmed_addresses(student.user)
    if {address.rpartition("@")[2] for address in addresses} & set(gate.domains.split()):
        return True
    invited = ClassInvitation.objects.filter(section=gate.section_id, email__in=addresses)
    return gate.by_invitation and invited.exists()


def _key_needed(gate: SelfEnrollment) -> KeyNeeded:
    words = {
        "key": _("its key"),
        "invitation": _("an invitation"),
        "domain": _("a confirmed address of %(domains)s") % {"domains": ", ".join(gate.domains.split())},
    }
    asked = _(" or ").join(words[way] for way in gate.ways)
    return KeyNeeded(_("This class asks for %(asked)s."), asked=asked, ways=gate.ways)


def _credits(record: Record, section: Section, ticket: Ticket, lifted: bool, now: datetime) -> Rule:
    limit = ticket.credits_max
    if limit is None or lifted:
        return rule(True, CreditsOver(credits="", limit=""), RuleKind.CREDIT_MAX)
    total = record.load(section.term.whole, now) + section.credits
    return rule(total <= limit, CreditsOver(credits=shorten(total), limit=shorten(limit)), RuleKind.CREDIT_MAX)


def _linked(record: Record, section: Section, has_components: bool) -> list[Rule]:
    """Return whether a section comes with those that it belongs together with: a lab with its lecture and back."""
    wanted: list[list[Section]] = [] if section.linked_to is None else [[section.linked_to]]
    if has_components:
        components = list(_components(section))
        kinds = dict.fromkeys(one.schedule_type for one in components)
        wanted += [[one for one in components if one.schedule_type == kind] for kind in kinds]
    mine = {row.section_id for row in record.in_course(section)}
    missing = [choice for choice in wanted if not mine & {one.pk for one in choice}]
    words = _(", and ").join(_(" or ").join(str(one) for one in choice) for choice in missing)
    choices = [[{"id": str(one.public_id), "name": str(one)} for one in choice] for choice in missing]
    return [rule(not missing, LinkedMissing(sections=words, choices=choices))]


def _components(section: Section) -> Any:
    found = section.components.exclude(status__in=[Section.Status.CANCELLED, Section.Status.PLANNED])
    return found.select_related("course__subject").order_by("section_number")


def _time(student: StudentProfile, section: Section, now: datetime, lifted: bool) -> Rule:
    clash = None if lifted else time_clash(student, section, now)
    error = TimeConflict(**clash) if clash else TimeConflict(other="", when="")
    return rule(clash is None, error, RuleKind.TIME_CONFLICT)


def time_clash(student: StudentProfile, section: Section, now: datetime) -> dict[str, str] | None:
    """Return the first event of the student that overlaps a coming meeting of the section, None when there is none.

    Classes are joined from enrollments; appointments and whatever else takes a person's time come from the ledger.
    """
    coming = Meeting.objects.standing().filter(pattern__sections=section, ends_at__gt=now)
    own = Section.objects.filter(enrollments__student_id=student.pk, enrollments__status__in=LIVE).exclude(
        pk=section.pk
    )
    hit = coming.filter(starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at"))
    classes = Meeting.objects.standing().filter(pattern__sections__in=own.values("pk"), ends_at__gt=now)
    first = classes.filter(Exists(hit)).order_by("starts_at").values_list("pattern_id", "starts_at").first()
    if first is not None:
        other = own.filter(patterns=first[0]).select_related("course__subject").first()
        return _clash(str(other), first[1])
    claims = Claim.objects.live(now).filter(person=student.user_id, during__endswith__gt=now)
    spans = claims.annotate(starts_at=F("during__startswith"), ends_at=F("during__endswith"))
    claim = spans.filter(Exists(hit)).order_by("starts_at").first()
    return _clash(describe([claim])[claim.pk][0], claim.during.lower) if claim else None


def _clash(other: str, at: datetime) -> dict[str, str]:
    return {"other": other, "when": said(at), "starts_at": at.isoformat()}
