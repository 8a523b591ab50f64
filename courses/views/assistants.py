"""Assistants and graders of a section, for its instructors and for staff. Every deed is a POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from courses import operations
from courses.forms import ConfirmForm, attempt
from courses.forms.assistants import AssistantForm, GrantsForm, grants_of
from courses.models import Section, SectionInstructor
from courses.policies import can_manage_assistants
from courses.views.shared import found_for


@login_required
def section_assistants(request, public_id):
    """Who assists and what each may do; below, a form that names one more."""
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term")
    section = found_for(request.user, sections, public_id, can_manage_assistants)
    form = AssistantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = attempt(form, lambda: operations.add_assistant(section, by=request.user, **form.cleaned_data))
        if row is not None:
            messages.success(request, _("%(person)s assists now, and is told by mail.") % {"person": row.instructor})
            return redirect("courses:section_assistants", section.public_id)
    helpers = section.section_instructors.helpers().select_related("instructor")
    return render(request, "courses/section_assistants.html", {"section": section, "form": form, "helpers": helpers})


def _row(request, public_id):
    """Return the assistant or grader of the address: 404 when there is none, 403 for who may not manage them."""
    related = ("instructor", "section__course__subject", "section__term")
    rows = SectionInstructor.objects.visible_to(request.user).helpers().select_related(*related)
    row = get_object_or_404(rows, public_id=public_id)
    if not can_manage_assistants(request.user, row.section):
        raise PermissionDenied
    return row


@login_required
def assistant_edit(request, public_id):
    """Change what one of them is and may do."""
    row = _row(request, public_id)
    form = GrantsForm(request.POST or None, initial=grants_of(row))
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: operations.change_assistant(row, by=request.user, **form.cleaned_data))
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("courses:section_assistants", row.section.public_id)
    return render(request, "courses/assistant_form.html", {"row": row, "section": row.section, "form": form})


@login_required
def assistant_remove(request, public_id):
    """Ask once more, then take one of them out."""
    row = _row(request, public_id)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        done = attempt(form, lambda: operations.remove_assistant(row, by=request.user) or row)
        if done is not None:
            messages.success(request, _("%(person)s is taken out.") % {"person": row.instructor})
            return redirect("courses:section_assistants", row.section.public_id)
    return render(request, "courses/assistant_remove.html", {"row": row, "section": row.section, "form": form})
