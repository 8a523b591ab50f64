"""A small world for walking every door: one of each thing, and everybody who could come to it.

Each thing that belongs to somebody has three others beside it, by the same name: that of another section, with other
people in it; that of a classmate; and that of a term which is over.
"""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.operations import assign_advisor, grant_role, invite, note_access, start_impersonation
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, rita
from appointments.models import AppointmentType, AvailabilityOverride
from appointments.operations import book
from appointments.tests.makers import at, make_type
from coursemgmt.privacy.operations import ask_copy, ask_erasure
from courses.models import Section, Term
from courses.operations import add_material, cross_list, set_requirement
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term
from integrations.models import ImportRun
from integrations.operations import create_run
from scheduling.models import Claim, Closure, ConflictOverride, Rollover, RoomFeature
from scheduling.operations import create_rollover
from scheduling.tests.makers import make_building, make_pattern, make_room
from students.models import (
    Hold,
    Override,
    OverrideRequest,
    Program,
    RegistrationWindow,
    Restriction,
    SeatReservation,
    StudentProfile,
)
from students.operations import (
    enter_marks,
    join_waitlist,
    link_guardian,
    post_finals,
    pre_enroll,
    set_self_enrollment,
    submit_finals,
)
from students.tests.makers import enroll_directly, make_grade_item, make_offer, make_student
from students.validators import Mark

TOKEN, MIXED = "token", "mixed"
ACTORS = [
    "anonymous", "student", "other_student", "instructor", "other_instructor", "assistant", "advisor",
    "other_advisor", MIXED, "registrar", "administrator", TOKEN,
]  # fmt: skip
# Who stands to the other section as who stands to this one.
MIRROR = {"student": "other_student", "instructor": "other_instructor", "advisor": "other_advisor"}


def make_people() -> dict[str, Any]:
    """Return who comes to the doors.

    Mixed teaches a section, studies in Ivan's, assists in that of the other instructor and advises a student of
    neither. The token is Rita's and opens what is her own alone.
    """
    registrar = rita()
    return {
        "anonymous": None,
        "student": alice(),
        "other_student": make_user("other.student@example.org", ["student"], PASSWORD),
        "instructor": ivan(),
        "other_instructor": make_user("other.instructor@example.org", ["instructor"], PASSWORD),
        "assistant": make_user("assistant@example.org", ["student"], PASSWORD),
        "advisor": make_user("advisor@example.org", ["advisor"], PASSWORD),
        "other_advisor": make_user("other.advisor@example.org", ["advisor"], PASSWORD),
        MIXED: make_user("mixed@example.org", ["student", "instructor", "advisor"], PASSWORD),
        "registrar": registrar,
        "administrator": adam(),
        TOKEN: registrar,
    }


def make_things(people: dict[str, Any]) -> dict[str, Any]:
    """Return one of each thing by name: Ivan's section with Alice in it, what belongs to it, and what is hidden."""
    term, teacher, other_teacher = make_term(), people["instructor"], people["other_instructor"]
    student, mixed = make_student(user=people["student"]), make_student(user=people[MIXED])
    make_student(user=people["other_student"])
    make_student(user=people["assistant"])
    assignments = _assign_advisors(people)
    full = _full(term)
    of_section = _of_section(term, teacher, start=time(7))
    section = of_section["section"]
    helper = add_instructor(section, people["assistant"], role="assistant")
    free = make_section(term=term, instructor=other_teacher)
    make_section(term=term, instructor=people[MIXED])
    enroll_directly(mixed, section)
    add_instructor(free, people[MIXED], role="assistant")
    listed = make_section(term=term, course=make_course("HIST"))
    cross_list([listed, make_section(term=term, course=make_course("LIT"))], by=None)
    return {
        **of_section,
        **_of_host(teacher),
        "term": term,
        "hidden_term": make_term(is_published=False),
        "subject": make_subject(),
        "course": make_course(),
        "draft_course": make_course(status="draft"),
        "free_section": free,
        "full_section": full,
        "listed_section": listed,
        **_of_student(student, section, full, people["registrar"]),
        "helper": helper,
        "material": add_material(section, ContentFile(b"%PDF-1.7", "Plan"), by=teacher),
        "assignment": assignments["advisor"],
        "guardianship": link_guardian(student, "guardian@example.org", by=people["registrar"]),
        **_of_office(term, listed),
        "program": Program.objects.create(code="BA", name="Arts"),
        "room": make_room(),
        "building": make_building(),
        "closure": Closure.objects.create(name="Break", start_date=date(2001, 1, 1), end_date=date(2001, 1, 2)),
        "invitation": invite("new.person@example.org", "student", by=people["registrar"]),
        "import_run": _import_run(term, people["registrar"]),
        "pre_enrollment": pre_enroll(
            free, "kept@example.org", by=people["registrar"], expires_at=timezone.now() + timedelta(days=3)
        ),
        "rollover": _rollover(full, people["registrar"]),
        "copy": ask_copy(people["student"], by=people["student"]),
        "erasure": ask_erasure(people["student"], by=people["student"]),
    }


