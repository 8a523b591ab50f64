"""Lists as tables for files: a header and rows that are read while they are sent."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from appointments.models import Appointment
from appointments.policies import is_party
from appointments.queries.timetable import entries_for
from courses.models import Course, Section, Term
from reports.queries.figures import IN_ORDER, with_figures
from scheduling.models import Meeting, MeetingInstructor, MeetingPattern, Room
from students.models import Enrollment, StudentProfile
from students.policies import can_manage_grades
from students.queries.class_search import pattern_text, with_facts
from students.queries.grades import grade_sheet, posted_sheet, student_views
from students.queries.roster import roster_of
from students.validators import shorten

CHUNK = 2_000


class Table(NamedTuple):
    header: list[Any]
    rows: Iterable[list[Any]]


def courses_table(user: Any) -> Table:
    found = Course.objects.visible_to(user).select_related("subject").order_by("sort_key", "pk")
    header = [
        _("Subject"), _("Number"), _("Title"), _("Credit hours, least"), _("Credit hours, most"), _("State"),
        _("Description"),
    ]  # fmt: skip
    return Table(
        header,
        (
            [
                course.subject.code, course.number, course.title, course.credit_hours_min, course.credit_hours_max,
                course.get_status_display(), course.description,
            ]
            for course in found.iterator(CHUNK)
        ),
    )  # fmt: skip


def sections_table(sections: QuerySet[Section]) -> Table:
    """Return sections, read as `user` may see them, with what class search shows and with their figures."""
    found = with_figures(with_facts(sections)).order_by(*IN_ORDER)
    header = [
        _("CRN"), _("Course"), _("Section"), _("Title"), _("Term"), _("State"), _("Delivery"), _("Instructors"),
        _("Times"), _("Rooms"), _("Capacity"), _("Enrolled"), _("Waiting"), _("Fill in percent"),
    ]  # fmt: skip
    return Table(header, (_section_row(section) for section in found.iterator(CHUNK)))


def _section_row(section: Any) -> list[Any]:
    patterns = list(section.patterns.all())
    return [
        section.crn,
        section.course.code,
        section.section_number,
        section.name,
        section.term.code,
        section.get_status_display(),
        section.get_instructional_method_display(),
        "; ".join(row.instructor.sort_name for row in section.section_instructors.all()),
        "; ".join(pattern_text(pattern) or _("to be arranged") for pattern in patterns),
        "; ".join(str(pattern.room) for pattern in patterns if pattern.room),
        section.capacity,
        section.enrolled,
        section.waiting,
        None if section.fill is None else round(section.fill, 1),
    ]


def rooms_table(user: Any) -> Table:
    found = Room.objects.visible_to(user).select_related("building").order_by("building__code", "code", "pk")
    header = [_("Building"), _("Building's name"), _("Room"), _("Name"), _("Seats"), _("Step-free"), _("In use")]
    return Table(
        header,
        (
            [
                room.building.code, room.building.name, room.code, room.name, room.capacity,
                _yes(room.is_accessible), _yes(room.is_active),
            ]
            for room in found.iterator(CHUNK)
        ),
    )  # fmt: skip


def roster_table(section: Section, zone: ZoneInfo) -> Table:
    header = [
        _("Student number"), _("Family name"), _("Given name"), _("Preferred name"), _("E-mail"), _("Program"),
        _("Level"), _("Status"), _("Credit hours"), _("Enrolled at"),
    ]  # fmt: skip
    return Table(
        header,
        (
            [
                *_person(enrollment.student), enrollment.student.program.code if enrollment.student.program else "",
                enrollment.student.get_level_display(), enrollment.get_status_display(), enrollment.credit_hours,
                enrollment.enrolled_at.astimezone(zone),
            ]
            for enrollment in roster_of(section).iterator(CHUNK)
        ),
    )  # fmt: skip


def grades_table(section: Section, user: Any) -> Table:
    """Return the grade sheet: with drafts for the section's instructors, as its students see it for others."""
    sees_drafts = can_manage_grades(user, section)
    sheet = grade_sheet(section) if sees_drafts else posted_sheet(section)
    works = [
        _("%(title)s (of %(points)s)") % {"title": item.title, "points": shorten(item.points)} for item in sheet.items
    ]
    header = [_("Student number"), _("Family name"), _("Given name"), _("Preferred name"), _("E-mail"), *works]
    drafts = [_("Total of all work"), _("Grade entered")] if sees_drafts else []
    return Table(
        [*header, *drafts, _("Total posted"), _("Grade posted")],
        (
            [
                *_person(row.student), *(mark.text for mark in row.marks),
                *([row.total, row.submitted] if sees_drafts else []), row.posted_total, row.posted,
            ]
            for row in sheet.rows
        ),
    )  # fmt: skip


def enrollments_table(student: StudentProfile, zone: ZoneInfo) -> Table:
    """Return every enrollment of a student, newest term first, with the grades that are posted."""
    found = list(
        Enrollment.objects.filter(student=student)
        .select_related("section__course__subject", "section__term")
        .order_by("-section__term__start_date", "section__course__sort_key", "pk")
    )
    views = student_views(found)
    header = [
        _("Term"), _("CRN"), _("Course"), _("Section"), _("Title"), _("Credit hours"), _("Status"), _("Enrolled at"),
        _("Status since"), _("Grade"),
    ]  # fmt: skip
    return Table(
        header,
        [
            [
                one.section.term.code, one.section.crn, one.section.course.code, one.section.section_number,
                one.section.name, one.credit_hours, one.get_status_display(), one.enrolled_at.astimezone(zone),
                one.status_at.astimezone(zone), views[one.pk].final,
            ]
            for one in found
        ],
    )  # fmt: skip


