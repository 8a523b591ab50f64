"""What waits for those who teach."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from courses.models import Section
from students.models import Enrollment, FinalGrade, GradeEntry, GradeItem
from students.policies import can_grade
from students.queries.grades import GRADED
from students.queries.seats import seats_of

SHOWN = 12


def teaching(user: Any, terms: Iterable[Any], now: datetime) -> dict[str, Any]:
    """Return the sections of this person with seats and lines, and the work that is not scored or not posted."""
    sections = list(
        Section.objects.taught_by(user)
        .filter(term__in=[term.pk for term in terms])
        .exclude(status="cancelled")
        .select_related("course__subject", "term", "cross_list_group")
        .prefetch_related("section_instructors")
        .order_by("term__start_date", "course__sort_key", "section_number")[:SHOWN]
    )
    seats = seats_of(sections, now)
    return {
        "taught": [
            {"section": section, "seats": seats[section.pk], "grades": can_grade(user, section)} for section in sections
        ],
        "to_grade": _to_grade(user, now),
    }


def _to_grade(user: Any, now: datetime) -> list[dict[str, Any]]:
    """Return drafts with marks, and work that is due and lacks marks, of the sections this person grades."""
    marks = GradeEntry.objects.filter(Q(score__isnull=False) | Q(is_exempt=True), item=OuterRef("pk"))
    people = Enrollment.objects.filter(section=OuterRef("section"), status__in=GRADED)
    items = (
        GradeItem.objects.visible_to(user)
        .filter(section__status__in=["open", "closed"])
        .filter(Q(due_at__lte=now) | Q(posted_at__isnull=True))
        .annotate(marked=_count(marks, "item"), students=_count(people, "section"))
        .filter(Q(marked__lt=F("students")) | Q(marked__gt=0, posted_at__isnull=True))
        .select_related("section__course__subject")
        .order_by("due_at", "pk")[:SHOWN]
    )
    return [{"item": item, "marked": item.marked, "students": item.students} for item in items]


def _count(rows: Any, field: str) -> Any:
    # Each by itself: one join with both would count every pair of them.
    return Coalesce(Subquery(rows.order_by().values(field).annotate(n=Count("pk")).values("n")), 0)


def finals_to_post(user: Any) -> QuerySet[FinalGrade]:
    """Return the final grades entered in this person's sections that students do not see yet."""
    mine = Enrollment.objects.filter(section__section_instructors__instructor=user).filter(
        section__section_instructors__role="instructor"
    )
    entered = FinalGrade.objects.filter(enrollment__in=mine.values("pk")).exclude(grade="", amended_grade="")
    return entered.filter(Q(posted_at__isnull=True) | ~Q(amended_grade=""))
