"""Enroll, wait in line, drop: a student's own deeds and those of staff. Every deed is a POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.forms import refuse
from students import operations
from students.errors import MayNotDrop, MayNotManageLine, MayNotSeeLine
from students.forms import EnrollStudentForm, OverrideForm, ReasonForm
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.policies import (
    can_drop,
    can_enroll_others,
    can_grant_override,
    can_leave_line,
    can_manage_line,
    can_see_records,
    rights_in,
)
from students.queries.enrollments import enrollments_of, entries_of, line_of, offers_in
from students.queries.registration_page import below_minimum
from students.queries.seats import seats
from students.views.classes import show_section
from students.views.sections import form_status, links_of, posted, visible_section

PAGE = 50


def _back(section):
    return redirect("students:section_detail", section.public_id)


@login_required
def enrollments(request):
    """All own enrollments of every term, and the lines one stands in."""
    student = StudentProfile.objects.filter(user=request.user).first()
    entries = entries_of(student) if student else []
    context = {
        "rows": enrollments_of(student) if student else [],
        "waiting": [row for row in entries if row.is_open],
        "past_lines": [row for row in entries if not row.is_open],
    }
    return render(request, "students/enrollments.html", context)


@require_POST
@login_required
def section_enroll(request, public_id):
    section = visible_section(request, public_id)
    try:
        operations.enroll(operations.ensure_profile(request.user), section, by=request.user)
    except Conflict as exc:
        return show_section(request, public_id, refusal=exc)
    messages.success(request, _("You are enrolled in %(section)s.") % {"section": section})
    return _back(section)


@require_POST
@login_required
def section_join(request, public_id):
    section = visible_section(request, public_id)
    try:
        entry = operations.join_waitlist(operations.ensure_profile(request.user), section, by=request.user)
    except Conflict as exc:
        return show_section(request, public_id, refusal=exc)
    messages.success(request, joined_text(entry) % {"section": section})
    return _back(section)


def joined_text(entry):
    """Return what came of joining a line, with a place for the section."""
    if entry.status == WaitlistEntry.Status.ACCEPTED:
        return _("You are enrolled in %(section)s.")
    if entry.status == WaitlistEntry.Status.OFFERED:
        return _("A seat in %(section)s is offered to you.")
    return _("You are in line for %(section)s.")


@login_required
def entry_leave(request, public_id):
    """Leave a line by a button; whoever comes by a link, as staff do to give a reason, is asked once more."""
    entries = WaitlistEntry.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term"
    )
    entry = get_object_or_404(entries, public_id=public_id)
    if not can_leave_line(request.user, entry):
        raise MayNotManageLine()
    own = entry.student.user_id == request.user.pk
    form = ReasonForm(posted(request), required=not own)
    if request.method == "POST" and form.is_valid():
        try:
            operations.leave_waitlist(entry, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("The place in line for %(section)s is given up.") % {"section": entry.section})
            return _back(entry.section) if own else redirect("students:section_line", entry.section.public_id)
    context = {"entry": entry, "form": form, "own": own}
    return render(request, "students/entry_leave.html", context, status=form_status(form))


def _end(request, public_id, deed, context):
    found = Enrollment.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term", "section__cross_list_group"
    )
    enrollment = get_object_or_404(found, public_id=public_id)
    if not can_drop(request.user, enrollment):
        raise MayNotDrop()
    own = enrollment.student.user_id == request.user.pk
    form = ReasonForm(posted(request), required=not own)
    if request.method == "POST" and form.is_valid():
        try:
            deed(enrollment, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("The enrollment in %(section)s has ended.") % {"section": enrollment.section})
            return redirect("students:enrollments") if own else _back(enrollment.section)
    context |= {"enrollment": enrollment, "form": form, "waiting": seats(enrollment.section).waiting}
    context["below"] = below_minimum(enrollment, timezone.now()) if enrollment.is_live else None
    return render(request, "students/enrollment_drop.html", context, status=form_status(form))


@login_required
def enrollment_drop(request, public_id):
    """Ask once more, then end the enrollment and give the seat to the line."""
    return _end(request, public_id, operations.drop, {"withdraws": False})


@login_required
def enrollment_withdraw(request, public_id):
    return _end(request, public_id, operations.withdraw, {"withdraws": True})


def _staff_section(request, public_id, policy):
    section = visible_section(request, public_id)
    if not policy(request.user, section):
        raise PermissionDenied
    return section


@login_required
def section_enroll_student(request, public_id):
    """Staff enroll a student; the same rules hold."""
    section = _staff_section(request, public_id, can_enroll_others)
    form = EnrollStudentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            operations.enroll(data["student"], section, by=request.user, source="staff", reason=data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s is enrolled.") % {"student": data["student"]})
            return _back(section)
    return _form(request, section, form, _("Enroll a student"), _("Enroll"))


@login_required
def section_override(request, public_id):
    """Staff let one student pass one rule."""
    section = _staff_section(request, public_id, can_grant_override)
    form = OverrideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            operations.grant_override(
                data["student"],
                section,
                data["kind"],
                by=request.user,
                reason=data["reason"],
                expires_at=data["expires_at"],
            )
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s may pass this rule once.") % {"student": data["student"]})
            return _back(section)
    return _form(request, section, form, _("Let a student pass a rule"), _("Give permission"))


def _form(request, section, form, title, label):
    context = {"section": section, "form": form, "title": title, "label": label}
    return render(request, "students/section_form.html", context, status=form_status(form))


@login_required
def section_line(request, public_id):
    """The line of a section, for staff and those who teach it."""
    section = visible_section(request, public_id)
    rights = rights_in(request.user, section)
    if not rights.line:
        raise MayNotSeeLine()
    page = Paginator(line_of(section), PAGE).get_page(request.GET.get("page"))
    may_manage = can_manage_line(request.user, section)
    context = {
        "section": section,
        "page_obj": page,
        "seats": seats(section),
        "offers": offers_in(section),
        "now": timezone.now(),
        "may_manage": may_manage,
        "sees_records": can_see_records(request.user),
        "links": links_of(request.user, rights),
    }
    # Looked at again by a script, only the part that changes is sent.
    template = "students/_line.html" if request.htmx else "students/section_line.html"
    return render(request, template, context)


@login_required
def entry_promote(request, public_id):
    """Staff give a free seat out of turn, for a reason."""
    entries = WaitlistEntry.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__cross_list_group"
    )
    entry = get_object_or_404(entries, public_id=public_id)
    if not can_manage_line(request.user, entry.section):
        raise PermissionDenied
    form = ReasonForm(posted(request), required=True)
    if request.method == "POST" and form.is_valid():
        try:
            operations.promote_entry(entry, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s has the seat.") % {"student": entry.student})
            return redirect("students:section_line", entry.section.public_id)
    return _form(request, entry.section, form, _("Promote %(student)s") % {"student": entry.student}, _("Promote"))
