"""The learner's record: profile, seats, places in line, grades."""

import uuid

import pgtrigger
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.acting import real_actor
from core.history import tracked
from courses.models import Section
from students.guardian_models import Guardianship  # noqa: F401  a model of this app
from students.querysets import (
    IN_LINE,
    LIVE,
    SEATED,
    EnrollmentQuerySet,
    GradeItemQuerySet,
    OverrideQuerySet,
    StudentProfileQuerySet,
    WaitlistEntryQuerySet,
)
from students.rule_models import (  # noqa: F401  models of this app
    ClassInvitation,
    Hold,
    KeyShown,
    Level,
    OverrideRequest,
    PreEnrollment,
    RegistrationWindow,
    Restriction,
    RuleKind,
    SeatReservation,
    SelfEnrollment,
    Standing,
)

APPEND_ONLY = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Program(models.Model):
    """A course of study that ends in a degree."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    credits_required = models.DecimalField(_("credits required"), max_digits=6, decimal_places=2, default=120)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@tracked()
class StudentProfile(models.Model):
    """A person as a learner."""

    Level, Standing = Level, Standing

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="student_profile")
    institutional_id = models.CharField(_("student number"), max_length=30, unique=True)
    program = models.ForeignKey(Program, models.PROTECT, null=True, blank=True, related_name="students")
    level = models.CharField(_("level"), max_length=15, choices=Level, default=Level.UNDERGRADUATE)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.GOOD)
    directory_hold = models.BooleanField(_("keep the name from other students"), default=False)

    objects = StudentProfileQuerySet.as_manager()

    class Meta:
        permissions = [
            ("view_any_record", "Can see every student's record"),
            ("edit_any_profile", "Can change every student's profile"),
            ("view_any_roster", "Can see every roster"),
            ("export_any_grade_sheet", "Can export the posted grades of every section"),
        ]

    def __str__(self) -> str:
        return f"{self.user.display_name} ({self.institutional_id})"


@tracked()
class Enrollment(models.Model):
    """A student's seat in a section, or its end."""

    class Status(models.TextChoices):
        PENDING_APPROVAL = "pending_approval", _("Waiting for approval")
        PENDING_PAYMENT = "pending_payment", _("Waiting for payment")
        REGISTERED = "registered", _("Enrolled")
        AUDITING = "auditing", _("Auditing")
        DROPPED = "dropped", _("Dropped")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        COMPLETED = "completed", _("Completed")
        INCOMPLETE = "incomplete", _("Incomplete")
        CANCELLED = "cancelled", _("Cancelled")

    class Source(models.TextChoices):
        SELF = "self", _("Student")
        STAFF = "staff", _("Staff")
        IMPORT = "import", _("Import")
        WAITLIST = "waitlist", _("Waitlist")
        API = "api", _("API")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(StudentProfile, models.PROTECT, related_name="enrollments")
    section = models.ForeignKey(Section, models.PROTECT, related_name="enrollments")
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.REGISTERED)
    credit_hours = models.DecimalField(_("credit hours"), max_digits=5, decimal_places=2)
    source = models.CharField(max_length=8, choices=Source, default=Source.SELF)
    enrolled_at = models.DateTimeField(default=timezone.now)
    status_at = models.DateTimeField(default=timezone.now)
    hold_expires_at = models.DateTimeField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        permissions = [
            ("enroll_self", "Can enroll, wait in line and drop for oneself"),
            ("enroll_any_student", "Can enroll any student"),
            ("drop_any_student", "Can drop any student"),
        ]
        indexes = [
            models.Index(fields=["section", "status"], name="students_enroll_section"),
            models.Index(fields=["student", "status"], name="students_enroll_student"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section"], condition=Q(status__in=LIVE), name="students_one_live_enrollment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.section_id}: {self.status}"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_seated(self) -> bool:
        return self.status in SEATED


class EnrollmentEvent(models.Model):
    """One change of an enrollment: from what to what, who did it, when and why."""

    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="events")
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who worked in the name of the actor, when somebody did.
    impersonator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, default=real_actor, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.from_status} > {self.to_status}"


