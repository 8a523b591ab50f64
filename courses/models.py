"""What is taught: terms, the catalogue and its offerings."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from courses.material_models import Material  # noqa: F401  a model of this app
from courses.querysets import CourseQuerySet, SectionInstructorQuerySet, SectionQuerySet, TermQuerySet
from courses.validators import course_sort_key, validate_code, validate_requirement


def siblings_apart(kind: str) -> ExclusionConstraint:
    """Return the constraint that terms of `kind` under one parent share no day.

    The parent goes in as a range, so that the index needs no extension.
    """
    parent = Coalesce("parent", Value(0))
    return ExclusionConstraint(
        name=f"courses_term_{kind}_siblings_apart",
        expressions=[
            (
                Func(parent, parent, Value("[]"), function="int8range", output_field=BigIntegerRangeField()),
                RangeOperators.OVERLAPS,
            ),
            (
                Func("start_date", "end_date", Value("[]"), function="daterange", output_field=DateRangeField()),
                RangeOperators.OVERLAPS,
            ),
        ],
        condition=Q(kind=kind),
        violation_error_message=_("Another term of this kind covers some of these days."),
    )


@tracked()
class Term(models.Model):
    """A stretch of the academic calendar in which sections are taught."""

    lock_rank = 2

    class Kind(models.TextChoices):
        YEAR = "year", _("Year")
        SEMESTER = "semester", _("Semester")
        QUARTER = "quarter", _("Quarter")
        PART_OF_TERM = "part_of_term", _("Part of term")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=20, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.SEMESTER)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    # Deadlines are instants, exclusive: the first moment that is too late.
    add_deadline = models.DateTimeField(_("last moment to add"), null=True, blank=True)
    drop_deadline = models.DateTimeField(_("last moment to drop"), null=True, blank=True)
    withdraw_deadline = models.DateTimeField(_("last moment to withdraw"), null=True, blank=True)
    # How many credits a student takes in the term, its parts included; empty is no limit.
    credits_min = models.DecimalField(
        _("credits, least"), max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credits_max = models.DecimalField(
        _("credits, most"), max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_published = models.BooleanField(_("published"), default=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["-start_date", "code"]
        permissions = [("edit_terms", "Can create and change terms")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="courses_term_ends_after_start",
                violation_error_message=_("A term cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(credits_min__isnull=True)
                | Q(credits_max__isnull=True)
                | Q(credits_max__gte=F("credits_min")),
                name="courses_term_credit_range",
                violation_error_message=_("The most credits cannot be fewer than the least."),
            ),
            *(siblings_apart(kind) for kind in ("year", "semester", "quarter")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def whole(self) -> "Term":
        """The term itself, or the one that it is a part of: credits are counted there."""
        return self.parent if self.kind == Term.Kind.PART_OF_TERM and self.parent is not None else self

    @property
    def opens_at(self) -> datetime | None:
        return self.in_force("registration_opens_at")

    @property
    def closes_at(self) -> datetime | None:
        return self.in_force("registration_closes_at")

    def in_force(self, name: str) -> datetime | None:
        """Return an instant of the term, else that of the nearest term above it that has one."""
        term: Term | None = self
        while term is not None and getattr(term, name) is None:
            term = term.parent
        return getattr(term, name) if term is not None else None


class Subject(models.Model):
    """A field of study under whose code courses are numbered."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=10, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


