"""Where an administrator begins and ends the work in somebody's name."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import operations
from accounts.errors import MayNotImpersonate
from accounts.forms.impersonation import ReasonForm
from accounts.middleware import begin_in_name, end_in_name
from accounts.models import ImpersonationEnd, ImpersonationSession, User
from accounts.policies import can_impersonate
from core.errors import DomainError
from core.forms import refuse


@login_required
def impersonation_start(request: Any, public_id: Any) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    if not can_impersonate(request.user, person):
        raise MayNotImpersonate()
    return _start(request, person)


@reauthentication_required
def _start(request: Any, person: User) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            session = operations.start_impersonation(person, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            begin_in_name(request, session)
            _tell(request, session)
            return redirect("home")
    minutes = ImpersonationSession.LONGEST.seconds // 60
    return render(request, "accounts/impersonation_start.html", {"form": form, "person": person, "minutes": minutes})


def _tell(request: Any, session: ImpersonationSession) -> None:
    """Tell the person by mail, in their own zone."""
    with timezone.override(session.subject.zone):
        facts = {"reason": session.reason, "until": session.ends_by}
        get_adapter(request).send_notification_mail("account/email/in_your_name", session.subject, facts)


@login_required
@require_POST
def impersonation_end(request: Any) -> HttpResponse:
    """Be oneself again; somebody who is already is told so."""
    session = getattr(request, "impersonation", None)
    if session is not None:
        end_in_name(request, session, ImpersonationEnd.Cause.ENDED)
        messages.success(request, _("You work in your own name again."))
    return redirect("home")
