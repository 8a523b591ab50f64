"""Plan a term: wishes in, conflict-free weeks out, one of them enrolled in by one act."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.errors import DomainError
from courses.models import Course
from courses.queries import search_courses
from students import operations
from students.plan_forms import PlanForm
from students.policies import can_plan
from students.queries.alternatives import alternatives
from students.queries.combinations import COUNT_LIMIT
from students.queries.plans import MOST_PLANS, PAGE, checked, own_sections, plan_of, plan_term, sections_of
from students.views.classes import reader
from students.views.sections import visible_section

SUGGESTIONS = 8


@login_required
def plan(request):
    """Every combination of open sections of the wished courses, best first; all of it is in the address."""
    _planner(request)
    form = PlanForm(request.GET, user=request.user)
    valid = form.is_valid()
    courses = form.cleaned_data["courses"]
    found = list(_found(request, form)) if valid and form.cleaned_data["add"] else []
    if len(found) == 1 and found[0] not in courses:
        return redirect(f"{request.path}?{_with(request, found[0])}")
    context = {"form": form, "courses": courses, "term": form.cleaned_data["term"], "suggestions": []}
    context["suggestions"] = [(course, _with(request, course)) for course in found if course not in courses]
    context["nothing_found"] = bool(form.cleaned_data.get("add")) and not found
    context["chosen"] = [(course, _without(request, course)) for course in courses]
    if valid and courses and context["term"]:
        context |= _planned(request, form)
    return render(request, "students/plan.html", context, status=200 if valid else 400)


def _planner(request):
    if not can_plan(request.user):
        raise PermissionDenied
    return reader(request.user)


def _found(request, form):
    found = search_courses(Course.objects.visible_to(request.user).select_related("subject"), form.cleaned_data["add"])
    exact = " ".join(form.cleaned_data["add"].split()).upper()
    rows = list(found[:SUGGESTIONS])
    return [course for course in rows if course.code.upper() == exact] or rows


def _with(request, course):
    query = request.GET.copy()
    query.pop("add", None)
    query.pop("page", None)
    query.appendlist("course", course.code)
    return query.urlencode()


def _without(request, course):
    query = request.GET.copy()
    query.pop("page", None)
    query.setlist("course", [code for code in query.getlist("course") if code.upper() != course.code.upper()])
    return query.urlencode()


def _planned(request, form):
    page = _page(request)
    data = form.cleaned_data
    planned = plan_term(
        reader(request.user), data["term"], data["courses"], form.wishes(), request.user, (page - 1) * PAGE
    )
    shown = min(planned.count, MOST_PLANS)
    first = (page - 1) * PAGE
    return {
        "planned": planned,
        "first": first + 1,
        "last": first + len(planned.plans),
        "has_next": first + PAGE < shown and bool(planned.plans),
        "page": page,
        "is_many": planned.count >= COUNT_LIMIT,
        "most": MOST_PLANS,
    }


def _page(request):
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), MOST_PLANS // PAGE)


@login_required
def plan_compare(request):
    """Two plans beside one another; what differs is said in words."""
    student = _planner(request)
    form = PlanForm(request.GET, user=request.user)
    form.is_valid()
    term = form.cleaned_data["term"]
    plans = [_plan(request, student, term, key) for key in request.GET.getlist("plan")[:2]]
    plans = [one for one in plans if one]
    back = request.GET.copy()
    back.pop("plan", None)
    return render(request, "students/plan_compare.html", {"plans": plans, "term": term, "back": back.urlencode()})


def _plan(request, student, term, key):
    """Return the plan of these CRNs, those that are open and visible; None when there is none of them."""
    crns = [crn for crn in dict.fromkeys(key.split(",")) if crn][:20]
    if term is None or not crns:
        return None
    rows = list(sections_of(term, request.user).filter(crn__in=crns))
    return plan_of(rows, own_sections(student, term)) if rows else None


@login_required
def plan_review(request):
    """One plan with every rule of each section; its button enrolls in all of it or in nothing."""
    student = _planner(request)
    query = request.POST if request.method == "POST" else request.GET
    form = PlanForm({"term": query.get("term", "")}, user=request.user)
    form.is_valid()
    term = form.cleaned_data["term"]
    found = _plan(request, student, term, query.get("plan", ""))
    refusal = None
    if found and request.method == "POST":
        try:
            operations.enroll_all(operations.ensure_profile(request.user), found.sections, by=request.user)
        except DomainError as exc:
            refusal = exc
        else:
            messages.success(request, _("You are enrolled in all of these sections."))
            return redirect("students:enrollments")
    rows = checked(student, found.sections) if found else []
    context = {"plan": found, "rows": rows, "term": term, "refusal": refusal, "ok": all(row.check.ok for row in rows)}
    return render(request, "students/plan_review.html", context, status=409 if refusal else 200)


@login_required
def section_alternatives(request, public_id):
    """Other sections of the same course with a free seat, those that fit the reader's week first."""
    student = _planner(request)
    section = visible_section(request, public_id)
    context = {"section": section, "rows": alternatives(student, section, request.user)}
    return render(request, "students/section_alternatives.html", context)
