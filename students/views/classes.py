"""Class search and the page of one section, open to everyone."""

from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from core.problems import status_of
from courses.models import Section
from students.forms import ClassSearchForm
from students.models import StudentProfile
from students.policies import can_enroll_others, can_grant_override, pages_refusal, rights_in
from students.queries.class_search import (
    PAGE,
    in_catalog_order,
    pattern_text,
    row_of,
    rows_of,
    search_sections,
    with_facts,
)
from students.queries.enrollments import standing
from students.queries.ledger import earlier_lines
from students.queries.requirements import Record, requirements_in_words
from students.views.sections import links_of


def class_search(request):
    """The sections of a term that match; without scripts, by a form that is sent by GET."""
    form = ClassSearchForm(request.GET or None, user=request.user)
    page, rows, term = None, [], None
    if not form.is_bound:
        form = ClassSearchForm({}, user=request.user)
    if form.is_valid():
        wanted = form.wanted()
        term = wanted.term
        # The keys of all at once: the filters are asked once for the count and the page together.
        keys = list(search_sections(wanted, request.user).values_list("pk", flat=True))
        page = Paginator(keys, PAGE).get_page(request.GET.get("page"))
        rows = rows_of(with_facts(in_catalog_order(Section.objects.filter(pk__in=page.object_list))))
    context = {"form": form, "page_obj": page, "rows": rows, "term": term}
    return render(request, "students/class_search.html", context)


def section_detail(request, public_id):
    return show_section(request, public_id)


def show_section(request, public_id, refusal=None, malformed=None):
    """One section: seats, meetings, who teaches, what is needed, and where the reader stands.

    With a `refusal` it is the answer to what the reader asked for in vain, with the reason on top; with a `malformed`
    form to what could not be read.
    """
    sections = Section.objects.visible_to(request.user).filter(public_id=public_id)
    section = get_object_or_404(with_facts(sections))
    user = request.user
    student = reader(user)
    row = row_of(section)
    record = Record(student, section)
    context = {
        **facts_of(section, record),
        "row": row,
        "standing": standing(student, section, row.seats, record) if student else None,
        "pages_refusal": pages_refusal(user, section),
        "links": links_of(user, rights_in(user, section)),
        "may_enroll_others": can_enroll_others(user, section),
        "may_override": can_grant_override(user, section),
    }
    stands = context["standing"]
    seat = stands.enrollment if stands else None
    context["sees_classmates"] = bool(seat and seat.is_seated and not context["pages_refusal"])
    if stands and not stands.enrollment:
        context["earlier"] = earlier_lines(section) if row.seats.waiting else None
        context["has_swap"] = student.pk is not None and not stands.entry
    context["refusal"] = refusal
    context["malformed"] = malformed
    status = status_of(refusal) if refusal else 400 if malformed else 200
    return render(request, "students/section_detail.html", context, status=status)


def facts_of(section, record):
    """Return what the page of a class tells everybody: when it meets and what it asks for."""
    zone = timezone.get_current_timezone_name()
    return {
        "section": section,
        "meetings": [(pattern, pattern_text(pattern, zone)) for pattern in section.patterns.all()],
        "requirements": requirements_in_words(record),
    }


def reader(user):
    """Return the reader as a student, without a row when nothing was written about them yet; None for others."""
    if not user.is_authenticated:
        return None
    student = StudentProfile.objects.select_related("user").filter(user=user).first()
    if student is None and user.has_perm("students.enroll_self"):
        return StudentProfile(user=user)
    return student
