"""Sections: lists of staff and of those who teach, and the pages to plan, change and end a section."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from courses import hooks, operations
from courses.errors import NotCrossListed
from courses.forms import (
    CrossListForm,
    DescriptionForm,
    NewSectionForm,
    SectionFilterForm,
    SectionForm,
    SeenForm,
    TeachingForm,
    TeachingFormSet,
    attempt,
)
from courses.models import Course, Requirement, Section, Term
from courses.policies import can_describe_section, can_edit_catalog, can_edit_sections, teaches
from courses.queries import (
    requirements_said,
    section_deeds,
    sections_matching,
    taught_by_somebody_named,
)
from courses.views.catalogue import requirements_page
from courses.views.shared import Deed, allowed_to, confirm, found_for, sections_page


def _cancelled(section: Section) -> str:
    told = [sentence for tell in hooks.cancel_consequences for sentence in tell(section)]
    return " ".join([*told, _("Those who teach it are told.")])


def _restored(section: Section) -> str:
    told = [sentence for tell in hooks.restore_consequences for sentence in tell(section)]
    return " ".join([*told, _("Those who teach it are told. It takes no registrations until it is opened.")])


DEEDS = {
    "open": Deed(
        operations.open_section,
        gettext_lazy("Open the section"),
        gettext_lazy("Open %(name)s for registration?"),
        lambda section: _(
            "Everybody will see the section, and students can take its seats while registration is open."
        ),
        gettext_lazy("%(name)s is open for registration."),
        is_harmless=True,
    ),
    "close": Deed(
        operations.close_section,
        gettext_lazy("Close the section"),
        gettext_lazy("Close %(name)s for registration?"),
        lambda section: _(
            "Nobody can enroll or move up from the line any more; those who are in stay in. It can be opened again."
        ),
        gettext_lazy("%(name)s takes no more registrations."),
        is_harmless=True,
    ),
    "complete": Deed(
        operations.complete_section,
        gettext_lazy("Complete the section"),
        gettext_lazy("Complete %(name)s?"),
        lambda section: _("The class is over: nobody can enroll any more. This cannot be undone."),
        gettext_lazy("%(name)s is completed."),
    ),
    "cancel": Deed(
        operations.cancel_section,
        gettext_lazy("Cancel the section"),
        gettext_lazy("Cancel %(name)s?"),
        _cancelled,
        gettext_lazy("%(name)s is cancelled."),
    ),
    "restore": Deed(
        operations.restore_section,
        gettext_lazy("Restore the section"),
        gettext_lazy("Restore %(name)s?"),
        _restored,
        gettext_lazy("%(name)s is restored."),
        is_harmless=True,
    ),
}


def _list(request, sections, template, *, own):
    form = SectionFilterForm(request.GET, user=request.user, own=own)
    if form.is_valid():
        data = form.cleaned_data
        sections = sections_matching(sections, data["q"])
        sections = taught_by_somebody_named(sections, data.get("instructor", ""))
        if data["term"]:
            sections = sections.filter(term=data["term"])
        if data.get("subject"):
            sections = sections.filter(course__subject=data["subject"])
        if data["status"]:
            sections = sections.filter(status=data["status"])
    else:
        sections = sections.none()
    context = {"page_obj": sections_page(request, sections), "form": form, "may_manage": True}
    return render(request, template, context)


@allowed_to(can_edit_sections)
def section_list(request):
    """All sections, for staff."""
    return _list(request, Section.objects.visible_to(request.user), "courses/section_list.html", own=False)


@login_required
def my_sections(request):
    """The sections that this person teaches."""
    taught = Section.objects.visible_to(request.user).taught_by(request.user)
    return _list(request, taught, "courses/my_sections.html", own=True)


def _section(request, public_id, may):
    """Return the section of the address: 404 when it is hidden, 403 when `may(user, section)` is false."""
    related = ("course__subject", "term", "cross_list_group", "linked_to__course__subject")
    sections = Section.objects.visible_to(request.user).select_related(*related)
    return found_for(request.user, sections, public_id, may)


def _runs_sections(user, section):
    return can_edit_sections(user)


def _keeps_catalog(user, section):
    return can_edit_catalog(user)


def _works_on(user, section):
    return can_edit_sections(user) or teaches(user, section)


@login_required
def section_detail(request, public_id):
    """Everything about a section, for staff and those who teach it, with the deeds that are possible now."""
    section = _section(request, public_id, _works_on)
    staff = can_edit_sections(request.user)
    teaching = list(section.section_instructors.select_related("instructor"))
    own = [row for row in teaching if row.instructor_id == request.user.pk]
    instructs = any(row.is_instructor for row in own)
    deeds = section_deeds(section)
    asked = Requirement.objects.filter(Q(section=section) | Q(course=section.course))
    context = {
        "section": section,
        "teaching": teaching,
        "together": _together(section),
        "requirements": requirements_said(asked.order_by("-kind", "pk")),
        "deeds": deeds if staff else [],
        "may_see_course": can_edit_catalog(request.user) or section.course.status == Course.Status.PUBLISHED,
        "may_edit": staff and "change" in deeds,
        "may_describe": not staff and "change" in deeds and can_describe_section(request.user, section),
        "may_require": can_edit_catalog(request.user) and "change" in deeds,
        "may_see_line": staff or instructs,
        "may_grade": any(row.grades for row in own),
        "may_name_assistants": staff or instructs,
    }
    return render(request, "courses/section_detail.html", context)


def _together(section):
    """Return the other sections of the class."""
    group = section.cross_list_group
    return list(group.sections.exclude(pk=section.pk).select_related("course__subject")) if group else []


@allowed_to(can_edit_sections)
def section_create(request):
    """Plan a section of a course in a term."""
    initial = {"course": request.GET.get("course", "")[:30]}
    if request.method == "GET":
        current = Term.objects.visible_to(request.user).current()
        initial["term"] = request.GET.get("term", "")[:20] or (current.code if current else "")
    form = NewSectionForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        section = attempt(
            form, lambda: operations.create_section(data["course"], data["term"], by=request.user, **form.given())
        )
        if section is not None:
            text = _("%(name)s is planned. Name who teaches it, give it rooms, and open it for registration.")
            messages.success(request, text % {"name": section})
            return redirect("courses:section_detail", section.public_id)
    return render(request, "courses/section_form.html", {"form": form, "section": None})


@login_required
def section_edit(request, public_id):
    """Change a section: staff all of it, its instructors its description."""
    section = _section(request, public_id, can_describe_section)
    form_class = SectionForm if can_edit_sections(request.user) else DescriptionForm
    form = form_class(request.POST or None, instance=copy(section))
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: operations.change_section(section, by=request.user, **form.given()))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("courses:section_detail", section.public_id)
    return render(request, "courses/section_form.html", {"form": form, "section": section})


@login_required
def section_deed(request, public_id, deed):
    """Ask before a section is opened, closed, completed, cancelled or restored."""
    section = _section(request, public_id, _runs_sections)
    back = reverse("courses:section_detail", args=[section.public_id])
    possible = deed in section_deeds(section)
    return confirm(request, DEEDS[deed], section, possible=possible, name=str(section), back=back)


@login_required
def section_instructors(request, public_id):
    """Who teaches a section, and as what."""
    section = _section(request, public_id, _runs_sections)
    rows = list(section.section_instructors.select_related("instructor"))
    initial = [{"person": row.instructor, "role": TeachingForm.RECORD if row.is_primary else row.role} for row in rows]
    people = User.objects.filter(Q(is_active=True) | Q(pk__in=[row.instructor_id for row in rows]))
    formset = TeachingFormSet(request.POST or None, initial=initial, prefix="teaching", form_kwargs={"people": people})
    # What the deed refuses is about the rows together and stands on this form.
    form = SeenForm(request.POST or None, now=[(row.instructor_id, row.role, row.is_primary) for row in rows])
    if request.method == "POST" and formset.is_valid() and form.is_valid():
        saved = attempt(form, lambda: operations.set_instructors(section, formset.kept(), by=request.user))
        if saved is not None:
            messages.success(request, _("Who teaches %(name)s is saved.") % {"name": section})
            return redirect("courses:section_detail", section.public_id)
    context = {"formset": formset, "form": form, "section": section}
    return render(request, "courses/section_instructors.html", context)


@login_required
def section_cross_list(request, public_id):
    """Make a section one class with others, or change how many seats they have together."""
    section = _section(request, public_id, _runs_sections)
    group = section.cross_list_group
    initial = {"capacity": group.capacity} if group else {}
    form = CrossListForm(request.POST or None, section=section, initial=initial)
    if request.method == "POST" and form.is_valid():
        capacity = form.cleaned_data["capacity"]
        if group is None:
            rows = [section, *form.cleaned_data["crns"]]
            saved = attempt(form, lambda: operations.cross_list(rows, by=request.user, capacity=capacity))
        else:
            saved = attempt(form, lambda: operations.set_combined_capacity(section, by=request.user, capacity=capacity))
        if saved is not None:
            messages.success(request, _("The cross-listing of %(name)s is saved.") % {"name": section})
            return redirect("courses:section_detail", section.public_id)
    context = {"form": form, "section": section, "together": _together(section)}
    return render(request, "courses/section_cross_list.html", context)


END = Deed(
    operations.end_cross_list,
    gettext_lazy("Take the section out"),
    gettext_lazy("Take %(name)s out of its class?"),
    lambda section: _(
        "The section is a class of its own again, with its own seats, and so is the last one that stays behind."
        " Meetings stay as they are."
    ),
    gettext_lazy("%(name)s is a class of its own again."),
)


@login_required
def section_cross_list_end(request, public_id):
    """Ask before a section is taken out of its group."""
    section = _section(request, public_id, _runs_sections)
    back = reverse("courses:section_cross_list", args=[section.public_id])
    alone = section.cross_list_group_id is None
    why_not = str(NotCrossListed(section=str(section))) if alone else ""
    possible = not alone and "cross_list" in section_deeds(section)
    return confirm(request, END, section, possible=possible, name=str(section), back=back, why_not=why_not)


@login_required
def section_requirements(request, public_id):
    """What this one section requires besides its course."""
    section = _section(request, public_id, _keeps_catalog)
    back = reverse("courses:section_detail", args=[section.public_id])
    facts = f"{section.name} · {section.term}"
    return requirements_page(request, section, name=str(section), facts=facts, back=back)
