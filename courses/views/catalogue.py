"""Subjects and courses: the catalogue to read, and staff's pages to change it."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import operations
from courses.forms import CourseFilterForm, CourseForm, RequirementsForm, SubjectForm, attempt
from courses.models import Course, Section, Subject
from courses.policies import can_edit_catalog, can_edit_sections
from courses.queries import course_deeds, requirements_said, search_courses
from courses.views.shared import Deed, allowed_to, confirm, found_for, page_of, sections_page

DEEDS = {
    "publish": Deed(
        operations.publish_course,
        gettext_lazy("Publish the course"),
        gettext_lazy("Publish %(name)s?"),
        lambda course: _("Everybody will see the course in the catalogue, and sections of it can be opened."),
        gettext_lazy("%(name)s is in the catalogue now."),
        is_harmless=True,
    ),
    "archive": Deed(
        operations.archive_course,
        gettext_lazy("Archive the course"),
        gettext_lazy("Archive %(name)s?"),
        lambda course: _(
            "The course leaves the catalogue and no section of it can be planned any more. What was taught stays on the"
            " record. It can be restored."
        ),
        gettext_lazy("%(name)s is archived."),
    ),
    "restore": Deed(
        operations.restore_course,
        gettext_lazy("Restore the course"),
        gettext_lazy("Restore %(name)s?"),
        lambda course: _(
            "The course is in the catalogue again: published if it was ever taught, otherwise as a draft."
        ),
        gettext_lazy("%(name)s is restored."),
        is_harmless=True,
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


def _course(request, public_id, may=None):
    courses = Course.objects.visible_to(request.user).select_related("subject")
    return found_for(request.user, courses, public_id, may)


def _keeps_catalog(user, thing):
    return can_edit_catalog(user)


def course_detail(request, public_id):
    """One course: its text, what it requires, and its sections by term."""
    course = _course(request, public_id)
    staff = request.user.is_authenticated and can_edit_catalog(request.user)
    context = {
        "course": course,
        "requirements": requirements_said(course.requirements.order_by("-kind")),
        "page_obj": sections_page(request, Section.objects.visible_to(request.user).filter(course=course)),
        "deeds": course_deeds(course) if staff else [],
        "may_see_state": staff,
        "may_manage": request.user.is_authenticated and can_edit_sections(request.user),
    }
    return render(request, "courses/course_detail.html", context)


@allowed_to(can_edit_catalog)
def course_create(request):
    """Draft a course."""
    return _course_form(request, None)


@login_required
def course_edit(request, public_id):
    """Change a course."""
    return _course_form(request, _course(request, public_id, _keeps_catalog))


def _course_form(request, course):
    initial = {} if course else {"subject": Subject.objects.filter(code=request.GET.get("subject", "")[:10]).first()}
    form = CourseForm(request.POST or None, instance=copy(course), initial=initial)
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


@login_required
def course_deed(request, public_id, deed):
    """Ask before a course is published, archived or restored."""
    course = _course(request, public_id, _keeps_catalog)
    back = reverse("courses:course_detail", args=[course.public_id])
    possible = deed in course_deeds(course)
    return confirm(request, DEEDS[deed], course, possible=possible, name=course.code, back=back)


@login_required
def course_requirements(request, public_id):
    """Change what a course requires, as text."""
    course = _course(request, public_id, _keeps_catalog)
    back = reverse("courses:course_detail", args=[course.public_id])
    return requirements_page(request, course, name=course.code, facts=course.title, back=back)


def requirements_page(request, target, *, name, facts, back):
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
    said = requirements_said(rows)
    context = {"form": form, "name": name, "facts": facts, "requirements": said, "back_href": back}
    return render(request, "courses/requirements_form.html", context)


@allowed_to(can_edit_catalog)
def subject_list(request):
    """The subjects under which courses are numbered."""
    subjects = Subject.objects.annotate(course_count=Count("courses", filter=~Q(courses__status="archived")))
    return render(request, "courses/subject_list.html", {"page_obj": page_of(request, subjects.order_by("code"))})


@allowed_to(can_edit_catalog)
def subject_create(request):
    """Make a subject."""
    return _subject_form(request, None)


@login_required
def subject_edit(request, public_id):
    """Change a subject."""
    return _subject_form(request, found_for(request.user, Subject.objects.all(), public_id, _keeps_catalog))


def _subject_form(request, subject):
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
