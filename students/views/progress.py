"""A student's grades and credits: one's own page, and staff's view of a record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import RecordAccess
from accounts.operations import note_access
from accounts.policies import can_assign_advisors
from core.errors import DomainError
from core.forms import refuse
from core.history import route_of
from scheduling.policies import can_see_week_of
from students import operations
from students.forms import DirectoryForm, ProfileForm
from students.models import Enrollment, Hold, StudentProfile
from students.policies import (
    can_ask_what_is_missing,
    can_drop_late,
    can_edit_profile,
    can_grade,
    can_link_guardians,
    can_manage_grades,
    can_place_hold,
    can_see_records,
    grades_reader,
    grades_refusal,
)
from students.queries.advising import advisors_of
from students.queries.enrollments import enrollments_of, entries_of
from students.queries.grades import final_story, posted_view, score_story
from students.queries.progress import find_students, progress_of
from students.views.sections import form_status, posted

PAGE = 50


@login_required
def progress(request):
    """Posted grades, missing work and credits of the person who is signed in."""
    student = StudentProfile.objects.select_related("user", "program").filter(user=request.user).first()
    context = {
        "progress": progress_of(student) if student else None,
        "advisors": advisors_of(student.user) if student else [],
    }
    return render(request, "students/student_progress.html", context)


@login_required
def grade_detail(request, public_id):
    """The work of one enrollment as its student sees it; those who grade the section see its history below."""
    enrollments = Enrollment.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term"
    )
    enrollment = get_object_or_404(enrollments, public_id=public_id)
    if refusal := grades_refusal(request.user, enrollment):
        raise refusal
    own = enrollment.student.user_id == request.user.pk
    teaches = not own and can_grade(request.user, enrollment.section)
    what, role = RecordAccess.What.GRADES, grades_reader(request.user, enrollment)
    note_access([enrollment.student.user_id], what, by=request.user, route=route_of(request), role=role)
    manages = teaches and can_manage_grades(request.user, enrollment.section)
    context = {
        "enrollment": enrollment,
        "section": enrollment.section,
        "grades": posted_view(enrollment),
        "own": own,
        "teaches": teaches,
        "changes": score_story(enrollment) if teaches else [],
        "final_changes": final_story(enrollment) if manages else [],
    }
    return render(request, "students/grade_detail.html", context)


@login_required
def record_accesses(request):
    """Who looked at the record of the person who is signed in: as what, at what, and when."""
    page = Paginator(request.user.record_accesses.all(), PAGE).get_page(request.GET.get("page"))
    return render(request, "students/record_accesses.html", {"page_obj": page})


@login_required
def directory(request):
    """All students, for staff: by name, number, program, level and standing."""
    if not can_see_records(request.user):
        raise PermissionDenied
    form = DirectoryForm(request.GET)
    found = StudentProfile.objects.visible_to(request.user).select_related("user", "program")
    found = find_students(found, **form.cleaned_data) if form.is_valid() else found.none()
    found = found.order_by(Lower("user__family_name"), Lower("user__given_name"), "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    people = [student.user_id for student in page]
    note_access(people, RecordAccess.What.DIRECTORY, by=request.user, route=route_of(request))
    return render(request, "students/student_directory.html", {"form": form, "page_obj": page})


def _record(request, public_id):
    found = StudentProfile.objects.visible_to(request.user).select_related("user", "program")
    found = found.annotate(is_held=Exists(Hold.objects.active().filter(student=OuterRef("pk"))))
    return get_object_or_404(found, public_id=public_id)


def _holds(student, user):
    """Return the holds in force that `user` may see; most students have none, which is known from their row."""
    return list(Hold.objects.visible_to(user).active().filter(student=student)) if student.is_held else []


@login_required
def student_record(request, public_id):
    """The record of one student: profile, credits, and every enrollment with its posted grade."""
    student = _record(request, public_id)
    note_access([student.user_id], RecordAccess.What.RECORD, by=request.user, route=route_of(request))
    own, sees_records = student.user_id == request.user.pk, can_see_records(request.user)
    history = enrollments_of(student)
    enrollments = [row.enrollment for row in history]
    context = {
        "student": student,
        "sees_records": sees_records,
        "advises": not own and not sees_records,
        "progress": progress_of(student, for_staff=not own, enrollments=enrollments),
        "history": history,
        "lines": entries_of(student),
        "may_assign": can_assign_advisors(request.user),
        "may_link": can_link_guardians(request.user),
        "may_ask": not own and can_ask_what_is_missing(request.user, student),
        "sees_week": not own and can_see_week_of(request.user, student.user),
        "may_edit": can_edit_profile(request.user, student),
        "may_drop": can_drop_late(request.user, student),
        "holds": _holds(student, request.user),
        "may_hold": not own and can_place_hold(request.user),
    }
    return render(request, "students/student_record.html", context)


@login_required
def profile_update(request, public_id):
    student = _record(request, public_id)
    if not can_edit_profile(request.user, student):
        raise PermissionDenied
    form = ProfileForm(posted(request), instance=StudentProfile.objects.get(pk=student.pk))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_profile(student, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Saved."))
            return redirect("students:student_record", student.public_id)
    return render(request, "students/student_form.html", {"student": student, "form": form}, status=form_status(form))
