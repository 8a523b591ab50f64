"""Office hours: availability, sessions and bookings."""

import uuid

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_time_zone
from appointments.querysets import AppointmentQuerySet, AppointmentTypeQuerySet, SessionQuerySet
from core.acting import real_actor
from core.history import tracked
from core.weekdays import times_text
from courses.models import Section
from scheduling.models import Claim, campus_zone


class AvailabilitySchedule(models.Model):
    """Weekly hours of one host, in the host's own zone."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="availability_schedules")
    name = models.CharField(_("name"), max_length=80, default="Office hours")
    zone = models.CharField(_("time zone"), max_length=64, default=campus_zone, validators=[validate_time_zone])

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["host", "name"], name="appointments_schedule_name_unique")]

    def __str__(self) -> str:
        return self.name


class AvailabilityRule(models.Model):
    """One weekly window: on this weekday, from this to that local time."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(AvailabilitySchedule, models.CASCADE, related_name="rules")
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])
    start_time = models.TimeField(_("from"))
    end_time = models.TimeField(_("to"))
    start_date = models.DateField(_("valid from"), null=True, blank=True)
    end_date = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["weekday", "start_time"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_time__gt=F("start_time")),
                name="appointments_rule_ends_after_start",
                violation_error_message=_("A window must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6),
                name="appointments_rule_weekday",
                violation_error_message=_("A weekday is a number from 0 (Monday) to 6."),
            ),
        ]

    def __str__(self) -> str:
        return times_text([self.weekday], self.start_time, self.end_time)


