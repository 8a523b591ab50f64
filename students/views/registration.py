"""A student's own registration: windows, credits, holds; seats that are asked for or taken several in one act."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.forms import refuse
from courses.models import Section
from students import operations
from students.errors import MayNotApprove
from students.models import Enrollment
from students.policies import can_approve
from students.queries.registration_page import registration_of
from students.queries.requests import requests_of
from students.rule_forms import DecisionForm, MessageForm
from students.views.classes import reader, show_section
from students.views.sections import form_status, posted, visible_section


@login_required
def registration(request):
    """When one registers, for how many credits, and what is in the way."""
    student = reader(request.user)
    context = {
        "own": registration_of(student, request.user) if student else None,
        "requests": list(requests_of(student)[:50]) if student and student.pk else [],
    }
    return render(request, "students/registration.html", context)


@require_POST
@login_required
def section_ask(request, public_id):
    """Ask for a seat where somebody approves each student."""
    section = visible_section(request, public_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return show_section(request, public_id, malformed=form)
    message = form.cleaned_data["message"]
    try:
        student = operations.ensure_profile(request.user)
        operations.request_approval(student, section, by=request.user, message=message)
    except Conflict as exc:
        return show_section(request, public_id, refusal=exc)
    messages.success(request, _("You have asked for a seat. The answer comes by mail and shows here."))
    return redirect("students:section_detail", section.public_id)


@require_POST
@login_required
def section_enroll_with(request, public_id):
    """Take a section together with those that belong to it, all or none."""
    section = visible_section(request, public_id)
    keys = request.POST.getlist("with")[:10]
    found = Section.objects.visible_to(request.user).filter(course=section.course_id, term=section.term_id)
    known = {str(row.public_id): row for row in found}
    chosen = [section, *(known[key] for key in keys if key in known)]
    try:
        student = operations.ensure_profile(request.user)
        given = operations.enroll_all(student, chosen, by=request.user)
    except Conflict as exc:
        return show_section(request, public_id, refusal=exc)
    names = ", ".join(str(row.section) for row in given)
    messages.success(request, _("You are enrolled in %(sections)s.") % {"sections": names})
    return redirect("students:section_detail", section.public_id)


@login_required
def approval_decide(request, public_id):
    """Approve or decline one student who asked for a seat."""
    found = Enrollment.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term", "section__cross_list_group"
    )
    enrollment = get_object_or_404(found, public_id=public_id)
    if not can_approve(request.user, enrollment.section):
        raise MayNotApprove()
    form = DecisionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            _decide(enrollment, form.cleaned_data, request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s is told of the answer.") % {"student": enrollment.student})
            return redirect("students:request_list")
    asked = enrollment.events.filter(to_status=Enrollment.Status.PENDING_APPROVAL).order_by("-pk").first()
    context = {
        "enrollment": enrollment,
        "asked": asked,
        "form": form,
        "shows_form": enrollment.status == Enrollment.Status.PENDING_APPROVAL,
    }
    return render(request, "students/approval_decide.html", context, status=form_status(form))


def _decide(enrollment, data, by):
    if data["answer"] == DecisionForm.APPROVE:
        return operations.approve(enrollment, by=by, reason=data["reason"])
    return operations.decline_approval(enrollment, by=by, reason=data["reason"])
