"""What a person may take out, how full a term is, and the files themselves."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.exports import csv_response
from core.history import route_of
from courses.models import Section, Term
from reports.errors import MayNotExportGrades, MayNotExportRoster, MayNotExportStudents, MayNotSeeFigures
from reports.forms import FiguresForm
from reports.policies import can_see_figures
from reports.queries import tables
from reports.queries.available import available_reports, taught_sections
from reports.queries.figures import ORDERS, reported_sections, totals, with_figures
from students.models import StudentProfile
from students.policies import can_export_grades, can_see_contacts, can_see_records

PAGE = 50


def _file(name, table):
    return csv_response(name, table.header, table.rows)


def _term(request):
    """Return the term that ?term= names by its code, else the current one."""
    terms = Term.objects.visible_to(request.user)
    if code := request.GET.get("term"):
        return get_object_or_404(terms, code=code)
    current = terms.current()
    if current is None:
        raise Http404
    return current


def _note(request, students, what):
    note_access(students.values_list("user_id", flat=True), what, by=request.user, route=route_of(request))


def _enrolled(section):
    return StudentProfile.objects.filter(enrollments__section=section)


def _section(request, public_id):
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term")
    return get_object_or_404(sections, public_id=public_id)


@require_safe
@login_required
def report_list(request):
    term = Term.objects.visible_to(request.user).current()
    context = {
        "term": term,
        "reports": available_reports(request.user, term),
        "taught": taught_sections(request.user, term),
    }
    return render(request, "reports/report_list.html", context)


@require_safe
@login_required
def enrollment_report(request):
    """Seats, enrolled, waiting and fill of the sections of a term, and their sums."""
    if not can_see_figures(request.user):
        raise MayNotSeeFigures()
    form = FiguresForm(request.GET, user=request.user)
    term, order = form.chosen()
    sections = with_figures(reported_sections(request.user, term)) if term else Section.objects.none()
    rows = sections.select_related("course__subject").order_by(*ORDERS[order]) if term else sections
    found = totals(sections) if term else None
    context = {
        "form": form,
        "term": term,
        "totals": found,
        "stats": _stats(found),
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "reports/enrollment_report.html", context)


def _stats(found):
    if found is None:
        return []
    fill = _("no limit") if found.fill is None else _("%(n)s %%") % {"n": found.fill}
    return [
        {"label": _("Sections"), "value": found.sections},
        {"label": _("Seats"), "value": found.seats},
        {"label": _("Enrolled"), "value": found.enrolled},
        {"label": _("Waiting"), "value": found.waiting},
        {"label": _("Filled"), "value": fill},
    ]


@require_safe
@login_required
def course_csv(request):
    return _file("courses", tables.courses_table(request.user))


@require_safe
@login_required
def section_csv(request):
    term = _term(request)
    sections = Section.objects.visible_to(request.user).filter(term=term)
    return _file(f"sections-{term.code}", tables.sections_table(sections))


@require_safe
@login_required
def figures_csv(request):
    """The sections of the enrollment report as a file."""
    if not can_see_figures(request.user):
        raise MayNotSeeFigures()
    term = _term(request)
    return _file(f"enrollment-{term.code}", tables.sections_table(reported_sections(request.user, term)))


@require_safe
@login_required
def room_csv(request):
    return _file("rooms", tables.rooms_table(request.user))


@require_safe
@login_required
def meeting_csv(request):
    term = _term(request)
    return _file(f"meetings-{term.code}", tables.meetings_table(request.user, term))


@require_safe
@login_required
def timetable_csv(request):
    term = _term(request)
    return _file(f"timetable-{term.code}", tables.timetable_table(request.user, term, request.user.zone))


@require_safe
@login_required
def roster_csv(request, public_id):
    section = _section(request, public_id)
    if not can_see_contacts(request.user, section):
        raise MayNotExportRoster()
    _note(request, _enrolled(section), RecordAccess.What.ROSTER_FILE)
    return _file(f"roster-{section.term.code}-{section.crn}", tables.roster_table(section, request.user.zone))


@require_safe
@login_required
def grade_csv(request, public_id):
    section = _section(request, public_id)
    if not can_export_grades(request.user, section):
        raise MayNotExportGrades()
    _note(request, _enrolled(section), RecordAccess.What.GRADE_FILE)
    return _file(f"grades-{section.term.code}-{section.crn}", tables.grades_table(section, request.user))


@require_safe
@login_required
def enrollment_csv(request):
    """One's own enrollments; whoever is no student has none."""
    student = get_object_or_404(StudentProfile, user=request.user)
    return _file("enrollments", tables.enrollments_table(student, request.user.zone))


@require_safe
@login_required
def student_csv(request):
    if not can_see_records(request.user):
        raise MayNotExportStudents()
    _note(request, StudentProfile.objects.visible_to(request.user), RecordAccess.What.STUDENT_FILE)
    return _file("students", tables.students_table(request.user))


@require_safe
@login_required
def appointment_csv(request):
    return _file("appointments", tables.appointments_table(request.user, request.user.zone))
