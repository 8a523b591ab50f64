"""Guardians: whom the office names for a student, what the student says to it, and what they read."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.history import route_of
from students import operations
from students.advising_forms import GuardianForm
from students.errors import MayNotEndGuardian
from students.forms import ReasonForm
from students.models import Guardianship, StudentProfile
from students.policies import can_end_guardianship, can_link_guardians
from students.queries.progress import progress_of
from students.views.sections import done, form_status, posted

PAGE = 50


@login_required
def student_guardians(request, public_id):
    """Who reads along with a student and who did; below, a form by which the course office names one more."""
    found = StudentProfile.objects.visible_to(request.user).select_related("user")
    student = get_object_or_404(found, public_id=public_id)
    if not can_link_guardians(request.user):
        raise PermissionDenied
    form = GuardianForm(posted(request))
    if done(request, form, lambda: operations.link_guardian(student, by=request.user, **form.given())):
        messages.success(request, _("%(student)s is told of it.") % {"student": student.user.display_name})
        return redirect("students:student_guardians", student.public_id)
    rows = student.guardianships.select_related("guardian", "created_by", "student")
    context = {
        "student": student,
        "form": form,
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "students/student_guardians.html", context, status=form_status(form))


@login_required
def guardian_list(request):
    """Who reads along with the person who is signed in, and who asks to."""
    rows = Guardianship.objects.filter(student__user=request.user).select_related("guardian", "student")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "students/guardian_list.html", {"page_obj": page})


def _link(request, public_id):
    links = Guardianship.objects.visible_to(request.user).select_related("student__user", "guardian")
    return get_object_or_404(links, public_id=public_id)


@require_POST
@login_required
def guardian_agree(request, public_id):
    """Let somebody read along with the person who is signed in."""
    link = operations.agree_to_guardian(_link(request, public_id), by=request.user)
    messages.success(request, _("%(address)s may read along with you now.") % {"address": link.email})
    return redirect("students:guardian_list")


@login_required
def guardian_end(request, public_id):
    """Ask once more, then end it: for the student, the guardian, or the office, which gives a reason."""
    link = _link(request, public_id)
    if not can_end_guardianship(request.user, link):
        raise MayNotEndGuardian()
    own, takes_part = link.student.user_id == request.user.pk, link.guardian_id == request.user.pk
    form = ReasonForm(posted(request), required=not own and not takes_part)
    if done(request, form, lambda: operations.end_guardianship(link, by=request.user, **form.cleaned_data)):
        messages.success(request, _("It is ended."))
        return redirect(*_back(link, own, takes_part))
    context = {"link": link, "form": form, "back": _back(link, own, takes_part), "own": own, "takes_part": takes_part}
    return render(request, "students/guardian_end.html", context, status=form_status(form))


def _back(link, own, takes_part):
    if own:
        return ["students:guardian_list"]
    return ["students:ward_list"] if takes_part else ["students:student_guardians", link.student.public_id]


@login_required
def ward_list(request):
    """The students with whom the person who is signed in reads, and those with whom they may."""
    related = ("student__user",)
    context = {
        "links": list(Guardianship.objects.read_by(request.user).select_related(*related)[:PAGE]),
        "offers": list(Guardianship.objects.offered_to(request.user).select_related(*related)[:PAGE]),
    }
    return render(request, "students/ward_list.html", context)


@require_POST
@login_required
def ward_take(request, public_id):
    """Become the guardian, as whoever reads the mail of the address can."""
    link = operations.take_guardianship(_link(request, public_id), by=request.user)
    text = _("You read along with %(student)s now.")
    messages.success(request, text % {"student": link.student.user.display_name})
    return redirect("students:ward_list")


@login_required
def ward_record(request, public_id):
    """Classes, posted grades and credits of one student, as the student reads them and without any deed."""
    links = Guardianship.objects.read_by(request.user).select_related("student__user", "student__program")
    link = get_object_or_404(links, public_id=public_id)
    what, role = RecordAccess.What.PROGRESS, RecordAccess.Reader.GUARDIAN
    note_access([link.student.user_id], what, by=request.user, route=route_of(request), role=role)
    context = {"link": link, "student": link.student, "progress": progress_of(link.student)}
    return render(request, "students/ward_record.html", context)
