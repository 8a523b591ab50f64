"""People who sign in, their tokens, and first answers kept for repeated requests."""

import uuid
from zoneinfo import ZoneInfo

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.office_models import (  # noqa: F401  models of this app
    AccountEvent,
    ImpersonationEnd,
    ImpersonationSession,
    Role,
    RolePermission,
)
from accounts.querysets import InvitationQuerySet, PersonalTokenQuerySet, RoleAssignmentQuerySet, UserManager
from accounts.validators import validate_time_zone
from core.history import tracked

# Where nobody gets mail: an account whose address ends so is erased.
ERASED_AT = "@erased.invalid"


def photo_path(user: "User", filename: str) -> str:
    # The name on disk is random: what a person typed never chooses a path.
    return f"photos/{uuid.uuid4().hex}"


@tracked(exclude=["password", "last_login", "token_epoch", "session_epoch"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account; the e-mail address is the sign-in name."""

    lock_rank = 1

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    given_name = models.CharField(_("given name"), max_length=150, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=150, blank=True)
    family_name = models.CharField(_("family name"), max_length=150, blank=True)
    preferred_name = models.CharField(_("preferred name"), max_length=150, blank=True)
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    locale = models.CharField(_("language"), max_length=10, default="en", choices=settings.LANGUAGES)
    # Empty means the zone of the campus.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[validate_time_zone])
    photo = models.FileField(_("photo"), upload_to=photo_path, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    # Raised by whatever must end all tokens of a person at once.
    token_epoch = models.PositiveIntegerField(default=0, editable=False)
    # The same for their browser sessions, which outlive a change of roles.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    # As what the request of a token acts, besides for its owner: None is a browser, which acts as whatever applies.
    contexts: frozenset[str] | None = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message=_("An account with this e-mail address exists already."),
            )
        ]
        permissions = [
            ("view_directory", "Can see everybody's directory entry"),
            ("manage_people", "Can create and deactivate accounts"),
            ("grant_roles", "Can grant and remove roles"),
            ("advise_students", "Can read the records of the students assigned to them"),
            ("assign_advisors", "Can say who advises a student"),
            ("invite_people", "Can invite students and instructors"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def is_erased(self) -> bool:
        return self.email.endswith(ERASED_AT)

    @property
    def display_name(self) -> str:
        """The name as its owner wants to read it; the address's first part when none was given."""
        first = self.preferred_name or self.given_name
        return " ".join(part for part in (first, self.family_name) if part) or self.email.partition("@")[0]

    @property
    def sort_name(self) -> str:
        parts = [self.family_name, self.preferred_name or self.given_name]
        return ", ".join(part for part in parts if part) or self.email

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.CAMPUS_TIME_ZONE)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # The password and whatever raised the epoch end all sessions: the hash that they hold is no longer right.
        said = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.User.session", said, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.preferred_name or self.given_name or self.display_name


class PersonalToken(models.Model):
    """A secret that stands for one person and a few purposes; only its hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_tokens")
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The minute of the newest request and how many there were in it.
    minute = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)

    objects = PersonalTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(scopes=["feed"], revoked_at__isnull=True),
                name="accounts_one_live_feed",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes=["feed"]) | models.Q(expires_at__isnull=False),
                name="accounts_personal_token_expires",
                violation_error_message=_("A personal token has an end."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TokenFamily(models.Model):
    """One signed-in script: its refresh tokens follow one another, and only the newest is good."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="token_families")
    current = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The minute of the newest request and how many there were in it.
    minute = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return str(self.public_id)


class IdempotencyRecord(models.Model):
    """The first answer to a creating request, kept for its repetitions."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="accounts_idempotency_key_unique")]

    def __str__(self) -> str:
        return self.key


@tracked(obj_field=None)
class HeldRole(User.groups.through):  # type: ignore[name-defined]
    """A role that a person holds; here only so that the history tells who gave and who took it."""

    class Meta:
        proxy = True
        verbose_name = _("role of a person")


@tracked()
class Invitation(models.Model):
    """An offer of one role to whoever reads the mail of one address; good once, until it ends or is taken back."""

    lock_rank = 2

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=150)
    note = models.CharField(_("note"), max_length=300, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("invited by"))
    created_at = models.DateTimeField(_("invited at"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends"))
    # Each mail has a link of its own, and only that of the newest mail is good.
    mails = models.PositiveSmallIntegerField(default=1, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "role",
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="accounts_one_open_invitation",
                violation_error_message=_("This address is invited to this role already."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accounts_invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"

    @property
    def state(self) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "open" if self.expires_at > timezone.now() else "expired"


def _key_range(field: str) -> models.Func:
    # The index of ranges takes no plain number; core PostgreSQL makes a range of one, without an extension.
    key = models.F(field)
    return models.Func(key, key, models.Value("[]"), function="int8range", output_field=BigIntegerRangeField())


@tracked()
class RoleAssignment(models.Model):
    """A role that a person holds for one other person alone, while it is valid: advisor of a student."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments", verbose_name=_("holder"))
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name=_("role"))
    advisee = models.ForeignKey(User, models.PROTECT, related_name="advisor_assignments", verbose_name=_("student"))
    valid_from = models.DateTimeField(_("from"), default=timezone.now)
    # Half open; without an end it holds until somebody ends it.
    valid_to = models.DateTimeField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    end_reason = models.CharField(_("reason of the end"), max_length=500, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("advisor of a student")
        verbose_name_plural = _("advisors of students")
        ordering = ["-valid_from", "-pk"]
        indexes = [models.Index(fields=["user", "advisee"], name="accounts_assignment_holder")]
        constraints = [
            ExclusionConstraint(
                name="accounts_assignment_once_at_a_time",
                index_type="gist",
                expressions=[
                    (_key_range("user"), RangeOperators.OVERLAPS),
                    (_key_range("group"), RangeOperators.OVERLAPS),
                    (_key_range("advisee"), RangeOperators.OVERLAPS),
                    (
                        models.Func("valid_from", "valid_to", function="tstzrange", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This person advises the student at that time already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(user=models.F("advisee")),
                name="accounts_assignment_for_another",
                violation_error_message=_("Nobody advises oneself."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="accounts_assignment_ends_after_start",
                violation_error_message=_("It cannot end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.group_id} of {self.advisee_id}"

    @property
    def is_over(self) -> bool:
        return self.valid_to is not None and self.valid_to <= timezone.now()


class RecordAccess(models.Model):
    """One look of staff, of those who teach or of an advisor, at another person's record."""

    class Reader(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator")
        OFFICE = "office", _("Course office")
        TEACHING = "teaching", _("Teaches the class")
        ADVISOR = "advisor", _("Advisor")
        GUARDIAN = "guardian", _("Guardian")

    class What(models.TextChoices):
        RECORD = "record", _("Record")
        PROGRESS = "progress", _("Progress")
        GRADES = "grades", _("Grades in a class")
        ROSTER = "roster", _("Roster of a class")
        ROSTER_FILE = "roster_file", _("Roster of a class, as a file")
        DIRECTORY = "directory", _("List of students")
        GRADE_FILE = "grade_file", _("Grades of a class, as a file")
        STUDENT_FILE = "student_file", _("List of all students, as a file")
        TIMETABLE = "timetable", _("Timetable")
        IN_YOUR_NAME = "in_your_name", _("Worked in your name")

    reader = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    subject = models.ForeignKey(User, models.PROTECT, related_name="record_accesses", db_index=False)
    # What the reader was at the time: roles change, and the person who is read about sees no name.
    role = models.CharField(max_length=15, choices=Reader)
    what = models.CharField(max_length=15, choices=What)
    route = models.CharField(max_length=100)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("look at a record")
        verbose_name_plural = _("looks at records")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "-id"], name="accounts_access_subject")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.what} of {self.subject_id} by {self.reader_id}"
