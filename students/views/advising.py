"""Advisors: their students, what stands between one of these and a class, and who advises whom."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import RecordAccess, RoleAssignment
from accounts.operations import assign_advisor, end_assignment, note_access
from accounts.policies import can_assign_advisor, can_assign_advisors
from accounts.querysets import acts_as_advisor
from core.errors import DomainError
from core.forms import refuse
from core.history import route_of
from courses.models import Section
from students.advising_forms import AdviseeForm, AdvisorForm, CheckForm
from students.errors import MayNotEnroll
from students.forms import ReasonForm
from students.models import StudentProfile
from students.policies import can_ask_what_is_missing
from students.queries.advising import advisee_rows, advisees
from students.queries.class_search import PAGE as FOUND
from students.queries.class_search import search_sections
from students.queries.progress import find_students
from students.queries.registration import registration_check
from students.views.sections import form_status, posted

PAGE = 50


@login_required
def advisee_list(request):
    """The students whom the reader advises, with their classes of now and what needs a word."""
    if not acts_as_advisor(request.user):
        raise PermissionDenied
    form = AdviseeForm(request.GET)
    found = advisees(request.user)
    found = find_students(found, **form.cleaned_data) if form.is_valid() else found.none()
    found = found.order_by(Lower("user__family_name"), Lower("user__given_name"), "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "rows": advisee_rows(list(page))}
    return render(request, "students/advisee_list.html", context)


def _student(request, public_id):
    found = StudentProfile.objects.visible_to(request.user).select_related("user", "program")
    return get_object_or_404(found, public_id=public_id)


@login_required
def student_check(request, public_id):
    """Find a class, and read every rule between the student and a seat in it."""
    student = _student(request, public_id)
    if not can_ask_what_is_missing(request.user, student):
        raise MayNotEnroll()
    note_access([student.user_id], RecordAccess.What.RECORD, by=request.user, route=route_of(request))
    form = CheckForm(request.GET if "q" in request.GET else None, user=request.user)
    sections, asked, check = [], None, None
    if form.is_valid():
        related = search_sections(form.wanted(), request.user).select_related("course__subject", "term")
        sections = list(related.exclude(status="cancelled")[:FOUND])
        asked = _asked(request)
        check = registration_check(student, asked) if asked else None
    context = {"student": student, "form": form, "sections": sections, "asked": asked, "check": check}
    return render(request, "students/student_check.html", context, status=form_status(form))


def _asked(request):
    """Return the section that was chosen among those found, when its reader may see it."""
    try:
        key = UUID(request.GET.get("section", ""))
    except ValueError:
        return None
    found = Section.objects.visible_to(request.user).select_related("course__subject", "term", "cross_list_group")
    return found.filter(public_id=key).first()


@login_required
def student_advisors(request, public_id):
    """Who advises a student and who did; below, a form by which the course office assigns one more."""
    student = _student(request, public_id)
    if not can_assign_advisors(request.user):
        raise PermissionDenied
    form = AdvisorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = assign_advisor(
                student.user, data["advisor"], by=request.user, reason=data["reason"], valid_to=form.valid_to
            )
        except DomainError as exc:
            refuse(form, exc)
        else:
            text = _("%(advisor)s advises %(student)s now.")
            messages.success(request, text % {"advisor": row.user.display_name, "student": student.user.display_name})
            return redirect("students:student_advisors", student.public_id)
    found = RoleAssignment.objects.filter(advisee=student.user).select_related("user", "granted_by")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"student": student, "form": form, "page_obj": page}
    return render(request, "students/student_advisors.html", context, status=form_status(form))


@login_required
def assignment_end(request, public_id):
    """Ask once more, then end what somebody was assigned."""
    rows = RoleAssignment.objects.visible_to(request.user).select_related("user", "advisee")
    row = get_object_or_404(rows, public_id=public_id)
    if not can_assign_advisor(request.user, row.advisee, row.user):
        raise PermissionDenied
    student = get_object_or_404(StudentProfile, user=row.advisee)
    form = ReasonForm(posted(request), required=True)
    if request.method == "POST" and form.is_valid():
        try:
            end_assignment(row, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(advisor)s reads this record no more.") % {"advisor": row.user.display_name})
            return redirect("students:student_advisors", student.public_id)
    context = {"assignment": row, "student": student, "form": form}
    return render(request, "students/assignment_end.html", context, status=form_status(form))
