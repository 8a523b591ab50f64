"""Invitations: those who invite, and those who follow the link in their mail."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import operations
from accounts.errors import InvitationOver
from accounts.forms.invitations import InviteForm, NewcomerForm, StateForm
from accounts.models import Invitation
from accounts.policies import can_invite_people
from accounts.queries import account_of, has_confirmed
from core.errors import DomainError
from core.forms import refuse

PAGE = 50


@login_required
def invitation_list(request: Any) -> HttpResponse:
    """The invitations to the roles that this person may give, newest first."""
    if not can_invite_people(request.user):
        raise PermissionDenied
    form = StateForm(request.GET)
    found = Invitation.objects.visible_to(request.user).select_related("invited_by")
    if form.is_valid():
        state, words = form.cleaned_data["state"], form.cleaned_data["q"]
        found = found.in_state(state) if state else found
        found = found.filter(email__icontains=words) if words else found
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(
        request, "accounts/invitation_list.html", {"form": form, "page_obj": page, "states": StateForm.STATES}
    )


@login_required
def invitation_create(request: Any) -> HttpResponse:
    if not can_invite_people(request.user):
        raise PermissionDenied
    form = InviteForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid() and _invite_all(request, form):
        return redirect("accounts:invitation_list")
    return render(request, "accounts/invitation_create.html", {"form": form})


def _invite_all(request: Any, form: InviteForm) -> bool:
    """Invite each address by itself, and say of each that was refused why; return whether all were invited."""
    given, refused = {**form.cleaned_data}, []
    for email in given["emails"]:
        try:
            operations.invite(email, given["role"], note=given["note"], by=request.user)
        except DomainError as exc:
            refused.append(email)
            form.add_error("emails", ValidationError(f"{email}: {exc}", code=exc.code))
    if done := len(given["emails"]) - len(refused):
        messages.success(request, ngettext("%d person is invited.", "%d people are invited.", done) % done)
        # What was done is not asked again: the form keeps those that were refused.
        form.data = form.data.copy()
        form.data["emails"] = "\n".join(refused)
    return not refused


def _visible(request: Any, public_id: Any) -> Invitation:
    return get_object_or_404(Invitation.objects.visible_to(request.user), public_id=public_id)


@login_required
@require_POST
def invitation_resend(request: Any, public_id: Any) -> HttpResponse:
    try:
        operations.resend_invitation(_visible(request, public_id), by=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("A new mail is on its way; the link of the one before is not good any more."))
    return redirect("accounts:invitation_list")


@login_required
def invitation_revoke(request: Any, public_id: Any) -> HttpResponse:
    invitation = _visible(request, public_id)
    if request.method != "POST":
        return render(request, "accounts/invitation_revoke.html", {"invitation": invitation})
    try:
        operations.revoke_invitation(invitation, by=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("The invitation is taken back."))
    return redirect("accounts:invitation_list")


@sensitive_post_parameters("password1", "password2")
def invitation(request: Any, public_id: Any, key: str) -> HttpResponse:
    """What the link in the mail opens; nothing happens before a button is pressed."""
    try:
        found = operations.opened(public_id, key)
    except InvitationOver as exc:
        return _over(request, exc)
    context = {"invitation": found, "role": capfirst(found.role)}
    if request.user.is_authenticated:
        return _for_signed_in(request, context)
    account = account_of(found.email)
    if account and has_confirmed(account, found.email):
        here = reverse("accounts:invitation", args=[public_id, key])
        return render(request, "accounts/invitation_sign_in.html", context | {"here": here})
    return _for_newcomer(request, context)


def _over(request: HttpRequest, exc: InvitationOver) -> HttpResponse:
    return render(request, "accounts/invitation_over.html", {"refusal": exc}, status=404)


def _for_signed_in(request: Any, context: dict[str, Any]) -> HttpResponse:
    found = context["invitation"]
    if not has_confirmed(request.user, found.email):
        return render(request, "accounts/invitation_another.html", context, status=403)
    if request.method != "POST":
        return render(request, "accounts/invitation_accept.html", context)
    try:
        operations.accept_invitation(found, by=request.user)
    except InvitationOver as exc:
        return _over(request, exc)
    messages.success(request, _("You have the role now: %(role)s.") % {"role": context["role"]})
    return redirect("home")


def _for_newcomer(request: Any, context: dict[str, Any]) -> HttpResponse:
    form = NewcomerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            user = operations.accept_as_newcomer(
                context["invitation"],
                password=given["password1"],
                given_name=given["given_name"],
                family_name=given["family_name"],
            )
        except InvitationOver as exc:
            return _over(request, exc)
        except ValidationError as exc:
            form.add_error("password1", exc.messages)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Welcome. You have the role now: %(role)s.") % {"role": context["role"]})
            return perform_login(request, user, email_verification="mandatory", redirect_url=reverse("home"))
    return render(request, "accounts/invitation_newcomer.html", context | {"form": form})
