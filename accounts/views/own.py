"""One's own profile, photo, sign-ins and tokens."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.views import PasswordSetView
from allauth.mfa.base.views import AuthenticateView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic.base import ContextMixin

from accounts import operations
from accounts.forms import ProfileForm, TokenForm
from accounts.models import PersonalToken, User
from accounts.policies import can_see_photo
from accounts.queries import live_sessions, may_go_on
from core.errors import DomainError
from core.forms import refuse


@login_required
def profile(request: Any) -> HttpResponse:
    # A copy of its own: a refused form must not change the name in the page's frame.
    form = ProfileForm(request.POST or None, request.FILES or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "person": request.user})


@transaction.atomic
def _save(form: ProfileForm, user: User) -> None:
    operations.change_profile(user, by=user, **form.profile())
    if form.cleaned_data.get("remove_photo"):
        operations.remove_photo(user, by=user)
    elif form.cleaned_data["photo_file"]:
        operations.set_photo(user, form.cleaned_data["photo_file"], by=user)


class SessionList(ListUserSessionsView):
    """One's sign-ins; sending the form ends all the others."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sessions = live_sessions(self.request.user)
        # Not the library's own list: it asks several queries for each session.
        return ContextMixin.get_context_data(self, sessions=sessions, session_count=len(sessions), **kwargs)


def authenticate(request: Any) -> Any:
    """Ask for the second factor of a sign-in that has begun, unless its account has changed in the meantime."""
    begun = unstash_login(request, peek=True)
    if begun and not may_go_on(request, begun.user):
        clear_login(request)
        return redirect("account_login")
    return AuthenticateView.as_view()(request)


# Whoever came by an identity provider has no password: a browser found open must not get one.
password_set = login_required(reauthentication_required(PasswordSetView.as_view()))


@login_required
@require_POST
def session_end(request: Any, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession.objects.filter(user_id=request.user.pk), pk=pk)
    operations.end_session(session, by=request.user)
    messages.success(request, _("The session is ended."))
    return redirect("usersessions_list")


@login_required
def sign_out_everywhere(request: Any) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/sign_out_everywhere.html")
    operations.sign_out_everywhere(request.user, by=request.user)
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("account_login")


@login_required
@reauthentication_required(allow_get=True)
def token_list(request: Any) -> HttpResponse:
    form, secret = TokenForm(request.POST or None, user=request.user), ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            secret = operations.mint_token(
                request.user, given["name"], given["scopes"], days=given["days"], by=request.user
            )
        except DomainError as exc:
            refuse(form, exc)
        else:
            get_adapter(request).send_notification_mail("account/email/token_made", request.user)
            form = TokenForm(user=request.user)
    tokens = PersonalToken.objects.visible_to(request.user).live().order_by("-created_at")
    # Not after a redirect: the secret is in no session and in no history, only in this answer.
    return render(request, "accounts/token_list.html", {"form": form, "secret": secret, "tokens": tokens})


@login_required
@require_POST
def token_revoke(request: Any, public_id: Any) -> HttpResponse:
    token = get_object_or_404(PersonalToken.objects.visible_to(request.user), public_id=public_id)
    operations.revoke_token(token, by=request.user)
    messages.success(request, _("The token is ended."))
    return redirect("accounts:token_list")


@login_required
def photo(request: HttpRequest, public_id: Any) -> FileResponse:
    person = get_object_or_404(User, public_id=public_id)
    if not person.photo or not can_see_photo(request.user, person):
        raise Http404
    try:
        file = person.photo.open()
    except FileNotFoundError as exc:
        raise Http404 from exc
    response = FileResponse(file, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