def students_table(user: Any) -> Table:
    found = StudentProfile.objects.visible_to(user).select_related("user", "program")
    header = [
        _("Student number"), _("Family name"), _("Given name"), _("Preferred name"), _("E-mail"), _("Program"),
        _("Level"), _("Standing"), _("Active"),
    ]  # fmt: skip
    return Table(
        header,
        (
            [
                *_person(one), one.program.code if one.program else "", one.get_level_display(),
                one.get_standing_display(), _yes(one.user.is_active),
            ]
            for one in found.order_by("user__family_name", "user__given_name", "pk").iterator(CHUNK)
        ),
    )  # fmt: skip


def appointments_table(user: Any, zone: ZoneInfo) -> Table:
    """Return the appointments that `user` may see; place, topic and reason where `user` is a party."""
    found = Appointment.objects.visible_to(user).select_related("session__type", "session__host", "student")
    header = [
        _("Starts"), _("Ends"), _("Title"), _("Host"), _("Student"), _("Student's e-mail"), _("Place"), _("State"),
        _("Topic"), _("Reason of the cancellation"),
    ]  # fmt: skip
    rows = found.order_by("session__starts_at", "pk").iterator(CHUNK)
    return Table(header, (_appointment_row(one, user, zone) for one in rows))


def _appointment_row(one: Appointment, user: Any, zone: ZoneInfo) -> list[Any]:
    session, seen = one.session, is_party(user, one)
    return [
        session.starts_at.astimezone(zone),
        session.ends_at.astimezone(zone),
        session.type.title,
        session.host.display_name,
        one.student.display_name,
        one.student.email,
        session.location if seen else "",
        one.get_status_display(),
        one.topic if seen else "",
        one.cancel_reason if seen else "",
    ]


def meetings_table(user: Any, term: Term) -> Table:
    """Return the dated meetings of a term, of the sections that `user` may see, at the wall clock of their place."""
    header = [
        _("Day"), _("From"), _("To"), _("Time zone"), _("Kind"), _("Type"), _("State"), _("Room"), _("Sections"),
        _("CRN"), _("Instructors"),
    ]  # fmt: skip
    return Table(header, _meeting_rows(user, term))


def _meeting_rows(user: Any, term: Term) -> Iterator[list[Any]]:
    """Yield the meetings in order; what many of them share is read once, for a term may have a hundred thousand."""
    sections = Section.objects.visible_to(user).select_related("course__subject").order_by(*IN_ORDER)
    seen = MeetingPattern.objects.visible_to(user).filter(term=term)
    patterns = {one.pk: one for one in seen.prefetch_related(Prefetch("sections", queryset=sections))}
    shared = {key: _pattern_cells(pattern) for key, pattern in patterns.items()}
    rooms = {room.pk: str(room) for room in Room.objects.visible_to(user).select_related("building")}
    teaching = MeetingInstructor.objects.filter(meeting__pattern__term=term)
    names = {one.pk: one.sort_name for one in User.objects.filter(pk__in=teaching.values("instructor"))}
    meetings = Meeting.objects.filter(pattern__term=term).order_by("starts_at", "pk")
    for meeting in meetings.prefetch_related("meeting_instructors").iterator(CHUNK):
        if meeting.pattern_id in shared:
            zone, kind, schedule_type, *whose = shared[meeting.pattern_id]
            start, end = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
            people = (names.get(row.instructor_id, "") for row in meeting.meeting_instructors.all())
            yield [
                start.date(), f"{start:%H:%M}", f"{end:%H:%M}", str(zone), kind, schedule_type,
                meeting.get_status_display(), rooms.get(meeting.room_id or 0, ""), *whose, "; ".join(people),
            ]  # fmt: skip


def _pattern_cells(pattern: MeetingPattern) -> tuple[Any, ...]:
    sections = list(pattern.sections.all())
    return (
        ZoneInfo(pattern.zone),
        pattern.get_kind_display(),
        pattern.schedule_type,
        "; ".join(str(section) for section in sections),
        "; ".join(section.crn for section in sections),
    )


def timetable_table(user: Any, term: Term, zone: ZoneInfo) -> Table:
    """Return a person's own calendar over a term: classes taken and taught, appointments, deadlines."""
    first = datetime.combine(term.start_date, time(0), zone)
    after = datetime.combine(term.end_date + timedelta(days=1), time(0), zone)
    header = [_("Starts"), _("Ends"), _("Kind"), _("Title"), _("Place"), _("State")]
    kinds = {
        "class": _("Class"),
        "exam": _("Exam"),
        "appointment": _("Appointment"),
        "deadline": _("Deadline"),
    }
    return Table(
        header,
        [
            [
                entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone), kinds.get(entry.kind, entry.kind),
                entry.title, entry.place, _("Cancelled") if entry.is_cancelled else "",
            ]
            for entry in entries_for(user, first, after)
        ],
    )  # fmt: skip


def _person(student: StudentProfile) -> list[str]:
    user = student.user
    return [student.institutional_id, user.family_name, user.given_name, user.preferred_name, user.email]


def _yes(fact: bool) -> str:
    return _("yes") if fact else _("no")
