"""Holds: the office places and lifts them; each look at the list is noted."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.history import route_of
from students import operations
from students.forms import ReasonForm
from students.models import Hold, StudentProfile
from students.policies import can_place_hold
from students.queries.progress import find_students
from students.rule_forms import HoldFilterForm, HoldForm
from students.views.sections import done, form_status, posted

PAGE = 50


def _office(request):
    if not can_place_hold(request.user):
        raise PermissionDenied


@login_required
def hold_list(request):
    """All holds, those in force unless asked otherwise, the newest first."""
    _office(request)
    form = HoldFilterForm(request.GET)
    found = Hold.objects.visible_to(request.user).select_related("student__user", "placed_by", "released_by")
    found = _kept(found, form.cleaned_data) if form.is_valid() else found.none()
    page = Paginator(found.order_by("-placed_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    people = {hold.student.user_id for hold in page}
    note_access(people, RecordAccess.What.RECORD, by=request.user, route=route_of(request))
    return render(request, "students/hold_list.html", {"form": form, "page_obj": page})


def _kept(found, data):
    if data["state"] != "all":
        found = found.filter(released_at__isnull=data["state"] != "lifted")
    if data["cause"]:
        found = found.filter(cause=data["cause"])
    if data["q"]:
        found = found.filter(student__in=find_students(StudentProfile.objects.all(), data["q"]))
    return found


@login_required
def hold_place(request, public_id):
    """Put a hold on one student, who is told."""
    _office(request)
    found = StudentProfile.objects.visible_to(request.user).select_related("user")
    student = get_object_or_404(found, public_id=public_id)
    form = HoldForm(posted(request))
    if done(request, form, lambda: operations.place_hold(student, by=request.user, **form.given())):
        messages.success(request, _("%(student)s is on hold and told of it.") % {"student": student})
        return redirect("students:student_record", student.public_id)
    context = {"student": student, "form": form}
    return render(request, "students/hold_form.html", context, status=form_status(form))


@login_required
def hold_release(request, public_id):
    """Lift a hold for a reason."""
    _office(request)
    found = Hold.objects.visible_to(request.user).select_related("student__user")
    hold = get_object_or_404(found, public_id=public_id)
    form = ReasonForm(posted(request), required=True)
    if done(request, form, lambda: operations.release_hold(hold, by=request.user, **form.cleaned_data)):
        messages.success(request, _("The hold is lifted; %(student)s is told.") % {"student": hold.student})
        return redirect("students:student_record", hold.student.public_id)
    context = {"hold": hold, "student": hold.student, "form": form}
    return render(request, "students/hold_release.html", context, status=form_status(form))
