"""What the rules of registration are set by: holds, windows, restrictions, reserved seats; requests for exceptions."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.history import tracked
from courses.models import Course, Section, Term
from students.querysets import HoldQuerySet, OverrideRequestQuerySet, PreEnrollmentQuerySet


class RuleKind(models.TextChoices):
    """The rules of registration that a person can lift for one student."""

    PREREQUISITE = "prerequisite", _("Prerequisite")
    TIME_CONFLICT = "time_conflict", _("Time conflict")
    CAPACITY = "capacity", _("Capacity")
    LATE_ADD = "late_add", _("Late registration")
    CONSENT = "consent", _("Consent")
    CREDIT_MAX = "credit_max", _("Credit load")
    REPEAT = "repeat", _("Repeat")
    RESTRICTION = "restriction", _("Restriction")


class Level(models.TextChoices):
    UNDERGRADUATE = "undergraduate", _("Undergraduate")
    GRADUATE = "graduate", _("Graduate")
    OTHER = "other", _("Other")


class Standing(models.TextChoices):
    GOOD = "good", _("Good standing")
    PROBATION = "probation", _("Probation")
    SUSPENDED = "suspended", _("Suspended")


class Audience(models.Model):
    """Whom something is for; what is empty asks nothing."""

    level = models.CharField(_("level"), max_length=15, choices=Level, blank=True)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, blank=True)
    program = models.ForeignKey(
        "students.Program", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("program")
    )

    class Meta:
        abstract = True

    def fits(self, student: Any) -> bool:
        """Return whether the student's level, standing and program are the ones that are asked for."""
        return (
            self.level in ("", student.level)
            and self.standing in ("", student.standing)
            and self.program_id in (None, student.program_id)
        )

    @property
    def words(self) -> str:
        """Return the audience as people say it: "Graduate, Liberal Arts"."""
        parts = [self.get_level_display(), self.get_standing_display(), self.program.name if self.program else ""]
        return ", ".join(str(part) for part in parts if part)


@tracked()
class Hold(models.Model):
    """A stop that an office puts on a student until something is settled."""

    class Cause(models.TextChoices):
        FINANCIAL = "financial", _("Financial")
        ADVISING = "advising", _("Advising")
        RECORDS = "records", _("Missing documents")
        HEALTH = "health", _("Health requirement")
        CONDUCT = "conduct", _("Conduct")
        OTHER = "other", _("Other")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey("students.StudentProfile", models.PROTECT, related_name="holds")
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    office = models.CharField(_("office"), max_length=80)
    note = models.CharField(_("note to the student"), max_length=300, blank=True)
    blocks_register = models.BooleanField(_("blocks registration"), default=True)
    blocks_drop = models.BooleanField(_("blocks dropping"), default=False)
    blocks_transcript = models.BooleanField(_("blocks transcripts"), default=False)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        permissions = [("place_hold", "Can place and lift holds")]
        indexes = [
            models.Index(fields=["student"], condition=Q(released_at__isnull=True), name="students_hold_active"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(blocks_register=True) | Q(blocks_drop=True) | Q(blocks_transcript=True),
                name="students_hold_blocks_something",
                violation_error_message=_("A hold blocks at least one thing."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}: {self.student_id}"


@tracked()
class RegistrationWindow(Audience):
    """When some students register for a term, and for how many credits."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    term = models.ForeignKey(Term, models.PROTECT, related_name="registration_windows", verbose_name=_("term"))
    name = models.CharField(_("name"), max_length=80)
    credits_from = models.DecimalField(
        _("credits earned, at least"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    # Of several that fit a student the lowest number holds.
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    credits_min = models.DecimalField(
        _("credits, least"), max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    credits_max = models.DecimalField(
        _("credits, most"), max_digits=5, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    fallback = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("outside of it")
    )

    class Meta:
        ordering = ["term", "priority", "pk"]
        permissions = [("edit_registration", "Can set registration windows, restrictions and reserved seats")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="students_window_closes_after_opening",
                violation_error_message=_("A window closes after it opens."),
            ),
            models.CheckConstraint(
                condition=Q(credits_min__isnull=True)
                | Q(credits_max__isnull=True)
                | Q(credits_max__gte=F("credits_min")),
                name="students_window_credit_range",
                violation_error_message=_("The most credits cannot be fewer than the least."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Restriction(Audience):
    """Whom a course or a section takes; where there are several, one that fits is enough."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, null=True, blank=True, related_name="restrictions")
    section = models.ForeignKey(Section, models.PROTECT, null=True, blank=True, related_name="restrictions")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(course__isnull=False, section__isnull=True) | Q(course__isnull=True, section__isnull=False),
                name="students_restriction_one_target",
                violation_error_message=_("A restriction belongs to one course or to one section."),
            ),
            models.CheckConstraint(
                condition=~Q(level="", standing="", program__isnull=True),
                name="students_restriction_names_somebody",
                violation_error_message=_("Name a level, a standing or a program."),
            ),
        ]

    def __str__(self) -> str:
        return self.words


