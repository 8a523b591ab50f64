"""The one settings file. Every variation comes from the environment; `.env.example` lists the variables."""

import zoneinfo
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from pghistory.config import ObjForeignKey

from coursemgmt import env, federation, logs
from coursemgmt.roles import PERMISSION_WORDS as WORDS
from coursemgmt.roles import ROLES as ROLE_PERMISSIONS

# Only the pinned tzdata package is read: the operating system's copy is often out of date.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")

DEBUG = env.boolean("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY")
JWT_SIGNING_KEY = env.text("JWT_SIGNING_KEY")
if DEBUG:
    # Development only: `check --deploy` refuses these in production because DEBUG is off there.
    SECRET_KEY = SECRET_KEY or "development-only-" + "0" * 48
    JWT_SIGNING_KEY = JWT_SIGNING_KEY or "development-only-" + "1" * 48
if not SECRET_KEY or not JWT_SIGNING_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY and JWT_SIGNING_KEY, or DEBUG=true for development.")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
SITE_URL = env.url("SITE_URL", "http://localhost:" + str(env.integer("PORT", 8000, 1)))
SITE_NAME = env.text("SITE_NAME", "Northfield University")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", [])

# Who else may say who somebody is: none, unless the environment names an identity provider.
SOCIALACCOUNT_PROVIDERS = federation.providers(DEBUG)

INSTALLED_APPS = [
    "coursemgmt",
    "accounts",
    "notifications",
    "courses",
    "scheduling",
    "students",
    "appointments",
    "integrations",
    "reports",
    "coursemgmt.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    *federation.apps(SOCIALACCOUNT_PROVIDERS),
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "crispy_forms",
    "crispy_bootstrap5",
    "bootstrap",
    "django_htmx",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "accounts.middleware.StaffFactorMiddleware",
    "accounts.middleware.ImpersonationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.PersonalSettingsMiddleware",
    "students.middleware.PreviewMiddleware",
    "core.history.HistoryMiddleware",
    "core.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "coursemgmt.urls"
WSGI_APPLICATION = "coursemgmt.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "coursemgmt.context_processors.frame",
            ],
        },
    },
]


def _database() -> dict[str, object]:
    """Return the DATABASES entry of DATABASE_URL, or the embedded server when it is unset."""
    common: dict[str, object] = {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.text("TEST_DATABASE_NAME", "test_coursemgmt")},
    }
    if not env.text("DATABASE_URL"):
        home = VAR_DIR / "postgres"
        return common | {
            "ENGINE": "coursemgmt.embedded",
            "NAME": "coursemgmt",
            "USER": "postgres",
            "EMBEDDED_HOME": str(home),
        }
    return common | {"ENGINE": "django.db.backends.postgresql"} | env.database("DATABASE_URL")


DATABASES = {"default": _database()}
# The address is unique without regard to case, by a constraint over lower(email) that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # The default of 300 entries culls live counters of the sign-in limiter.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# However busy, a session ends after half a day; that of staff also when it was left alone.
SESSION_COOKIE_AGE = 12 * 60 * 60
STAFF_IDLE_SECONDS = 30 * 60

# People -------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
ROLES = ROLE_PERMISSIONS
PERMISSION_WORDS = WORDS
# Which doors are open to an administrator who works in somebody's name.
IMPERSONATION_DOORS = "coursemgmt.impersonation"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
# A new address counts when it is confirmed, and the old one is told; changing it asks for a fresh sign-in.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpBase"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.password.EvenSignupForm",
    "reset_password": "accounts.forms.password.EvenResetPasswordForm",
    "reset_password_from_key": "accounts.forms.password.OnceResetPasswordKeyForm",
    "change_password": "accounts.forms.password.CountedChangePasswordForm",
}
# A campus sits behind one address: strict per account, wide per address.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "10/5m/key,300/5m/ip",
    "signup": "120/m/ip",
    "reset_password": "60/m/ip,5/5m/key",
    "reset_password_from_key": "120/m/ip",
    "confirm_email": "1/m/key",
    "change_password": "5/5m/user",
    "reauthenticate": "20/5m/user",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
