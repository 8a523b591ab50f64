"""A section as a student of it sees it, for those who teach it: read only, and nobody's record."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from courses.models import Section
from students.errors import MayNotPreview
from students.middleware import PREVIEW
from students.models import Enrollment
from students.policies import can_preview, pages_refusal
from students.queries.class_search import row_of, with_facts
from students.queries.grades import posted_view
from students.queries.requirements import Record
from students.views.classes import facts_of
from students.views.sections import visible_section


@require_POST
@login_required
def preview_begin(request, public_id):
    """Look at a section as a student of it, until told otherwise; the session alone knows."""
    section = visible_section(request, public_id)
    if not can_preview(request.user, section):
        raise MayNotPreview()
    request.session[PREVIEW] = {"id": str(section.public_id), "name": str(section)}
    return redirect("students:section_preview", section.public_id)


@require_POST
@login_required
def preview_end(request):
    """Go back to the own view of the section."""
    preview = request.session.pop(PREVIEW, None)
    return redirect("students:section_detail", preview["id"]) if preview else redirect("home")


@require_safe
@login_required
def section_preview(request, public_id):
    """The class page as a seated student sees it."""
    if not _is_previewed(request, public_id):
        return redirect("students:section_detail", public_id)
    section = _section(request, with_facts(Section.objects.visible_to(request.user)), public_id)
    row = row_of(section)
    stranger = AnonymousUser()
    context = facts_of(section, Record(None, section)) | {
        "row": row,
        "pages_refusal": pages_refusal(stranger, section),
        "is_hidden": not Section.objects.visible_to(stranger).filter(pk=section.pk).exists(),
    }
    return render(request, "students/section_preview.html", context)


@require_safe
@login_required
def section_preview_grades(request, public_id):
    """The posted work as a student without a score sees it."""
    if not _is_previewed(request, public_id):
        return redirect("students:section_detail", public_id)
    related = ("course__subject", "term")
    section = _section(request, Section.objects.visible_to(request.user).select_related(*related), public_id)
    if refusal := pages_refusal(AnonymousUser(), section):
        raise refusal
    invented = Enrollment(section=section, status=Enrollment.Status.REGISTERED)
    context = {"section": section, "enrollment": invented, "grades": posted_view(invented), "own": True}
    return render(request, "students/grade_detail.html", context)


def _is_previewed(request, public_id):
    return request.session.get(PREVIEW, {}).get("id") == str(public_id)


def _section(request, sections, public_id):
    section = get_object_or_404(sections, public_id=public_id)
    if not can_preview(request.user, section):
        raise MayNotPreview()
    return section