class AvailabilityOverride(models.Model):
    """Other hours, extra hours or none, for a range of days."""

    class Kind(models.TextChoices):
        BLOCK = "block", _("Not available")
        REPLACE = "replace", _("These hours instead")
        ADD = "add", _("Extra hours")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(AvailabilitySchedule, models.CASCADE, related_name="overrides")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    start_time = models.TimeField(_("from"), null=True, blank=True)
    end_time = models.TimeField(_("to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["start_date", "start_time"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="appointments_override_dates",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(kind="block", start_time__isnull=True, end_time__isnull=True)
                # Null is neither true nor false: a comparison alone would let a missing end pass.
                | ~Q(kind="block") & Q(start_time__isnull=False, end_time__isnull=False, end_time__gt=F("start_time")),
                name="appointments_override_times",
                violation_error_message=_(
                    "Give a window that ends after it starts; whole days are blocked without times."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.start_date}-{self.end_date}"


@tracked()
class AppointmentType(models.Model):
    """A kind of appointment a host offers, with its rules."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Offered")
        ARCHIVED = "archived", _("Not offered any more")

    class Horizon(models.TextChoices):
        DAYS = "days", _("Days from today")
        BUSINESS_DAYS = "business_days", _("Weekdays from today")
        FIXED = "fixed", _("Between two dates")

    class Modality(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        VIDEO = "video", _("Video call")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointment_types")
    schedule = models.ForeignKey(AvailabilitySchedule, models.PROTECT, related_name="types")
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True, max_length=5_000)
    modality = models.CharField(_("how"), max_length=10, choices=Modality, default=Modality.IN_PERSON)
    location = models.CharField(_("place or link"), max_length=300, blank=True)
    duration_minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    # Starts are offered at this step, apart from the length.
    interval_minutes = models.PositiveSmallIntegerField(
        _("a start every (minutes)"), default=15, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    buffer_before_minutes = models.PositiveSmallIntegerField(
        _("free minutes before"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        _("free minutes after"), default=0, validators=[MaxValueValidator(240)]
    )
    notice_minutes = models.PositiveIntegerField(
        _("book at least (minutes) ahead"), default=120, validators=[MaxValueValidator(525_600)]
    )
    cancel_cutoff_minutes = models.PositiveIntegerField(
        _("cancel at least (minutes) ahead"), default=120, validators=[MaxValueValidator(525_600)]
    )
    move_cutoff_minutes = models.PositiveIntegerField(
        _("move at least (minutes) ahead"), default=120, validators=[MaxValueValidator(525_600)]
    )
    horizon = models.CharField(_("how far ahead"), max_length=13, choices=Horizon, default=Horizon.DAYS)
    horizon_days = models.PositiveSmallIntegerField(
        _("days ahead"), default=90, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    opens_on = models.DateField(_("first day offered"), null=True, blank=True)
    closes_on = models.DateField(_("last day offered"), null=True, blank=True)
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=1, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    # Open bookings of one student with this host at once, and in all; null is no limit.
    max_open_per_student = models.PositiveSmallIntegerField(
        _("open bookings per student"), null=True, blank=True, default=1
    )
    max_total_per_student = models.PositiveSmallIntegerField(_("bookings per student in a term"), null=True, blank=True)
    # May a student book against an own class after being told?
    allow_class_conflict = models.BooleanField(_("may be booked during the student's own class"), default=False)
    # Each booking is a request first, which holds the time until the host answers, for so many hours at most.
    needs_confirmation = models.BooleanField(_("ask me before it is booked"), default=False)
    answer_hours = models.PositiveSmallIntegerField(
        _("hours to answer"), default=24, validators=[MinValueValidator(1), MaxValueValidator(168)]
    )
    sections = models.ManyToManyField(Section, blank=True, related_name="appointment_types")
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)

    objects = AppointmentTypeQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        permissions = [("host_appointments", "Can offer office hours")]
        constraints = [
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=5, interval_minutes__gte=5, seats__gte=1),
                name="appointments_type_positive",
                violation_error_message=_("Length and step are at least 5 minutes, and there is at least one seat."),
            ),
            models.CheckConstraint(
                condition=Q(needs_confirmation=False) | Q(seats=1),
                name="appointments_type_confirmed_alone",
                violation_error_message=_("What you confirm one by one has one seat."),
            ),
            models.CheckConstraint(
                condition=~Q(horizon="fixed")
                | Q(opens_on__isnull=False, closes_on__isnull=False, closes_on__gte=F("opens_on")),
                name="appointments_type_fixed_range",
                violation_error_message=_("Give the first and the last day, in this order."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


@tracked()
class Session(models.Model):
    """A host's time that is booked; a free slot is computed and has no row."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CANCELLED = "cancelled", _("Cancelled")

    lock_rank = 2

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    type = models.ForeignKey(AppointmentType, models.PROTECT, related_name="sessions")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sessions_hosted")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # With the buffers: what the host's claim covers.
    block_starts_at = models.DateTimeField()
    block_ends_at = models.DateTimeField()
    seats = models.PositiveSmallIntegerField(default=1)
    location = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    host_claim = models.OneToOneField(Claim, models.SET_NULL, null=True, blank=True, related_name="session")

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["host", "starts_at"], name="appointments_session_host")]
        constraints = [
            models.UniqueConstraint(
                fields=["host", "starts_at"], condition=~Q(status="cancelled"), name="appointments_session_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    ends_at__gt=F("starts_at"), block_starts_at__lte=F("starts_at"), block_ends_at__gte=F("ends_at")
                ),
                name="appointments_session_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host_id} {self.starts_at:%Y-%m-%d %H:%M}Z"


@tracked()
class Appointment(models.Model):
    """One student's booking; it keeps its identity and calendar UID when it moves to another session."""

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        PENDING = "pending", _("Waiting for the host")
        CONFIRMED = "confirmed", _("Booked")
        CANCELLED_BY_STUDENT = "cancelled_by_student", _("Cancelled by the student")
        CANCELLED_BY_HOST = "cancelled_by_host", _("Cancelled by the host")
        DECLINED = "declined", _("Declined by the host")
        EXPIRED = "expired", _("Lapsed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="appointments")
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appointments")
    status = models.CharField(max_length=20, choices=Status, default=Status.CONFIRMED)
    topic = models.CharField(_("topic"), max_length=500, blank=True)
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    booked_at = models.DateTimeField(default=timezone.now)
    cancel_reason = models.CharField(_("reason"), max_length=500, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    moved_from = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="+")
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    claim = models.OneToOneField(Claim, models.SET_NULL, null=True, blank=True, related_name="appointment")
    ical_uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ical_sequence = models.PositiveIntegerField(default=0)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["session__starts_at", "pk"]
        permissions = [
            ("book_appointments", "Can book appointments for oneself"),
            ("cancel_any_appointment", "Can cancel and move any appointment"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "student"],
                condition=Q(status__in=["held", "pending", "confirmed"]),
                name="appointments_once_per_session",
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} with {self.session_id}: {self.status}"

    @property
    def is_cancelled(self) -> bool:
        return self.status in (self.Status.CANCELLED_BY_HOST, self.Status.CANCELLED_BY_STUDENT)


class AppointmentEvent(models.Model):
    """One change of an appointment: what, who, when and why."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who worked in the name of the actor, when somebody did.
    impersonator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, default=real_actor, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.kind
