"""What stands between a session and a page: its end, the second factor of staff, the reader's zone and language."""

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation

from accounts import operations
from accounts.errors import ImpersonationForbids, ImpersonationOver, SecondFactorMissing
from accounts.models import ImpersonationEnd, ImpersonationSession
from accounts.queries import must_set_up_factor, provider_asked_for_factor
from core.acting import acting
from core.errors import DomainError
from core.problems import problem, status_of

# What a session of somebody who works in another's name holds of it.
IN_NAME = "in_name"
# Writing down every request would be a write for each page.
SEEN_EVERY_SECONDS = 60


def _is_signed_in(request: HttpRequest) -> bool:
    # Without a session there is nobody to ask for: a public page costs no query.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


class SessionLimitsMiddleware:
    """End a session after half a day, and that of staff when it was left alone; note when it was last seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_signed_in(request):
            now = int(time.time())
            if self._is_over(request, now):
                logout(request)
            elif now - request.session.get("seen_at", 0) >= SEEN_EVERY_SECONDS:
                request.session["seen_at"] = now
                request.session.setdefault("began_at", now)
                UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _is_over(self, request: HttpRequest, now: int) -> bool:
        began, seen = request.session.get("began_at", now), request.session.get("seen_at", now)
        idle = request.user.is_staff and now - seen > settings.STAFF_IDLE_SECONDS
        return idle or now - began > settings.SESSION_COOKIE_AGE


def keep_only_this_session(user: Any, **kwargs: Any) -> None:
    """Receive the word that a password, an address or a factor of `user` changed: all their sign-ins end.

    The session in which they changed it themselves goes on, under a new key.
    """
    operations.end_sign_ins(user)
    user.refresh_from_db(fields=["token_epoch", "session_epoch"])
    request = context.request
    signed_in = getattr(request, "user", None)
    if signed_in is not None and signed_in.is_authenticated and signed_in.pk == user.pk:
        signed_in.session_epoch = user.session_epoch
        update_session_auth_hash(request, signed_in)
        UserSession.objects.create_from_request(request)


def forget_wrong_passwords(request: Any, user: Any, **kwargs: Any) -> None:
    """Receive the word that somebody chose a new password by the link in their mail.

    Who guesses at an account blocks its password for a while; its owner gets in at once by the mailbox that is theirs.
    """
    rates = account_settings.RATE_LIMITS["login_failed"].split(",")
    per_account = {"login_failed": next(rate for rate in rates if rate.endswith("/key"))}
    key = get_adapter()._get_login_attempts_cache_key(request, email=user.email)
    ratelimit.clear(request, app="allauth.account", action="login_failed", config=per_account, key=key)


def note_new_factor(instance: Any, created: bool, **kwargs: Any) -> None:
    if created:
        keep_only_this_session(instance.user)


def note_lost_factor(instance: Any, **kwargs: Any) -> None:
    keep_only_this_session(instance.user)


def note_beginning(request: Any, **kwargs: Any) -> None:
    """Receive the word that somebody signed in: the session's age is counted from here."""
    request.session["began_at"] = request.session["seen_at"] = int(time.time())


class StaffFactorMiddleware:
    """Staff without a second factor reach only the pages where they set one up."""

    # The pages by which one sets a factor up, and those that are nobody's business.
    open = ("mfa_index", "account_reauthenticate", "account_logout", "theme", "health_live", "health_ready")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        shut = _is_signed_in(request) and must_set_up_factor(request.user) and not provider_asked_for_factor(request)
        if not shut or request.path.startswith(tuple(reverse(name) for name in self.open)):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return _refused(SecondFactorMissing())
        return redirect("mfa_index")


def _refused(error: DomainError) -> HttpResponse:
    code = status_of(error)
    body = orjson.dumps(problem(code, error_code=error.code, detail=str(error)))
    return HttpResponse(body, status=code, content_type="application/problem+json")


class ImpersonationMiddleware:
    """Let an administrator who began it be somebody else in this request, at the doors that are open to that.

    The session stays that of the administrator. Each request asks anew whether the work goes on; one that came too
    late is not done, neither in the one name nor in the other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.doors = import_module(settings.IMPERSONATION_DOORS)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_signed_in(request) or IN_NAME not in request.session:
            return self.get_response(request)
        session = _work_of(request)
        session.actor = request.user
        if cause := operations.why_over(session, epoch=request.session[IN_NAME]["epoch"]):
            end_in_name(request, session, cause)
            return _over(request)
        request.impersonation, request.user = session, session.subject
        with acting(session.actor_id):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if getattr(request, "impersonation", None) is None:
            return None
        name = request.resolver_match.view_name or ""
        # A token would speak for another than the one whose name stands on the banner.
        if "Authorization" not in request.headers and self.doors.is_open(name, request.method):
            return None
        return _answered(request, ImpersonationForbids())


def _work_of(request: HttpRequest) -> ImpersonationSession:
    found = ImpersonationSession.objects.select_related("subject", "end")
    return found.get(pk=request.session[IN_NAME]["id"], actor_id=request.user.pk)


def begin_in_name(request: HttpRequest, session: ImpersonationSession) -> None:
    """Let the requests of this session be those of the subject from now on, under a new key."""
    request.session[IN_NAME] = {"id": session.pk, "epoch": session.subject.session_epoch}
    _renew(request)


def end_in_name(request: HttpRequest, session: ImpersonationSession, cause: str) -> None:
    """Let the session be that of the administrator alone again, under a new key."""
    operations.end_impersonation(session, by=session.actor, cause=cause)
    request.user = session.actor
    request.session.pop(IN_NAME, None)
    _renew(request)


def _renew(request: HttpRequest) -> None:
    request.session.cycle_key()
    rotate_token(request)
    UserSession.objects.create_from_request(request)


def note_sign_out(request: Any, **kwargs: Any) -> None:
    """Receive the word that somebody signs out: the work in another's name ends with the session."""
    if request is not None and IN_NAME in request.session:
        session = ImpersonationSession.objects.get(pk=request.session[IN_NAME]["id"])
        operations.end_impersonation(session, by=session.actor, cause=ImpersonationEnd.Cause.SIGNED_OUT)


def _over(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _refused(ImpersonationOver())
    messages.warning(request, str(ImpersonationOver()))
    return redirect("home")


def _answered(request: HttpRequest, error: DomainError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return _refused(error)
    return render(request, "errors/refused.html", {"refusal": error}, status=status_of(error))


class PersonalSettingsMiddleware:
    """Each page in the reader's own time zone and language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.campus = ZoneInfo(settings.CAMPUS_TIME_ZONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_signed_in(request):
            with timezone.override(self.campus):
                response = self.get_response(request)
            if request.path.startswith("/api/"):
                # Whoever brings a token is known only behind this middleware, and the answer may be a token itself.
                response.headers.setdefault("Cache-Control", "no-store")
            return response
        with timezone.override(request.user.zone), translation.override(request.user.locale):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