# Staff and administrators enter with a second factor; the demonstration does without and says so on its pages.
REQUIRE_STAFF_MFA = env.boolean("REQUIRE_STAFF_MFA", not DEBUG)
MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "accounts.forms.PasskeyForm"}
MFA_TOTP_ISSUER = SITE_NAME
# Per address alone, since nothing about an account can be guessed there: as wide as signing in.
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
PASSWORD_RESET_TIMEOUT = 60 * 60
SOCIALACCOUNT_ADAPTER = "accounts.adapter.FederationAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
# What somebody new gets whom the provider signs in.
FEDERATED_ROLE = env.text("FEDERATED_ROLE")
if FEDERATED_ROLE not in {"", "student"}:
    raise ImproperlyConfigured("The environment variable FEDERATED_ROLE must be empty or student.")

# History ------------------------------------------------------------------------------------------------------------

PGHISTORY_OBJ_FIELD = ObjForeignKey(related_name="history")
# Signs the seals on the history. Not the secret of sessions: that one changes, and this one stays.
HISTORY_KEY = env.text("HISTORY_KEY") or SECRET_KEY

# Time and language --------------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
CAMPUS_TIME_ZONE = env.zone("CAMPUS_TIME_ZONE", "America/New_York")
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]

# Mail ---------------------------------------------------------------------------------------------------------------

EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", not EMAIL_USE_SSL)
if EMAIL_USE_SSL and EMAIL_USE_TLS:
    raise ImproperlyConfigured("Set EMAIL_USE_SSL or EMAIL_USE_TLS, not both.")
EMAIL_PORT = env.integer("EMAIL_PORT", 465 if EMAIL_USE_SSL else 587, 1)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_TIMEOUT = env.integer("EMAIL_TIMEOUT", 10, 1)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Course office <courses@localhost>")
MAIL_DIR = VAR_DIR / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "notifications.mail.backend.LocalFileBackend"
)
# The page that shows locally stored mail exists in development only.
SHOW_LOCAL_MAIL = DEBUG and not EMAIL_HOST

