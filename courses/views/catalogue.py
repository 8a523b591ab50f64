"""Subjects and courses: the catalogue to read, and staff's pages to change it."""

from copy import copy

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import operations
from courses.forms import CourseFilterForm, CourseForm, RequirementsForm, SubjectForm, attempt
from courses.models import Course, Section, Subject
from courses.policies import can_edit_catalog, can_edit_sections
from courses.queries import course_codes, course_deeds, in_order, requirement_words, search_courses
from courses.views.shared import Deed, allowed_to, confirm, page_of

DEEDS = {
    "publish": Deed(
        operations.publish_course,
        gettext_lazy("Publish the course"),
        gettext_lazy("Publish %(name)s?"),
        lambda course: _("Everybody will see the course in the catalogue, and sections of it can be opened."),
        gettext_lazy("%(name)s is in the catalogue now."),
    ),
    "archive": Deed(
        operations.archive_course,
        gettext_lazy("Archive the course"),
        gettext_lazy("Archive %(name)s?"),
        lambda course: _(
            "The course leaves the catalogue and no section of it can be planned any more. What was taught stays on the"
            " record. This cannot be undone."
        ),
        gettext_lazy("%(name)s is archived."),
    ),
}


def course_list(request):
    """The catalogue, by code, or what a search finds."""
    staff = request.user.is_authenticated and can_edit_catalog(request.user)
    form = CourseFilterForm(request.GET, staff=staff)
    courses = Course.objects.visible_to(request.user).select_related("subject")
    if form.is_valid():
        data = form.cleaned_data
        courses = search_courses(courses, data["q"])
        if data["subject"]:
            courses = courses.filter(subject=data["subject"])
        if data.get("status"):
            courses = courses.filter(status=data["status"])
    else:
        courses = courses.none()
    return render(
        request, "courses/course_list.html", {"page_obj": page_of(request, courses), "form": form, "may_edit": staff}
    )


def _course(request, public_id):
    return get_object_or_404(Course.objects.visible_to(request.user).select_related("subject"), public_id=public_id)


def course_detail(request, public_id):
    """One course: its text, what it requires, and its sections by term."""
    course = _course(request, public_id)
    asked = list(course.requirements.order_by("-kind"))
    codes = course_codes(asked)
    staff = request.user.is_authenticated and can_edit_catalog(request.user)
    context = {
        "course": course,
        "requirements": [(row.get_kind_display(), requirement_words(row.expression, codes)) for row in asked],
        "page_obj": page_of(request, in_order(Section.objects.visible_to(request.user).filter(course=course))),
        "deeds": course_deeds(course) if staff else [],
        "may_manage": request.user.is_authenticated and can_edit_sections(request.user),
    }
    return render(request, "courses/course_detail.html", context)


@allowed_to(can_edit_catalog)
def course_form(request, public_id=None):
    """Draft a course, or change one."""
    course = _course(request, public_id) if public_id else None
    form = CourseForm(request.POST or None, instance=copy(course))
    if request.method == "POST" and form.is_valid():
        if course is None:
            saved = attempt(form, lambda: operations.create_course(by=request.user, **form.given()))
        else:
            saved = attempt(form, lambda: operations.change_course(course, by=request.user, **form.given()))
        if saved is not None:
            text = _("%(name)s is saved as a draft; publish it to show it to everybody.") if not course else ""
            messages.success(request, (text or _("%(name)s is saved.")) % {"name": saved.code})
            return redirect("courses:course_detail", saved.public_id)
    return render(request, "courses/course_form.html", {"form": form, "course": course})


@allowed_to(can_edit_catalog)
def course_deed(request, public_id, deed):
    """Ask before a course is published or archived."""
    course = _course(request, public_id)
    back = reverse("courses:course_detail", args=[course.public_id])
    possible = deed in course_deeds(course)
    return confirm(request, DEEDS[deed], course, possible=possible, name=course.code, back=back)


@allowed_to(can_edit_catalog)
def course_requirements(request, public_id):
    """Change what a course requires, as text."""
    course = _course(request, public_id)
    back = reverse("courses:course_detail", args=[course.public_id])
    return requirements_page(request, course, name=course.code, back=back)


def requirements_page(request, target, *, name, back):
    """The page of the requirements of a course or a section."""
    rows = list(target.requirements.order_by("-kind"))
    form = RequirementsForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():

        def deed():
            with transaction.atomic():
                for kind, tree in form.changes().items():
                    operations.set_requirement(target, tree, by=request.user, kind=kind)
            return True

        if attempt(form, deed):
            messages.success(request, _("The requirements of %(name)s are saved.") % {"name": name})
            return redirect(back)
    codes = course_codes(rows)
    words = [(row.get_kind_display(), requirement_words(row.expression, codes)) for row in rows]
    context = {"form": form, "name": name, "requirements": words, "back_href": back}
    return render(request, "courses/requirements_form.html", context)


@allowed_to(can_edit_catalog)
def subject_list(request):
    """The subjects under which courses are numbered."""
    return render(
        request, "courses/subject_list.html", {"page_obj": page_of(request, Subject.objects.order_by("code"))}
    )


@allowed_to(can_edit_catalog)
def subject_form(request, public_id=None):
    """Make a subject, or change one."""
    subject = get_object_or_404(Subject, public_id=public_id) if public_id else None
    form = SubjectForm(request.POST or None, instance=copy(subject))
    if request.method == "POST" and form.is_valid():
        if subject is None:
            saved = attempt(form, lambda: operations.create_subject(by=request.user, **form.given()))
        else:
            saved = attempt(form, lambda: operations.change_subject(subject, by=request.user, **form.given()))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.code})
            return redirect("courses:subject_list")
    return render(request, "courses/subject_form.html", {"form": form, "subject": subject})
