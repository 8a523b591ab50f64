"""Graded work and final grades of a section, for those who teach it. Every deed is a POST."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.errors import DomainError
from core.forms import refuse
from core.history import route_of
from students import operations
from students.errors import MarksRefused, MayNotGrade, MayNotManageGrades
from students.forms import FinalGradesForm, GradeItemForm, MarksForm
from students.models import GradeItem
from students.policies import can_manage_grades, can_see_contacts, rights_in
from students.queries.grades import (
    grade_sheet,
    graded_enrollments,
    locked_enrollments,
    marks_of,
    section_is_over,
)
from students.validators import FINAL_GRADES
from students.views.sections import form_status, links_of, posted, visible_section


def _item(request, public_id):
    items = GradeItem.objects.visible_to(request.user).select_related("section__course__subject", "section__term")
    return get_object_or_404(items, public_id=public_id)


def _managed(request, public_id):
    section = visible_section(request, public_id)
    if not can_manage_grades(request.user, section):
        raise MayNotManageGrades()
    return section


def _sheet_of(section):
    return redirect("students:grade_sheet", section.public_id)


@login_required
def sheet(request, public_id):
    """All students and all work of a section in one table, drafts marked."""
    section = visible_section(request, public_id)
    rights = rights_in(request.user, section)
    if not rights.grade:
        raise MayNotGrade()
    found = grade_sheet(section)
    people = [row.enrollment.student.user_id for row in found.rows]
    note_access(people, RecordAccess.What.GRADES, by=request.user, route=route_of(request))
    context = {
        "section": section,
        "sheet": found,
        "may_manage": rights.manage_grades,
        "may_export": rights.export_grades,
        "links": links_of(request.user, rights),
    }
    return render(request, "students/grade_sheet.html", context)


@login_required
def item_create(request, public_id):
    section = _managed(request, public_id)
    form = GradeItemForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            item = operations.create_item(section, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(title)s is on the sheet. Students do not see it yet.") % {"title": item})
            return redirect("students:grade_item_scores", item.public_id)
    context = {"section": section, "form": form, "item": None}
    return render(request, "students/grade_item_form.html", context, status=form_status(form))


@login_required
def item_update(request, public_id):
    item = _item(request, public_id)
    _managed(request, item.section.public_id)
    # A copy for the form: what is refused must not change what the page says about the item.
    form = GradeItemForm(posted(request), instance=GradeItem.objects.get(pk=item.pk))
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_item(item, by=request.user, **form.cleaned_data)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Saved."))
            return _sheet_of(item.section)
    context = {"section": item.section, "form": form, "item": item}
    return render(request, "students/grade_item_form.html", context, status=form_status(form))


@require_POST
@login_required
def item_post(request, public_id):
    item = operations.post_item(_item(request, public_id), by=request.user)
    messages.success(request, _("Students see %(title)s and its scores now.") % {"title": item})
    return _sheet_of(item.section)


@require_POST
@login_required
def item_unpost(request, public_id):
    item = operations.unpost_item(_item(request, public_id), by=request.user)
    messages.success(request, _("%(title)s is hidden from students again.") % {"title": item})
    return _sheet_of(item.section)


@login_required
def item_remove(request, public_id):
    """Ask once more, then take back an item that was made by mistake."""
    item = _item(request, public_id)
    _managed(request, item.section.public_id)
    form = forms.Form(posted(request))
    if request.method == "POST":
        try:
            operations.remove_item(item, by=request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(title)s is gone.") % {"title": item})
            return _sheet_of(item.section)
    context = {"item": item, "section": item.section, "form": form}
    return render(request, "students/grade_item_remove.html", context, status=form_status(form))


@login_required
def item_scores(request, public_id):
    """One column of the sheet to type into; all of it is saved or, with every typed text kept, nothing."""
    item = _item(request, public_id)
    section = item.section
    enrollments = list(graded_enrollments(section))
    form = MarksForm(
        posted(request),
        rows=enrollments,
        current={key: mark.text for key, mark in marks_of(item).items()},
        locked=locked_enrollments(section),
    )
    if request.method == "POST" and form.is_valid():
        try:
            changes = operations.enter_marks(
                item, form.typed, by=request.user, reason=form.cleaned_data["reason"], seen=form.shown
            )
        except MarksRefused as exc:
            form.refuse_cells(exc)
        else:
            _saved(request, form, len(changes))
            return _sheet_of(section)
    people = [enrollment.student.user_id for enrollment in enrollments]
    note_access(people, RecordAccess.What.GRADES, by=request.user, route=route_of(request))
    shows_numbers = can_see_contacts(request.user, section)
    context = {"section": section, "item": item, "form": form, "shows_numbers": shows_numbers}
    return render(request, "students/grade_item_scores.html", context, status=form_status(form))


def _saved(request, form, count):
    text = ngettext("%(n)s change is saved.", "%(n)s changes are saved.", count) if count else _("Nothing was changed.")
    messages.success(request, text % {"n": count} if count else text)
    if form.gone:
        text = ngettext(
            "%(n)s student has left the sheet meanwhile; that entry was not saved.",
            "%(n)s students have left the sheet meanwhile; those entries were not saved.",
            form.gone,
        )
        messages.warning(request, text % {"n": form.gone})


@login_required
def finals(request, public_id):
    """The final grades of a section to type into; students see none of them before they are posted."""
    section = _managed(request, public_id)
    found = grade_sheet(section)
    form = FinalGradesForm(
        posted(request),
        rows=[row.enrollment for row in found.rows],
        current={row.enrollment.pk: row.submitted for row in found.rows},
        locked={row.enrollment.pk for row in found.rows if row.is_locked and row.posted},
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = operations.submit_finals(
                section, form.typed, by=request.user, reason=form.cleaned_data["reason"], seen=form.shown
            )
        except MarksRefused as exc:
            form.refuse_cells(exc)
        else:
            _saved(request, form, len(changed))
            return redirect("students:grade_finals", section.public_id)
    people = [row.enrollment.student.user_id for row in found.rows]
    note_access(people, RecordAccess.What.GRADES, by=request.user, route=route_of(request))
    cells = dict(form.cells)
    context = {
        "section": section,
        "sheet": found,
        "form": form,
        "rows": [(row, cells[row.enrollment]) for row in found.rows],
        "grades": FINAL_GRADES,
    }
    return render(request, "students/grade_finals.html", context, status=form_status(form))


@login_required
def finals_post(request, public_id):
    """Say how many grades are posted and what that ends, then do it."""
    section = _managed(request, public_id)
    form = forms.Form(posted(request))
    if request.method == "POST":
        try:
            done = len(operations.post_finals(section, by=request.user))
        except DomainError as exc:
            refuse(form, exc)
        else:
            text = ngettext("%(n)s final grade is posted.", "%(n)s final grades are posted.", done)
            messages.success(request, text % {"n": done})
            return _sheet_of(section)
    found = grade_sheet(section)
    context = {
        "section": section,
        "form": form,
        "waiting": found.waiting,
        "without": sum(not row.submitted for row in found.rows),
        "is_over": section_is_over(section),
    }
    return render(request, "students/grade_finals_post.html", context, status=form_status(form))