@tracked(exclude=["search"])
class Course(models.Model):
    """A catalogue entry, taught as sections."""

    lock_rank = 2

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="courses", verbose_name=_("subject"))
    number = models.CharField(_("number"), max_length=10, validators=[validate_code])
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True, max_length=20_000)
    credit_hours_min = models.DecimalField(
        _("credit hours, least"), max_digits=5, decimal_places=2, default=Decimal(3), validators=[MinValueValidator(0)]
    )
    credit_hours_max = models.DecimalField(
        _("credit hours, most"), max_digits=5, decimal_places=2, default=Decimal(3), validators=[MinValueValidator(0)]
    )
    # How often one student may complete it; empty is no limit.
    attempts_max = models.PositiveSmallIntegerField(
        _("times it may be taken"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    # Sorts "9" before "10A": the number's digits padded with zeros, then its letters.
    sort_key = models.CharField(max_length=40, editable=False, db_index=True)
    search = SearchVectorField(null=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "pk"]
        permissions = [("edit_catalog", "Can create and change courses, subjects and requirements")]
        indexes = [GinIndex(fields=["search"], name="courses_course_search")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "number"],
                condition=~Q(status="archived"),
                name="courses_course_code_unique",
                violation_error_message=_("This subject has a course with this number already."),
            ),
            models.CheckConstraint(
                condition=Q(credit_hours_min__gte=0) & Q(credit_hours_max__gte=F("credit_hours_min")),
                name="courses_course_credit_range",
                violation_error_message=_("The most credit hours cannot be fewer than the least."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def save(self, *args, **kwargs):
        self.sort_key = course_sort_key(self.subject.code, self.number)
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "sort_key"}
        super().save(*args, **kwargs)

    @property
    def code(self) -> str:
        """Subject code and number: "CSE 21"."""
        return f"{self.subject.code} {self.number}"


@tracked()
class Requirement(models.Model):
    """What a student must have done (or must not have) to take a course or section.

    `expression` is a tree: {"all": [...]}, {"any": [...]}, or a leaf
    {"course": "<public_id>", "min_grade": "C", "concurrent_ok": false}.
    """

    class Kind(models.TextChoices):
        PREREQ = "prereq", _("Prerequisite")
        ANTIREQ = "antireq", _("Not with")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.CASCADE, null=True, blank=True, related_name="requirements")
    section = models.ForeignKey("Section", models.CASCADE, null=True, blank=True, related_name="requirements")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PREREQ)
    expression = models.JSONField(_("expression"), validators=[validate_requirement])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(course__isnull=False, section__isnull=True) | Q(course__isnull=True, section__isnull=False),
                name="courses_requirement_one_target",
                violation_error_message=_("A requirement belongs to one course or to one section."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


@tracked()
class CrossListGroup(models.Model):
    """Sections of different courses that are one class in one room."""

    lock_rank = 2

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    term = models.ForeignKey(Term, models.PROTECT, related_name="cross_list_groups")
    capacity = models.PositiveIntegerField(_("combined capacity"), null=True, blank=True)

    def __str__(self) -> str:
        return f"#{self.pk}"


@tracked()
class Section(models.Model):
    """A course as it is taught in one term, identified there by its CRN."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    class Method(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")
        HYBRID = "hybrid", _("Hybrid")

    class WaitlistMode(models.TextChoices):
        OFF = "off", _("No waitlist")
        AUTO = "auto", _("Enroll the next in line")
        OFFER = "offer", _("Offer the seat to the next in line")

    class Approval(models.TextChoices):
        NONE = "none", _("Not needed")
        INSTRUCTOR = "instructor", _("By the instructor")
        STAFF = "staff", _("By the registrar")

    lock_rank = 2

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="sections", verbose_name=_("course"))
    term = models.ForeignKey(Term, models.PROTECT, related_name="sections", verbose_name=_("term"))
    crn = models.CharField(_("CRN"), max_length=20, validators=[validate_code])
    section_number = models.CharField(_("section number"), max_length=10)
    title = models.CharField(_("title, if not the course's"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=20_000)
    schedule_type = models.CharField(_("schedule type"), max_length=10, blank=True)
    instructional_method = models.CharField(_("delivery"), max_length=10, choices=Method, default=Method.IN_PERSON)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    # Null is no limit; 0 is no seats.
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True)
    # Fewer enrolled than this and the section is flagged; nothing else follows.
    minimum_enrollment = models.PositiveIntegerField(_("least enrollment"), null=True, blank=True)
    approval = models.CharField(_("approval"), max_length=10, choices=Approval, default=Approval.NONE)
    # A lab belongs to its lecture: who takes one takes the other.
    linked_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="components", verbose_name=_("belongs to")
    )
    waitlist_mode = models.CharField(_("waitlist"), max_length=5, choices=WaitlistMode, default=WaitlistMode.AUTO)
    waitlist_capacity = models.PositiveIntegerField(_("waitlist capacity"), null=True, blank=True)
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to answer an offer"), default=24, validators=[MinValueValidator(2), MaxValueValidator(168)]
    )
    # The first instant at which the line is over; empty, it stays open.
    waitlist_closes_at = models.DateTimeField(_("waitlist closes"), null=True, blank=True)
    credit_hours = models.DecimalField(
        _("credit hours"), max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    # Where empty, the term's dates and windows hold.
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    access_starts_at = models.DateTimeField(_("class pages open"), null=True, blank=True)
    access_ends_at = models.DateTimeField(_("class pages close"), null=True, blank=True)
    cross_list_group = models.ForeignKey(
        CrossListGroup, models.SET_NULL, null=True, blank=True, related_name="sections"
    )
    instructors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="SectionInstructor", related_name="sections_taught"
    )
    # The section of an earlier term that this one was made from.
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="copies"
    )
    # The next number in line; given out under the section's lock.
    next_seq = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["course__sort_key", "section_number", "pk"]
        permissions = [
            ("edit_any_section", "Can create and change any section"),
            ("view_hidden_section", "Can see sections that are not open yet"),
        ]
        indexes = [models.Index(fields=["term", "course"], name="courses_section_term_course")]
        constraints = [
            models.UniqueConstraint(
                fields=["term", "crn"],
                name="courses_section_crn_unique",
                violation_error_message=_("This term has a section with this CRN already."),
            ),
            models.UniqueConstraint(
                fields=["term", "course", "section_number"],
                name="courses_section_number_unique",
                violation_error_message=_("This course has a section with this number in the term already."),
            ),
            models.UniqueConstraint(
                fields=["term", "copied_from"],
                name="courses_section_copied_once",
                violation_error_message=_("This section was copied to the term already."),
            ),
            models.CheckConstraint(
                condition=Q(end_date__isnull=True) | Q(start_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="courses_section_ends_after_start",
                violation_error_message=_("A section cannot end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} {self.section_number}"

    @property
    def name(self) -> str:
        """The title to show: the section's own or the course's."""
        return self.title or self.course.title

    @property
    def first_day(self):
        return self.start_date or self.term.start_date

    @property
    def last_day(self):
        return self.end_date or self.term.end_date

    @property
    def credits(self) -> Decimal:
        return self.credit_hours if self.credit_hours is not None else self.course.credit_hours_min

    @property
    def opens_at(self):
        return self.registration_opens_at or self.term.in_force("registration_opens_at")

    @property
    def closes_at(self):
        """The first instant at which adding is too late, or None: registration's end or the add deadline."""
        own = [self.registration_closes_at] if self.registration_closes_at else []
        names = ("registration_closes_at", "add_deadline")
        instants = own or [at for name in names if (at := self.term.in_force(name))]
        return min(instants, default=None)

    def line_is_over(self, now: datetime) -> bool:
        """Whether the waitlist has closed: nobody joins it and no seat is given to it any more."""
        return self.waitlist_closes_at is not None and now >= self.waitlist_closes_at


GRANTS = ("can_grade", "can_see_planned", "can_edit_texts")


@tracked(exclude=["public_id"])
class SectionInstructor(models.Model):
    """A person who teaches in a section, and as what."""

    class Role(models.TextChoices):
        INSTRUCTOR = "instructor", _("Instructor")
        ASSISTANT = "assistant", _("Teaching assistant")
        GRADER = "grader", _("Grader")

    # The database's own default: each row of before gets one too.
    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    section = models.ForeignKey(Section, models.CASCADE, related_name="section_instructors")
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="section_roles")
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.INSTRUCTOR)
    is_primary = models.BooleanField(_("instructor of record"), default=False)
    # What an assistant or a grader may do in this section alone; instructors may all of it by their role.
    can_grade = models.BooleanField(_("may grade"), default=False)
    can_see_planned = models.BooleanField(_("sees the section before it opens"), default=False)
    can_edit_texts = models.BooleanField(_("may change its description"), default=False)

    objects = SectionInstructorQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "instructor"],
                name="courses_section_instructor_once",
                violation_error_message=_("This person teaches the section already."),
            ),
            models.UniqueConstraint(
                fields=["section"],
                condition=Q(is_primary=True),
                name="courses_section_one_primary",
                violation_error_message=_("A section has one instructor of record."),
            ),
            models.CheckConstraint(
                condition=Q(is_primary=False) | Q(role="instructor"),
                name="courses_section_primary_is_instructor",
                violation_error_message=_("The instructor of record is an instructor."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instructor} ({self.get_role_display()})"

    @property
    def is_instructor(self) -> bool:
        return self.role == self.Role.INSTRUCTOR

    @property
    def grades(self) -> bool:
        return self.is_instructor or self.can_grade

    @property
    def granted(self) -> list[str]:
        """What was granted to an assistant or grader, in words."""
        return [str(self._meta.get_field(name).verbose_name) for name in GRANTS if getattr(self, name)]  # type: ignore[union-attr]
