"""The catalogue and the lists of sections, to read."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render

from courses.models import Course, Section
from courses.policies import can_edit_sections
from courses.queries import course_codes, matching, requirement_words, search_courses

PAGE = 50


def _page(request, rows):
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def course_list(request):
    """The catalogue, by code, or what a search finds."""
    text = request.GET.get("q", "")
    courses = search_courses(Course.objects.visible_to(request.user).select_related("subject"), text)
    return render(request, "courses/course_list.html", {"page_obj": _page(request, courses), "q": text})


def course_detail(request, public_id):
    """One course: its text, what it requires, and its sections by term."""
    courses = Course.objects.visible_to(request.user).select_related("subject")
    course = get_object_or_404(courses.prefetch_related("requirements"), public_id=public_id)
    asked = list(course.requirements.all())
    codes = course_codes(asked)
    sections = Section.objects.visible_to(request.user).filter(course=course).select_related("term", "course__subject")
    context = {
        "course": course,
        "requirements": [(row.get_kind_display(), requirement_words(row.expression, codes)) for row in asked],
        "page_obj": _page(request, sections.order_by("-term__start_date", "section_number", "pk")),
    }
    return render(request, "courses/course_detail.html", context)


def _sections(request, sections, template):
    rows = matching(sections, request.GET.get("q", ""), path="course__").select_related("term", "course__subject")
    rows = rows.prefetch_related(Prefetch("section_instructors__instructor"))
    rows = rows.order_by("-term__start_date", "course__sort_key", "section_number", "pk")
    return render(request, template, {"page_obj": _page(request, rows), "q": request.GET.get("q", "")})


@login_required
def section_list(request):
    """All sections, for staff."""
    if not can_edit_sections(request.user):
        raise PermissionDenied
    return _sections(request, Section.objects.visible_to(request.user), "courses/section_list.html")


@login_required
def my_sections(request):
    """The sections that this person teaches."""
    return _sections(request, Section.objects.taught_by(request.user), "courses/my_sections.html")
