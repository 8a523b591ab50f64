"""One's own data: a copy and the erasure; and the list of requests for the course office."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from core.errors import DomainError
from core.forms import refuse
from coursemgmt.models import OPEN, DataRequest
from coursemgmt.privacy import operations
from coursemgmt.privacy.errors import MayNotDecide
from coursemgmt.privacy.forms import EraseMeForm, FindForm, MaybeReasonForm, ReasonForm, StateForm
from coursemgmt.privacy.policies import can_ask_erasure, can_decide, can_see_requests
from students.views.sections import form_status

PAGE = 50
Kind = DataRequest.Kind


def _newest(user: Any, kind: str) -> DataRequest | None:
    found: DataRequest | None = DataRequest.objects.filter(subject=user, kind=kind).first()
    return found


@login_required
def my_data(request: Any) -> HttpResponse:
    """What a person can have done with all that is kept of them, and how far it is."""
    context = {"copy": _newest(request.user, Kind.EXPORT), "erasure": _newest(request.user, Kind.ERASURE)}
    return render(request, "privacy/my_data.html", context)


def _attempt(request: Any, deed: Callable[[], Any], words: str) -> HttpResponse:
    try:
        deed()
    except DomainError as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, words)
    return redirect("privacy:my_data")


@login_required
@require_POST
@reauthentication_required
def copy_ask(request: Any) -> HttpResponse:
    words = _("Your copy is being made. A mail tells you when it is ready.")
    return _attempt(request, lambda: operations.ask_copy(request.user, by=request.user), words)


def _own(request: Any, public_id: Any) -> DataRequest:
    found = DataRequest.objects.visible_to(request.user).filter(subject=request.user).select_related("subject")
    return get_object_or_404(found, public_id=public_id)


@login_required
@require_POST
@reauthentication_required
def copy_fetch(request: Any, public_id: Any) -> HttpResponse:
    """Answer with the file, once; the link in the mail leads to the page with the button, not here."""
    wanted = _own(request, public_id)
    try:
        content = operations.fetch_copy(wanted, by=request.user)
    except DomainError as exc:
        messages.error(request, str(exc))
        return redirect("privacy:my_data")
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@reauthentication_required(allow_get=True)
def erase_me(request: Any) -> HttpResponse:
    form = EraseMeForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            operations.ask_erasure(request.user, by=request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(
                request, _("The course office has your request. You can take it back until it is approved.")
            )
            return redirect("privacy:my_data")
    return render(request, "privacy/erase_me.html", {"form": form}, status=form_status(form))


@login_required
@require_POST
def withdraw(request: Any, public_id: Any) -> HttpResponse:
    wanted = _own(request, public_id)
    return _attempt(request, lambda: operations.withdraw(wanted, by=request.user), _("Your request is taken back."))


@login_required
def request_list(request: Any) -> HttpResponse:
    """Who asked for what and how far it is, the oldest first; what a copy holds is never shown."""
    if not can_see_requests(request.user):
        raise PermissionDenied
    form = StateForm(request.GET)
    found = DataRequest.objects.visible_to(request.user).select_related("subject", "asked_by", "first_by", "decided_by")
    found = (
        found.order_by("-pk") if form.data.get("state") == "all" else found.filter(state__in=OPEN).order_by("due_at")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/request_list.html", {"form": form, "page_obj": page, "finder": FindForm()})


@login_required
def person_find(request: Any) -> HttpResponse:
    """Lead to the page that starts an erasure; the address is typed in full."""
    if not can_see_requests(request.user):
        raise PermissionDenied
    form = FindForm(request.GET)
    typed = form.cleaned_data["email"] if form.is_valid() else ""
    person = User.objects.visible_to(request.user).filter(email__iexact=typed).first() if typed else None
    if person is None:
        messages.error(request, _("Nobody has this address."))
        return redirect("privacy:request_list")
    return redirect("privacy:person_erase", person.public_id)


def _request(request: Any, public_id: Any) -> DataRequest:
    if not can_see_requests(request.user):
        raise PermissionDenied
    found = DataRequest.objects.visible_to(request.user).select_related("subject", "asked_by", "first_by", "decided_by")
    return get_object_or_404(found, public_id=public_id)


@login_required
def request_detail(request: Any, public_id: Any) -> HttpResponse:
    wanted = _request(request, public_id)
    may_decide = can_decide(request.user, wanted) and wanted.kind == Kind.ERASURE and wanted.state == "requested"
    context = {
        "wanted": wanted,
        "may_refuse": may_decide,
        "may_approve": may_decide and wanted.first_by_id != request.user.pk,
    }
    return render(request, "privacy/request_detail.html", context)


@login_required
@reauthentication_required(allow_get=True)
def request_approve(request: Any, public_id: Any) -> HttpResponse:
    def deed(wanted: DataRequest, reason: str) -> str:
        done = operations.approve(wanted, by=request.user, reason=reason)
        if done.state == "approved":
            return _("Approved. The account is being erased.")
        return _("Approved. Somebody else of the course office approves it too.")

    return _decide(request, public_id, MaybeReasonForm, "privacy/request_approve.html", deed)


@login_required
def request_refuse(request: Any, public_id: Any) -> HttpResponse:
    def deed(wanted: DataRequest, reason: str) -> str:
        operations.refuse(wanted, by=request.user, reason=reason)
        return _("Refused. The person reads your reason by mail.")

    return _decide(request, public_id, ReasonForm, "privacy/request_refuse.html", deed)


def _decide(request: Any, public_id: Any, form_class: Any, template: str, deed: Callable[..., str]) -> HttpResponse:
    wanted = _request(request, public_id)
    if not can_decide(request.user, wanted):
        raise MayNotDecide()
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            words = deed(wanted, form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, words)
            return redirect("privacy:request_detail", wanted.public_id)
    return render(request, template, {"wanted": wanted, "form": form}, status=form_status(form))


@login_required
@reauthentication_required(allow_get=True)
def person_erase(request: Any, public_id: Any) -> HttpResponse:
    """Start the erasure of somebody's account for them; somebody else approves it."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    if not can_ask_erasure(request.user, person) or person.pk == request.user.pk:
        raise MayNotDecide()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.ask_erasure(person, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Requested. Somebody else of the course office approves it."))
            return redirect("privacy:request_detail", made.public_id)
    return render(request, "privacy/person_erase.html", {"person": person, "form": form}, status=form_status(form))