@tracked()
class SeatReservation(Audience):
    """Seats of a section that are kept for some students until an instant."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="seat_reservations")
    seats = models.PositiveIntegerField(_("seats"), validators=[MinValueValidator(1)])
    # From then on what is left of them is for everybody; empty, they are kept to the end.
    releases_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), default=100)
    # Set once the line has been told of the release.
    released_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["priority", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(level="", standing="", program__isnull=True),
                name="students_reservation_names_somebody",
                violation_error_message=_("Name a level, a standing or a program."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seats}: {self.words}"


@tracked()
class OverrideRequest(models.Model):
    """A student's request that somebody lift one rule in one section."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        GRANTED = "granted", _("Granted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey("students.StudentProfile", models.PROTECT, related_name="override_requests")
    section = models.ForeignKey(Section, models.PROTECT, related_name="override_requests")
    kind = models.CharField(_("rule"), max_length=15, choices=RuleKind)
    message = models.CharField(_("message"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = OverrideRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "section"], name="students_request_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["student", "section", "kind"], condition=Q(state="open"), name="students_one_open_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.student_id} in {self.section_id}, {self.get_state_display()}"


@tracked(exclude=["hash"])
class SelfEnrollment(models.Model):
    """What those who enroll themselves in a section show: its key, an invitation, or an address of a domain.

    One of what is set is enough.
    """

    section = models.OneToOneField(Section, models.CASCADE, related_name="self_enrollment")
    hash = models.CharField(max_length=128, blank=True, editable=False)
    # Whoever showed an earlier key shows the new one again.
    key_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    # With spaces between, in small letters.
    domains = models.CharField(_("e-mail domains"), max_length=500, blank=True)
    by_invitation = models.BooleanField(_("by invitation"), default=False)

    class Meta:
        verbose_name = _("self-enrollment")

    def __str__(self) -> str:
        return f"{self.section_id}: {', '.join(self.ways)}"

    @property
    def ways(self) -> list[str]:
        found = [("key", bool(self.hash)), ("invitation", self.by_invitation), ("domain", bool(self.domains))]
        return [name for name, is_set in found if is_set]


@tracked()
class ClassInvitation(models.Model):
    """An address whose owner may enroll in a section that asks for an invitation."""

    section = models.ForeignKey(Section, models.CASCADE, related_name="class_invitations")
    email = models.EmailField(_("e-mail address"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["email"]
        constraints = [models.UniqueConstraint(fields=["section", "email"], name="students_class_invitation_once")]

    def __str__(self) -> str:
        return f"{self.email}: {self.section_id}"


class KeyShown(models.Model):
    """A student has shown the key of a section."""

    student = models.ForeignKey("students.StudentProfile", models.PROTECT, related_name="+")
    section = models.ForeignKey(Section, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "section"], name="students_key_shown_once")]

    def __str__(self) -> str:
        return f"{self.student_id}: {self.section_id}"


@tracked()
class PreEnrollment(models.Model):
    """A seat that is kept for an e-mail address until its owner has confirmed it here."""

    class State(models.TextChoices):
        HELD = "held", _("Kept")
        TAKEN = "taken", _("Taken")
        EXPIRED = "expired", _("Expired")
        DROPPED = "dropped", _("Taken back")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    section = models.ForeignKey(Section, models.PROTECT, related_name="pre_enrollments")
    email = models.EmailField(_("e-mail address"))
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.HELD)
    expires_at = models.DateTimeField(_("kept until"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # Why its owner did not get it when the address was confirmed; asked again with each sign-in.
    refused_code = models.CharField(max_length=40, blank=True)
    refused_reason = models.CharField(max_length=500, blank=True)
    enrollment = models.ForeignKey("students.Enrollment", models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PreEnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["email", "pk"]
        indexes = [models.Index(fields=["section"], condition=Q(state="held"), name="students_pre_enrollment_held")]
        constraints = [
            models.UniqueConstraint(
                fields=["section", "email"],
                condition=Q(state="held"),
                name="students_one_pre_enrollment",
                violation_error_message=_("A seat is kept for this address already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.section_id}"
