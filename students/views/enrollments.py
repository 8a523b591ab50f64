"""Enroll, wait in line, drop: a student's own deeds and those of staff. Every deed is a POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.forms import refuse
from courses.models import Section
from students import operations
from students.forms import EnrollStudentForm, OverrideForm, ReasonForm
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.policies import can_enroll_others, can_grant_override, can_manage_line
from students.queries.enrollments import enrollments_of, line_of, waiting_of
from students.queries.seats import seats


def _section(request, public_id):
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term", "cross_list_group")
    return get_object_or_404(sections, public_id=public_id)


def _posted(request):
    return request.POST if request.method == "POST" else None


def _status(form):
    """Return 409 when a rule refused, 400 when the input was malformed."""
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if not codes:
        return 200
    return 400 if codes <= {"required", "invalid", "unknown", "invalid_choice", "max_length"} else 409


def _back(section):
    return redirect("students:section_detail", section.public_id)


@login_required
def enrollments(request):
    """All own enrollments of every term, and the lines one stands in."""
    student = StudentProfile.objects.filter(user=request.user).first()
    context = {
        "rows": enrollments_of(student) if student else [],
        "waiting": waiting_of(student) if student else [],
    }
    return render(request, "students/enrollments.html", context)


@require_POST
@login_required
def section_enroll(request, public_id):
    section = _section(request, public_id)
    student = operations.ensure_profile(request.user)
    operations.enroll(student, section, by=request.user)
    messages.success(request, _("You are enrolled in %(section)s.") % {"section": section})
    return _back(section)


@require_POST
@login_required
def section_join(request, public_id):
    section = _section(request, public_id)
    entry = operations.join_waitlist(operations.ensure_profile(request.user), section, by=request.user)
    seated = entry.status == WaitlistEntry.Status.ACCEPTED
    text = _("You are enrolled in %(section)s.") if seated else _("You are in line for %(section)s.")
    messages.success(request, text % {"section": section})
    return _back(section)


@require_POST
@login_required
def entry_leave(request, public_id):
    entries = WaitlistEntry.objects.visible_to(request.user).select_related("student__user", "section__course__subject")
    entry = get_object_or_404(entries, public_id=public_id)
    own = entry.student.user_id == request.user.pk
    operations.leave_waitlist(entry, by=request.user, reason=request.POST.get("reason", "")[:500])
    messages.success(request, _("The place in line for %(section)s is given up.") % {"section": entry.section})
    return _back(entry.section) if own else redirect("students:section_line", entry.section.public_id)


def _end(request, public_id, deed, context):
    found = Enrollment.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term", "section__cross_list_group"
    )
    enrollment = get_object_or_404(found, public_id=public_id)
    own = enrollment.student.user_id == request.user.pk
    form = ReasonForm(_posted(request), required=not own)
    if request.method == "POST" and form.is_valid():
        try:
            deed(enrollment, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("The enrollment in %(section)s has ended.") % {"section": enrollment.section})
            return redirect("students:enrollments") if own else _back(enrollment.section)
    context |= {"enrollment": enrollment, "form": form, "waiting": seats(enrollment.section).waiting}
    return render(request, "students/enrollment_drop.html", context, status=_status(form))


@login_required
def enrollment_drop(request, public_id):
    """Ask once more, then end the enrollment and give the seat to the line."""
    return _end(request, public_id, operations.drop, {"withdraws": False})


@login_required
def enrollment_withdraw(request, public_id):
    return _end(request, public_id, operations.withdraw, {"withdraws": True})


def _staff_section(request, public_id, policy):
    section = _section(request, public_id)
    if not policy(request.user, section):
        raise PermissionDenied
    return section


@login_required
def section_enroll_student(request, public_id):
    """Staff enroll a student; the same rules hold."""
    section = _staff_section(request, public_id, can_enroll_others)
    form = EnrollStudentForm(_posted(request))
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
    form = OverrideForm(_posted(request))
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
    return render(request, "students/section_form.html", context, status=_status(form))


@login_required
def section_line(request, public_id):
    """The line of a section, for staff and those who teach it."""
    section = _section(request, public_id)
    may_manage = can_manage_line(request.user, section)
    if not may_manage and not section.section_instructors.filter(instructor=request.user).exists():
        raise Http404
    context = {"section": section, "line": line_of(section), "seats": seats(section), "may_manage": may_manage}
    return render(request, "students/section_line.html", context)


@login_required
def entry_promote(request, public_id):
    """Staff give a free seat out of turn, for a reason."""
    entries = WaitlistEntry.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__cross_list_group"
    )
    entry = get_object_or_404(entries, public_id=public_id)
    if not can_manage_line(request.user, entry.section):
        raise PermissionDenied
    form = ReasonForm(_posted(request), required=True)
    if request.method == "POST" and form.is_valid():
        try:
            operations.promote_entry(entry, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(student)s has the seat.") % {"student": entry.student})
            return redirect("students:section_line", entry.section.public_id)
    return _form(request, entry.section, form, _("Promote %(student)s") % {"student": entry.student}, _("Promote"))
