"""Requests for exceptions: a student asks on the class page; instructors and staff find them in an inbox."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.forms import refuse
from students import operations
from students.forms import AnswerForm, AskForm
from students.models import OverrideRequest
from students.policies import can_answer_request, can_answer_requests
from students.queries.requests import RELATED, requests_to_answer
from students.queries.section_rules import approvals_to_give
from students.views.classes import show_section
from students.views.sections import form_status, posted, visible_section

PAGE = 50


@require_POST
@login_required
def request_create(request, public_id):
    """Ask for an exception by the button beside the rule that stands in the way."""
    section = visible_section(request, public_id)
    form = AskForm(request.POST)
    if not form.is_valid():
        return show_section(request, public_id, malformed=form)
    data = form.cleaned_data
    try:
        student = operations.ensure_profile(request.user)
        operations.request_override(student, section, data["kind"], by=request.user, message=data["message"])
    except Conflict as exc:
        return show_section(request, public_id, refusal=exc)
    messages.success(request, _("You have asked for an exception. The answer comes by mail and shows here."))
    return redirect("students:section_detail", section.public_id)


def _found(request, public_id):
    return get_object_or_404(
        OverrideRequest.objects.visible_to(request.user).select_related(*RELATED), public_id=public_id
    )


@require_POST
@login_required
def request_withdraw(request, public_id):
    asked = _found(request, public_id)
    try:
        operations.withdraw_request(asked, by=request.user)
    except Conflict as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("The request is taken back."))
    return redirect("students:section_detail", asked.section.public_id)


@login_required
def request_list(request):
    """The inbox: open requests that this person may answer, the oldest first."""
    if not can_answer_requests(request.user):
        raise PermissionDenied
    page = Paginator(requests_to_answer(request.user), PAGE).get_page(request.GET.get("page"))
    approvals = Paginator(approvals_to_give(request.user), PAGE).get_page(request.GET.get("seats"))
    return render(request, "students/request_list.html", {"page_obj": page, "approvals": approvals})


@login_required
def request_detail(request, public_id):
    """One request with its answer, or the form to give one."""
    asked = _found(request, public_id)
    may_answer = can_answer_request(request.user, asked)
    if request.method == "POST" and not may_answer:
        raise PermissionDenied
    form = AnswerForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            _answer(asked, form.cleaned_data, request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s is told of the answer.") % {"student": asked.student})
            return redirect("students:request_list")
    is_open = asked.state == OverrideRequest.State.OPEN
    context = {"asked": asked, "form": form, "shows_form": may_answer and is_open}
    return render(request, "students/request_detail.html", context, status=form_status(form))


def _answer(asked, data, by):
    if data["answer"] == AnswerForm.GRANT:
        return operations.grant_request(asked, by=by, reason=data["reason"], expires_at=data["expires_at"])
    return operations.decline_request(asked, by=by, reason=data["reason"])
