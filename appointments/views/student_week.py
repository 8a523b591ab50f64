"""The week of a student for those who may look at it: classes, deadlines, and when the student is busy."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render

from accounts.models import RecordAccess
from accounts.operations import note_access
from appointments.policies import can_see_students_week
from appointments.queries.timetable import entries_for, seen_by_others
from appointments.views.hosting import span_of, week_of
from appointments.views.week import week_context
from core.history import route_of
from students.models import Guardianship, StudentProfile


@login_required
def student_week(request, public_id):
    """In the reader's zone; appointments say no more than that the student is busy."""
    students = StudentProfile.objects.visible_to(request.user).select_related("user")
    student = get_object_or_404(students, public_id=public_id)
    if not can_see_students_week(request.user, student):
        raise PermissionDenied
    note_access([student.user_id], RecordAccess.What.TIMETABLE, by=request.user, route=route_of(request))
    return render(request, "appointments/student_week.html", _week(request, student))


@login_required
def ward_week(request, public_id):
    """The same week for a guardian, by the row that lets them read along."""
    links = Guardianship.objects.read_by(request.user).select_related("student__user")
    student = get_object_or_404(links, public_id=public_id).student
    what, role = RecordAccess.What.TIMETABLE, RecordAccess.Reader.GUARDIAN
    note_access([student.user_id], what, by=request.user, route=route_of(request), role=role)
    context = _week(request, student) | {"guardianship": public_id}
    return render(request, "appointments/student_week.html", context)


def _week(request, student):
    monday, zone = week_of(request), request.user.zone
    entries = seen_by_others(entries_for(student.user, *span_of(monday, zone)))
    return week_context(request, entries, monday, zone) | {"student": student}
