"""What a person may take out, with its address."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from courses.models import Section, SectionInstructor, Term
from reports.policies import can_see_figures
from reports.queries.figures import IN_ORDER
from students.models import StudentProfile
from students.policies import can_see_records


@dataclass(frozen=True)
class Report:
    title: str
    text: str
    href: str
    # A page to read first, if there is one.
    page: str = ""


def available_reports(user: Any, term: Term | None) -> list[Report]:
    """Return the lists that `user` may take out as a file, in the order of a working day."""
    found = [_report(_("Courses"), _("The catalogue with credit hours and descriptions."), "course_csv")]
    if term is not None:
        found += [
            _report(_("Sections"), _("Times, rooms, seats and fill of the sections of the term."), "section_csv", term),
            _report(_("Meetings"), _("Every dated meeting with room and instructors."), "meeting_csv", term),
            _report(_("My timetable"), _("Classes, appointments and deadlines of the term."), "timetable_csv", term),
        ]
    if term is not None and can_see_figures(user):
        page = _address("enrollment_report", term)
        text = _("Capacity, enrolled, waiting and fill of each section.")
        found.append(_report(_("Enrollment of the term"), text, "figures_csv", term, page))
    found.append(_report(_("Rooms"), _("Buildings and rooms with their seats."), "room_csv"))
    found.append(_report(_("Appointments"), _("Office hours booked with you or by you."), "appointment_csv"))
    if StudentProfile.objects.filter(user=user).exists():
        found.append(_report(_("My enrollments"), _("Every class you took, with posted grades."), "enrollment_csv"))
    if can_see_records(user):
        found.append(_report(_("Students"), _("All students with number, program and standing."), "student_csv"))
    return found


def _report(title: str, text: str, name: str, term: Term | None = None, page: str = "") -> Report:
    return Report(title, text, _address(name, term), page)


def _address(name: str, term: Term | None) -> str:
    query = f"?{urlencode({'term': term.code})}" if term else ""
    return reverse(f"reports:{name}") + query


def taught_sections(user: Any, term: Term | None) -> QuerySet[Section]:
    """Return the sections of the term whose roster and grades `user` may take out as their instructor."""
    own = SectionInstructor.objects.filter(instructor=user, role=SectionInstructor.Role.INSTRUCTOR)
    found = Section.objects.visible_to(user).filter(term=term, pk__in=own.values("section"))
    return found.select_related("course__subject").order_by(*IN_ORDER)
