"""What students know of one another: the names of a class, unless somebody keeps the own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.forms import refuse
from students import operations
from students.advising_forms import NameForm
from students.errors import MayNotSeeClassmates
from students.models import StudentProfile
from students.policies import can_see_classmates, pages_refusal, rights_in
from students.queries.classmates import classmates_of
from students.views.sections import form_status, links_of, posted, visible_section


@login_required
def classmates(request, public_id):
    """The names of the others in a class, for its students. Nothing counts them: seats do, kept names among them."""
    section = visible_section(request, public_id)
    if not can_see_classmates(request.user, section):
        raise MayNotSeeClassmates()
    if refusal := pages_refusal(request.user, section):
        raise refusal
    context = {
        "section": section,
        "people": classmates_of(section, request.user),
        "links": links_of(request.user, rights_in(request.user, section)),
    }
    return render(request, "students/classmates.html", context)


@login_required
def directory_hold(request):
    """A student keeps the own name from other students, or lets them read it."""
    own = StudentProfile.objects.filter(user=request.user).first()
    if own is None and not request.user.has_perm("students.enroll_self"):
        raise PermissionDenied
    form = NameForm(posted(request), initial={"directory_hold": own is not None and own.directory_hold})
    if request.method == "POST" and form.is_valid():
        try:
            student = operations.ensure_profile(request.user)
            operations.change_profile(student, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refuse(form, exc)
        else:
            kept = form.cleaned_data["directory_hold"]
            text = _("Other students do not see your name.") if kept else _("Your classmates see your name.")
            messages.success(request, text)
            return redirect("students:progress")
    return render(request, "students/directory_hold.html", {"form": form}, status=form_status(form))