def make_others(people: dict[str, Any], things: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what stands beside `things`, by where: in another section, a classmate's, in a term that is over."""
    full, office = _full(things["term"]), people["registrar"]
    other = make_student(user=people["other_student"])
    elsewhere = _of_section(things["term"], people["other_instructor"], start=time(6))
    elsewhere |= _of_host(people["other_instructor"]) | _of_student(other, elsewhere["section"], full, office)
    classmate = _of_student(make_student(), things["section"], full, office, hour=14)
    start = timezone.localdate() - timedelta(days=300)
    over = _of_section(make_term(start_date=start), people["instructor"], start=time(7))
    add_instructor(over["section"], people["assistant"], role="assistant")
    over["enrollment"] = enroll_directly(things["profile"], over["section"])
    _grade(over, people["instructor"])
    _odds_and_ends(things, people)
    return {"elsewhere": elsewhere, "classmate": classmate, "over": over}


def _of_office(term: Term, section: Section) -> dict[str, Any]:
    """Return what the office sets for registration, none of which stops anybody here."""
    yesterday = timezone.now() - timedelta(days=1)
    set_self_enrollment(make_section(term=term), by=None, key="open sesame", invited=["invited@example.org"])
    return {
        "window": RegistrationWindow.objects.create(term=term, name="Everybody", opens_at=yesterday),
        "restriction": Restriction.objects.create(section=section, level="graduate"),
        "reservation": SeatReservation.objects.create(section=section, seats=1, level="graduate"),
    }


def _import_run(term: Term, person: Any) -> ImportRun:
    return create_run(b"student,section\nnobody,none\n", term, by=person, file_name="roster.csv", reason="New")


def _rollover(section: Section, person: Any) -> Rollover:
    return create_rollover(section.term, make_term(code="LATER"), by=person, sections=[section])


def _assign_advisors(people: dict[str, Any]) -> dict[str, Any]:
    advised = {"advisor": people["student"], "other_advisor": people["other_student"], MIXED: make_student().user}
    return {actor: assign_advisor(advisee, people[actor], by=None) for actor, advisee in advised.items()}


def _full(term: Term) -> Section:
    section = make_section(term=term, capacity=1)
    enroll_directly(make_student(), section)
    return section


def _of_section(term: Term, teacher: Any, *, start: time) -> dict[str, Any]:
    section = make_section(term=term, instructor=teacher)
    end = time(start.hour, 50)
    pattern = make_pattern(section, "MTWRFSU", start=start, end=end, room=make_room(), instructors=[teacher])
    return {
        "section": section,
        "planned_section": make_section(term=term, status="planned", instructor=teacher),
        "item": make_grade_item(section, posted=True),
        "draft_item": make_grade_item(section),
        "pattern": pattern,
        "meeting": pattern.meetings.order_by("starts_at").last(),
    }


def _of_host(teacher: Any) -> dict[str, Any]:
    kind, today = make_type(teacher), timezone.localdate()
    make_type(teacher, schedule=kind.schedule, needs_confirmation=True)
    days = {"start_date": today, "end_date": today + timedelta(days=1)}
    return {
        "host": teacher,
        "type": kind,
        "hours_override": AvailabilityOverride.objects.create(schedule=kind.schedule, kind="block", **days),
    }


def _of_student(
    student: StudentProfile, section: Section, full: Section, office: Any, hour: int = 12
) -> dict[str, Any]:
    """Return what a student has: a seat, a place in line elsewhere, a permission, an hour with who teaches them."""
    host = section.section_instructors.get(is_primary=True).instructor
    kind = AppointmentType.objects.get(host=host, needs_confirmation=False)
    asking = AppointmentType.objects.get(host=host, needs_confirmation=True)
    return {
        "offer": make_offer(student, term=full.term),
        "profile": student,
        "person": student.user,
        "enrollment": enroll_directly(student, section),
        "entry": join_waitlist(student, full, by=None),
        "permit": Override.objects.create(
            student=student, section=full, kind="capacity", granted_by=office, reason="Asked for"
        ),
        "appointment": book(kind, student.user, at(hour), by=None),
        "asked_appointment": book(asking, student.user, at(hour, days=15), by=student.user),
        **_of_registration(student, section, host),
    }


def _of_registration(student: StudentProfile, section: Section, host: Any) -> dict[str, Any]:
    """Return what a student asks for and what is in the way; a hold that stops nothing else here."""
    asked = make_section(term=section.term, instructor=host, approval="instructor")
    return {
        "request": OverrideRequest.objects.create(student=student, section=section, kind="prerequisite"),
        "approval": enroll_directly(student, asked, "pending_approval"),
        "hold": Hold.objects.create(
            student=student, cause="other", office="Archive", blocks_register=False, blocks_transcript=True
        ),
    }


def _grade(thing: dict[str, Any], teacher: Any) -> None:
    """Enter a score and post a final grade."""
    enrollment, section = thing["enrollment"], thing["section"]
    enter_marks(thing["item"], {enrollment.pk: Mark(Decimal(7))}, by=teacher)
    submit_finals(section, {enrollment.pk: "A"}, by=teacher)
    post_finals(section, by=teacher)


def _odds_and_ends(things: dict[str, Any], people: dict[str, Any]) -> None:
    """Make what only the admin lists: one row of each model at least."""
    RoomFeature.objects.create(name="Projector")
    set_requirement(things["draft_course"], {"course": str(things["course"].public_id)}, by=people["registrar"])
    note_access([people["student"].pk], "record", by=people["registrar"], route="students:student_record")
    claim, other = Claim.objects.order_by("pk")[:2]
    ConflictOverride.objects.create(claim=claim, other=other, by=people["registrar"], reason="Both agreed")
    grant_role(make_user(), "student", by=None)
    start_impersonation(people["student"], by=people["administrator"], reason="Asked for help")
