"""What comes along when sections are copied into another term: rules of registration, reserved seats, graded work."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Requirement, Section
from scheduling.queries.shifts import Shift
from students.models import (
    Enrollment,
    GradeItem,
    Override,
    OverrideRequest,
    Restriction,
    SeatReservation,
    WaitlistEntry,
)
from students.policies import can_edit_registration

RULES, GRADING = "rules", "grading"
Pairs = list[tuple[Section, Section]]


def also_copied(sections: list[Section], parts: set[str]) -> dict[int, list[str]]:
    """Say by section what would come along."""
    found: dict[int, list[str]] = {}
    keys = [one.pk for one in sections]
    if RULES in parts:
        for key, seats in _sums(keys).items():
            text = ngettext("%(n)s reserved seat comes along.", "%(n)s reserved seats come along.", seats)
            found.setdefault(key, []).append(text % {"n": seats})
        limited = {*_sections_of(Restriction, keys), *_sections_of(Requirement, keys)}
        for key in limited:
            found.setdefault(key, []).append(_("Whom it takes and what it requires come along."))
    if GRADING in parts:
        for key, n in _counts(GradeItem, keys).items():
            text = ngettext("%(n)s piece of graded work comes along.", "%(n)s pieces of graded work come along.", n)
            found.setdefault(key, []).append(text % {"n": n})
    return found


def _sections_of(model: Any, keys: list[int]) -> list[int]:
    return list(model.objects.filter(section__in=keys).order_by().values_list("section", flat=True).distinct())


def _counts(model: Any, keys: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for key in model.objects.filter(section__in=keys).values_list("section", flat=True):
        found[key] = found.get(key, 0) + 1
    return found


def _sums(keys: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for key, seats in SeatReservation.objects.filter(section__in=keys).values_list("section", "seats"):
        found[key] = found.get(key, 0) + seats
    return found


def sections_copied(pairs: Pairs, shift: Shift, parts: set[str], by: Any) -> None:
    """Copy what is wanted to the new sections; whoever may not set rules of registration copies none."""
    copies = {source.pk: copy for source, copy in pairs}
    if RULES in parts and (by is None or can_edit_registration(by)):
        _copy_rules(copies, shift)
    if GRADING in parts:
        items = GradeItem.objects.filter(section__in=copies).order_by("pk")
        GradeItem.objects.bulk_create(
            GradeItem(
                section=copies[one.section_id],
                title=one.title,
                weight=one.weight,
                points=one.points,
                due_at=shift.instant(one.due_at),
            )
            for one in items
        )


def _copy_rules(copies: dict[int, Section], shift: Shift) -> None:
    audience = ("level", "standing", "program_id")
    SeatReservation.objects.bulk_create(
        SeatReservation(
            section=copies[one.section_id],
            seats=one.seats,
            priority=one.priority,
            releases_at=shift.instant(one.releases_at),
            **{name: getattr(one, name) for name in audience},
        )
        for one in SeatReservation.objects.filter(section__in=copies).order_by("pk")
    )
    Restriction.objects.bulk_create(
        Restriction(section=copies[one.section_id], **{name: getattr(one, name) for name in audience})
        for one in Restriction.objects.filter(section__in=copies).order_by("pk")
        if one.section_id
    )
    Requirement.objects.bulk_create(
        Requirement(section=copies[one.section_id], kind=one.kind, expression=one.expression)
        for one in Requirement.objects.filter(section__in=copies).order_by("pk")
        if one.section_id
    )


def copies_undone(copies: list[Section]) -> dict[int, str]:
    """Say which copies somebody is in, waits for or has a permission for; of the others what was copied goes."""
    keys = [one.pk for one in copies]
    used = {key: _("has permissions or requests") for m in (Override, OverrideRequest) for key in _counts(m, keys)}
    used |= {key: _("has a waitlist") for key in _counts(WaitlistEntry, keys)}
    used |= {key: _("has students") for key in _counts(Enrollment, keys)}
    if not used:
        for model in (SeatReservation, Restriction, GradeItem):
            model.objects.filter(section__in=keys).delete()  # type: ignore[attr-defined]
    return used