@tracked()
class WaitlistEntry(models.Model):
    """A student's place in a section's line."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Seat offered")
        ACCEPTED = "accepted", _("Got the seat")
        DECLINED = "declined", _("Declined the seat")
        EXPIRED = "expired", _("Offer not answered")
        REMOVED = "removed", _("Left the line")
        CLOSED = "closed", _("Line closed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="waitlist_entries")
    student = models.ForeignKey(StudentProfile, models.PROTECT, related_name="waitlist_entries")
    displaced = models.BooleanField(default=False)
    priority_class = models.PositiveSmallIntegerField(default=100)
    choice = models.PositiveSmallIntegerField(default=1)
    # Given under the section's lock; never a clock.
    seq = models.PositiveIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    joined_at = models.DateTimeField(default=timezone.now)
    last_skip_code = models.CharField(max_length=40, blank=True)
    last_skip_reason = models.CharField(max_length=500, blank=True)
    last_skipped_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    # Given up in the transaction that gives the seat, and only then.
    swap_enrollment = models.ForeignKey(Enrollment, models.PROTECT, null=True, blank=True, related_name="+")

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        permissions = [("manage_waitlist", "Can promote by hand and remove from the line")]
        indexes = [
            models.Index(fields=["section", "status"], name="students_waitlist_section"),
            models.Index(fields=["offer_expires_at"], condition=Q(status="offered"), name="students_waitlist_offers"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section"], condition=Q(status__in=IN_LINE), name="students_one_place_in_line"
            ),
            models.CheckConstraint(
                condition=~Q(status="offered") | Q(offer_expires_at__isnull=False), name="students_offer_has_an_end"
            ),
            models.UniqueConstraint(fields=["section", "seq"], name="students_waitlist_seq_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} waits for {self.section_id}: {self.seq}"


# The code of a place that staff passed over.
BY_HAND = "passed_by_hand"


class WaitlistEvent(models.Model):
    """One thing that happened to a place in line; the student may read it."""

    class Kind(models.TextChoices):
        JOINED = "joined", _("Joined the line")
        SKIPPED = "skipped", _("Passed over")
        OFFERED = "offered", _("Seat offered")
        ACCEPTED = "accepted", _("Accepted the seat")
        DECLINED = "declined", _("Declined the seat")
        EXPIRED = "expired", _("Offer not answered")
        PROMOTED = "promoted", _("Got the seat")
        LEFT = "left", _("Left the line")
        REMOVED = "removed", _("Removed from the line")
        CLOSED = "closed", _("Line closed")

    entry = models.ForeignKey(WaitlistEntry, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who worked in the name of the actor, when somebody did.
    impersonator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, default=real_actor, related_name="+"
    )
    # Which rule passed the place over; the words may tell more than others should read.
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    # When the run along the line began that this is part of; empty where the turn was not asked.
    run_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return self.kind


@tracked()
class Override(models.Model):
    """A permission for one student to pass one rule, given by a person for a reason."""

    Kind = RuleKind

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(StudentProfile, models.PROTECT, related_name="overrides")
    section = models.ForeignKey(Section, models.PROTECT, related_name="overrides")
    kind = models.CharField(_("rule"), max_length=15, choices=RuleKind)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=500)
    granted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        permissions = [("grant_override", "Can let a student pass a rule")]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section", "kind"],
                condition=Q(used_at__isnull=True),
                name="students_one_open_override",
                violation_error_message=_("The student has this permission already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.student_id} in {self.section_id}"


@tracked()
class GradeItem(models.Model):
    """One piece of graded work in a section."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="grade_items")
    title = models.CharField(_("title"), max_length=120)
    weight = models.DecimalField(
        _("weight"), max_digits=6, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )
    points = models.DecimalField(
        _("points possible"), max_digits=7, decimal_places=2, default=100, validators=[MinValueValidator(0)]
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    # Students see an item's scores, and totals count them, once it is posted.
    posted_at = models.DateTimeField(null=True, blank=True)

    objects = GradeItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0) & Q(weight__gte=0),
                name="students_grade_item_positive",
                violation_error_message=_("Points must be more than 0 and the weight at least 0."),
            )
        ]

    def __str__(self) -> str:
        return self.title


@tracked()
class GradeEntry(models.Model):
    """A student's score in one item; the last change of it."""

    item = models.ForeignKey(GradeItem, models.PROTECT, related_name="entries")
    enrollment = models.ForeignKey(Enrollment, models.PROTECT, related_name="grade_entries")
    score = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    is_exempt = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "grade entries"
        constraints = [models.UniqueConstraint(fields=["item", "enrollment"], name="students_grade_entry_once")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.enrollment_id}: {self.score}"


class GradeChange(models.Model):
    """One change of a score: old, new, who, when, why."""

    entry = models.ForeignKey(GradeEntry, models.PROTECT, related_name="changes")
    old_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    new_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    old_exempt = models.BooleanField(default=False)
    new_exempt = models.BooleanField(default=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.old_score} > {self.new_score}"


@tracked()
class FinalGrade(models.Model):
    """The grade that stands on the record of an enrollment."""

    enrollment = models.OneToOneField(Enrollment, models.PROTECT, related_name="final_grade")
    grade = models.CharField(_("grade"), max_length=4, blank=True)
    # What is to follow a posted "I"; students go on seeing the "I" until this is posted.
    amended_grade = models.CharField(_("grade in its place"), max_length=4, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.grade


class FinalGradeChange(models.Model):
    """One step of a final grade: from what to what, whether it was posted by it, who, when, why."""

    final_grade = models.ForeignKey(FinalGrade, models.PROTECT, related_name="changes")
    old_grade = models.CharField(max_length=4, blank=True)
    new_grade = models.CharField(max_length=4, blank=True)
    is_posting = models.BooleanField(default=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.old_grade} > {self.new_grade}"
