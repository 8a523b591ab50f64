"""Chainable reads of terms, courses and sections."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone

if TYPE_CHECKING:
    from courses.models import Course, Material, Section, SectionInstructor, Term  # noqa: F401  named in quotes below


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, user: Any) -> "TermQuerySet":
        if user.is_authenticated and user.has_perm("courses.edit_terms"):
            return self
        return self.filter(is_published=True)

    def current(self) -> "Term | None":
        """Return the term of today, else the next one, else the last; None when there is no term."""
        today = timezone.localdate()
        ahead, over = Q(start_date__gt=today), Q(end_date__lt=today)
        rank = Case(When(ahead, then=1), When(over, then=2), default=0)
        coming, gone = Case(When(ahead, then=F("start_date"))), Case(When(over, then=F("end_date")))
        terms = self.exclude(kind__in=["year", "part_of_term"])
        return terms.order_by(rank, coming, gone.desc(), "-start_date", "code").first()


class CourseQuerySet(models.QuerySet["Course"]):
    def visible_to(self, user: Any) -> "CourseQuerySet":
        """Published courses for everyone; drafts and archived ones for those who edit the catalogue."""
        if user.is_authenticated and user.has_perm("courses.edit_catalog"):
            return self
        return self.filter(status="published")


class SectionQuerySet(models.QuerySet["Section"]):
    def visible_to(self, user: Any) -> "SectionQuerySet":
        """Sections that are not planned any more; planned ones for staff, their instructors and whom these let see.

        Other assistants and graders see theirs from the day it is opened. What was taught stays in sight when its
        course leaves the catalogue.
        """
        shown = Q(course__status__in=["published", "archived"], term__is_published=True) & ~Q(status="planned")
        if not user.is_authenticated:
            return self.filter(shown)
        if user.has_perm("courses.view_hidden_section"):
            return self
        taught = Q(pk__in=models.Subquery(_taught_by(user)))
        prepared = Q(pk__in=models.Subquery(_taught_by(user).filter(PREPARES)))
        return self.filter(shown | prepared | (taught & ~Q(status="planned")))

    def taught_by(self, user: Any) -> "SectionQuerySet":
        return self.filter(pk__in=_taught_by(user))


# What the role of an instructor gives in a section, or else a grant to one assistant or grader there.
GRADES = Q(role="instructor") | Q(can_grade=True)
PREPARES = Q(role="instructor") | Q(can_see_planned=True)
WRITES = Q(role="instructor") | Q(can_edit_texts=True)


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, user: Any) -> "MaterialQuerySet":
        """Files of the sections that `user` may see; who opens them, `can_read_materials` says."""
        from django.apps import apps  # the model stands right of this layer

        return self.filter(section__in=apps.get_model("courses", "Section").objects.visible_to(user))


class SectionInstructorQuerySet(models.QuerySet["SectionInstructor"]):
    def visible_to(self, user: Any) -> "SectionInstructorQuerySet":
        """Who teaches the sections that `user` may see: their class pages name them."""
        from django.apps import apps  # the model stands right of this layer

        return self.filter(section__in=apps.get_model("courses", "Section").objects.visible_to(user))

    def helpers(self) -> "SectionInstructorQuerySet":
        """Assistants and graders."""
        return self.exclude(role="instructor")

    def going_on(self) -> "SectionInstructorQuerySet":
        """Those in classes that are not over."""
        live = ["planned", "open", "closed"]
        return self.filter(section__status__in=live, section__term__end_date__gte=timezone.localdate())


def _taught_by(user: Any) -> models.QuerySet[Any, Any]:
    from django.apps import apps  # the model stands right of this layer

    teaching = apps.get_model("courses", "SectionInstructor")
    return teaching.objects.filter(instructor=user).values("section")
