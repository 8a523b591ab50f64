"""When and where: rooms, weekly patterns, dated meetings, closures and the ledger of taken time."""

import uuid
from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.validators import validate_time_zone
from core.history import tracked
from courses.models import Section, Term
from courses.validators import validate_code
from scheduling.querysets import ClaimQuerySet, MeetingPatternQuerySet, MeetingQuerySet, RoomQuerySet
from scheduling.rollover_models import Rollover, RolloverLine  # noqa: F401  models of this app


def campus_zone() -> str:
    return settings.CAMPUS_TIME_ZONE


class Building(models.Model):
    """A building with rooms; its zone is the wall clock of what happens there."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=20, unique=True, validators=[validate_code])
    name = models.CharField(_("name"), max_length=120)
    zone = models.CharField(_("time zone"), max_length=64, default=campus_zone, validators=[validate_time_zone])

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class RoomFeature(models.Model):
    """Something that a room has and a class may need, such as a projector."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Room(models.Model):
    """A place in which one thing happens at a time."""

    lock_rank = 3

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    building = models.ForeignKey(Building, models.PROTECT, related_name="rooms", verbose_name=_("building"))
    code = models.CharField(_("room"), max_length=30)
    name = models.CharField(_("name"), max_length=120, blank=True)
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    is_accessible = models.BooleanField(_("step-free"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)
    features = models.ManyToManyField(RoomFeature, related_name="rooms", blank=True, verbose_name=_("features"))

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["building__code", "code"]
        permissions = [("edit_rooms", "Can create and change buildings, rooms and closures")]
        constraints = [
            models.UniqueConstraint(
                fields=["building", "code"],
                name="scheduling_room_code_unique",
                violation_error_message=_("This building has a room with this code already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.building.code} {self.code}"


@tracked()
class MeetingPattern(models.Model):
    """A rule that says on which weekdays, when and where sections meet.

    Several sections may share one pattern: a lecture of many discussion groups, or cross-listed courses. They share its
    meetings and so one claim. A dated event, such as a final exam, is a pattern of one day.
    """

    class Kind(models.TextChoices):
        CLASS = "class", _("Class")
        EXAM = "exam", _("Exam")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    term = models.ForeignKey(Term, models.PROTECT, related_name="patterns")
    sections = models.ManyToManyField(Section, related_name="patterns")
    kind = models.CharField(_("kind"), max_length=5, choices=Kind, default=Kind.CLASS)
    schedule_type = models.CharField(_("schedule type"), max_length=10, blank=True)
    is_tba = models.BooleanField(_("to be arranged"), default=False)
    # Bit 0 is Monday, bit 6 Sunday.
    days = models.PositiveSmallIntegerField(_("weekdays"), default=0, validators=[MaxValueValidator(127)])
    start_time = models.TimeField(_("from"), null=True, blank=True)
    end_time = models.TimeField(_("to"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, default=campus_zone, validators=[validate_time_zone])
    start_date = models.DateField(_("first day"), null=True, blank=True)
    end_date = models.DateField(_("last day"), null=True, blank=True)
    interval_weeks = models.PositiveSmallIntegerField(
        _("every how many weeks"), default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="patterns", verbose_name=_("room")
    )
    instructors = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="patterns_taught", blank=True)
    # Why a room with fewer seats than the class was accepted.
    capacity_reason = models.CharField(_("reason for a small room"), max_length=200, blank=True)
    # The pattern of an earlier term that this one was made from.
    copied_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="copies"
    )

    objects = MeetingPatternQuerySet.as_manager()

    class Meta:
        permissions = [
            ("edit_meetings", "Can create, move and cancel meetings"),
            ("resolve_clashes", "Can accept and resolve clashes"),
            ("view_any_timetable", "Can see the timetable of any person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_tba=True)
                | Q(
                    start_time__isnull=False,
                    end_time__isnull=False,
                    start_date__isnull=False,
                    end_date__isnull=False,
                    days__gt=0,
                ),
                name="scheduling_pattern_arranged_or_tba",
                violation_error_message=_("Give weekdays, times and dates, or mark the meeting “to be arranged”."),
            ),
            models.CheckConstraint(
                condition=Q(is_tba=True) | Q(end_time__gt=F("start_time")),
                name="scheduling_pattern_ends_after_start",
                violation_error_message=_("A meeting must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(is_tba=True) | Q(end_date__gte=F("start_date")),
                name="scheduling_pattern_dates",
                violation_error_message=_("The last day cannot be before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_type or self.get_kind_display()} {self.pk}"


@tracked()
class Meeting(models.Model):
    """One dated meeting of a pattern."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        MOVED = "moved", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pattern = models.ForeignKey(MeetingPattern, models.CASCADE, related_name="meetings")
    # The instant the rule gave; a moved meeting keeps it.
    original_start = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="meetings")
    room_claim = models.OneToOneField("Claim", models.SET_NULL, null=True, blank=True, related_name="room_meeting")
    status = models.CharField(max_length=10, choices=Status, default=Status.SCHEDULED)
    # True where the clock change removed the ruled time and the meeting starts later by the gap.
    is_shifted = models.BooleanField(default=False)
    # The closure that cancelled it; without it the meeting stands again.
    closure = models.ForeignKey("Closure", models.SET_NULL, null=True, blank=True, related_name="cancelled_meetings")
    ical_sequence = models.PositiveIntegerField(default=0)
    # Why it was moved or cancelled, for those who come to it.
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["starts_at"], name="scheduling_meeting_starts")]
        constraints = [
            models.UniqueConstraint(fields=["pattern", "original_start"], name="scheduling_meeting_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="scheduling_meeting_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.pattern} {self.starts_at:%Y-%m-%d %H:%M}Z"


class MeetingInstructor(models.Model):
    """A person who teaches one dated meeting, with the claim on that person's time."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="meeting_instructors")
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="meetings_taught")
    claim = models.OneToOneField("Claim", models.SET_NULL, null=True, blank=True, related_name="instructor_meeting")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "instructor"], name="scheduling_meeting_instructor_once")
        ]

    def __str__(self) -> str:
        return f"{self.instructor_id} @ {self.meeting_id}"


@tracked()
class Closure(models.Model):
    """Days on which the institution does not meet, for classes and appointments alike."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))

    class Meta:
        ordering = ["start_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="scheduling_closure_dates",
                violation_error_message=_("The last day cannot be before the first."),
            )
        ]

    def __str__(self) -> str:
        return self.name


def _as_range(field: str) -> Func:
    # Equality inside a GiST index without an extension: the scalar goes in as a range of one.
    return Func(F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def _never_twice(name: str, field: str, message: Any) -> ExclusionConstraint:
    # A null would make an unbounded range that clashes with everything, so the condition leaves it out.
    return ExclusionConstraint(
        name=name,
        index_type="gist",
        expressions=[(_as_range(field), RangeOperators.OVERLAPS), ("during", RangeOperators.OVERLAPS)],
        condition=Q(**{f"{field}__isnull": False}, active=True, hard=True),
        violation_error_message=message,
    )


class Claim(models.Model):
    """A room or a person is taken during a half-open stretch of time. Written by `scheduling.operations` only."""

    class Source(models.TextChoices):
        MEETING = "meeting", _("Class meeting")
        EXAM = "exam", _("Exam")
        APPOINTMENT = "appointment", _("Appointment")
        ROOM_BOOKING = "room_booking", _("Room booking")
        ABSENCE = "absence", _("Absence")
        EXTERNAL = "external", _("Other calendar")

    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="claims")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="claims")
    during = DateTimeRangeField()
    source = models.CharField(max_length=12, choices=Source)
    # A soft claim stands beside another one; a hard one is alone, and the database sees to it.
    hard = models.BooleanField(default=True)
    active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="scheduling_claim_soft", condition=Q(hard=False, active=True)),
        ]
        constraints = [
            _never_twice("scheduling_claim_room_once", "room", _("The room is taken at this time.")),
            _never_twice("scheduling_claim_person_once", "person", _("The person is taken at this time.")),
            models.CheckConstraint(
                condition=Q(room__isnull=False, person__isnull=True) | Q(room__isnull=True, person__isnull=False),
                name="scheduling_claim_room_or_person",
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
                name="scheduling_claim_finite",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.during}"


@tracked()
class ConflictOverride(models.Model):
    """Somebody's decision, with a reason, that one claim may stand beside another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="overrides")
    other = models.ForeignKey(Claim, models.PROTECT, related_name="overrides_beside")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "other"], name="scheduling_override_once"),
            models.CheckConstraint(condition=~Q(claim=F("other")), name="scheduling_override_of_two"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.claim_id} beside {self.other_id}: {self.reason}"