# Files --------------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads are private: no URL serves this directory, a view checks permission first.
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "uploads")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Who was erased, in a file that no restored backup turns back.
ERASURE_LIST = env.path("ERASURE_LIST", VAR_DIR / "erasures.txt")
# How many days something stays; docs/privacy.md says what each is.
KEEP_DAYS = {
    "sign_ins": env.integer("KEEP_SIGN_INS_DAYS", 30, 1),
    "tokens": env.integer("KEEP_TOKENS_DAYS", 90, 1),
    "invitations": env.integer("KEEP_INVITATIONS_DAYS", 90, 1),
    "repeats": env.integer("KEEP_REPEATS_DAYS", 7, 1),
    "mail": env.integer("KEEP_MAIL_DAYS", 90, 1),
    "outbox": env.integer("KEEP_OUTBOX_DAYS", 730, 1),
    "mail_files": env.integer("KEEP_MAIL_FILES_DAYS", 30, 1),
    "looks": env.integer("KEEP_LOOKS_DAYS", 1825, 1),
    "copies": env.integer("KEEP_COPIES_DAYS", 7, 1),
    "files": env.integer("KEEP_FILES_DAYS", 30, 1),
    "jobs": env.integer("KEEP_JOBS_DAYS", 30, 1),
    "hours": env.integer("KEEP_HOURS_DAYS", 365, 1),
    "admin_log": env.integer("KEEP_ADMIN_LOG_DAYS", 730, 1),
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# With files; as in the proxy's client_max_body_size of docs/deployment.md.
LARGEST_REQUEST = 12 * 1024 * 1024
# The scores of a large lecture are one form with a field for each student.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# Forms and API ------------------------------------------------------------------------------------------------------

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.access.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["core.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": [
        "accounts.api.authentication.OwnRows",
        "core.filters.StrictFilterBackend",
    ],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "core.schema.AutoSchema",
    "DEFAULT_METADATA_CLASS": "core.metadata.Methods",
    "EXCEPTION_HANDLER": "core.problems.exception_handler",
    "PAGE_SIZE": 50,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "coursemgmt API",
    "DESCRIPTION": "Terms, classes, seats, timetables and appointments of one university.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "core.schema.say_formats"],
    # Fields of one name with different choices; without these the document would number them.
    "ENUM_NAME_OVERRIDES": {
        "WeekdayEnum": "core.weekdays.NAMES",
        "TermKindEnum": "courses.models.Term.Kind",
        "RequirementKindEnum": "courses.models.Requirement.Kind",
        "CourseStatusEnum": "courses.models.Course.Status",
        "SectionStatusEnum": "courses.models.Section.Status",
        "SectionApprovalEnum": "courses.models.Section.Approval",
        "SectionRoleEnum": "courses.models.SectionInstructor.Role",
        "AssistantRoleEnum": "courses.forms.assistants.HELPERS",
        "MeetingKindEnum": "scheduling.models.MeetingPattern.Kind",
        "MeetingStatusEnum": "scheduling.models.Meeting.Status",
        "OverrideKindEnum": "students.models.Override.Kind",
        "HoldCauseEnum": "students.models.Hold.Cause",
        "OverrideRequestStateEnum": "students.models.OverrideRequest.State",
        "EnrollmentStatusEnum": "students.models.Enrollment.Status",
        "WaitlistEventKindEnum": "students.models.WaitlistEvent.Kind",
        "WaitlistEntryStatusEnum": "students.models.WaitlistEntry.Status",
        "DataRequestKindEnum": "coursemgmt.models.DataRequest.Kind",
        "DataRequestStateEnum": "coursemgmt.models.DataRequest.State",
        "ImportModeEnum": "integrations.models.ImportRun.Mode",
        "ImportStateEnum": "integrations.models.ImportRun.State",
        "ImportActionEnum": "integrations.models.ImportRow.Action",
        "ImportResultEnum": "integrations.models.ImportRow.Result",
        "PreEnrollmentStateEnum": "students.models.PreEnrollment.State",
        "RolloverStateEnum": "scheduling.models.Rollover.State",
        "RolloverResultEnum": "scheduling.models.RolloverLine.Result",
        "AvailabilityKindEnum": "appointments.models.AvailabilityOverride.Kind",
    },
}
# What each operation asks of a token, and which scopes a person can give one.
API_SCOPES = "coursemgmt.scopes"
# How many days before the pages of a class close its students are told; 0 tells nobody.
CLASS_END_NOTICE_DAYS = env.integer("CLASS_END_NOTICE_DAYS", 7, 0)
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 600, 1)
TOKEN_FAMILY_LIFETIME = timedelta(days=90)
PERSONAL_TOKEN_LIFETIME = timedelta(days=90)
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ALGORITHM": "HS256",
    "AUDIENCE": "coursemgmt",
    "ISSUER": SITE_URL,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "USER_ID_FIELD": "public_id",
    "USER_ID_CLAIM": "sub",
}

# Security -----------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # A form may lead to the identity provider, where one is set up.
        "form-action": ["'self'", *federation.origins(SOCIALACCOUNT_PROVIDERS)],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_COOKIES = env.boolean("SECURE_COOKIES", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 0 if DEBUG else 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.boolean("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)

# Logs ---------------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", env.LOG_LEVELS)
LOG_FORMAT = env.choice("LOG_FORMAT", logs.log_format(), logs.FORMATS)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"safe": {"()": "coursemgmt.logs.formatter"}},
    "filters": {"secrets": {"()": "coursemgmt.logs.HideSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "safe", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django gives its logger a level of its own, which would win over the one above.
        "django": {"level": LOG_LEVEL},
        # It tells at every start, and every minute, what it registered and deferred.
        "procrastinate": {"level": "WARNING"},
    },
}

# The control of the race tests turns row locks off; `core.locks` refuses it outside of tests.
LOCKS_OFF = False
