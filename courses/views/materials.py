"""The files of a section: a list with a form for those who teach, and the files themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses import operations
from courses.forms import ConfirmForm, attempt
from courses.forms.materials import MaterialForm
from courses.models import Material, Section
from courses.operations.materials import MATERIALS_PER_SECTION
from courses.policies import can_edit_materials, can_read_materials
from courses.views.shared import found_for


@login_required
def material_list(request, public_id):
    """The files of a section; below, a form for those who may add one."""
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term")
    section = found_for(request.user, sections, public_id, can_read_materials)
    may_edit = can_edit_materials(request.user, section)
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    form = MaterialForm(request.POST or None, request.FILES or None) if may_edit else None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        added = attempt(
            form, lambda: operations.add_material(section, data["file"], by=request.user, name=data["name"])
        )
        if added is not None:
            messages.success(request, _("%(name)s is there for the class.") % {"name": added.filename})
            return redirect("courses:material_list", section.public_id)
    context = {
        "section": section,
        "materials": list(section.materials.all()),
        "form": form,
        "most": MATERIALS_PER_SECTION,
    }
    return render(request, "courses/material_list.html", context)


def _material(request, public_id, may):
    materials = Material.objects.visible_to(request.user)
    related = ("section__course__subject", "section__term")
    material = get_object_or_404(materials.select_related(*related), public_id=public_id)
    if not may(request.user, material.section):
        raise PermissionDenied
    return material


@require_safe
@login_required
def material_file(request, public_id):
    """One file, to be saved and never shown in this site's own name."""
    material = _material(request, public_id, can_read_materials)
    try:
        content = material.file.open("rb")
    except FileNotFoundError as exc:
        raise Http404 from exc
    answer = FileResponse(content, as_attachment=True, filename=material.filename)
    answer["Content-Type"] = "application/octet-stream"
    answer["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return answer


@login_required
def material_remove(request, public_id):
    """Ask once more, then take a file away."""
    material = _material(request, public_id, can_edit_materials)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        form.is_valid()
        removed = attempt(form, lambda: operations.remove_material(material, by=request.user))
        if removed is not None:
            messages.success(request, _("%(name)s is gone.") % {"name": material.filename})
            return redirect("courses:material_list", material.section.public_id)
    context = {"material": material, "section": material.section, "form": form}
    return render(request, "courses/material_remove.html", context)
