"""Every page renders with the demonstration data, and lists ask the same number of queries for few and many rows."""

import csv
import re
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.tests.makers import make_user
from appointments.models import Appointment, AppointmentType, Session
from appointments.tests.makers import make_type
from coursemgmt.demo import university
from coursemgmt.models import DataRequest
from coursemgmt.tests.asking import sign_in_freshly
from coursemgmt.tests.world import make_people, make_things
from courses.models import Course, Section
from courses.tests.makers import make_course, make_section, make_subject, make_term
from integrations.models import ImportRun
from scheduling.models import Building, Closure, MeetingPattern, Rollover, Room
from scheduling.tests.makers import make_building, make_pattern, make_room
from students.models import (
    Enrollment,
    GradeEntry,
    Hold,
    OverrideRequest,
    PreEnrollment,
    RegistrationWindow,
    Restriction,
    SeatReservation,
    StudentProfile,
    WaitlistEntry,
)
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_grade_item, make_student

MATRIX = Path(__file__).parents[1] / "access_matrix.csv"
with MATRIX.open(newline="") as file:
    ROWS = list(csv.DictReader(file))
ROLES = ["student", "instructor", "advisor", "registrar", "administrator"]
# What is not a page, and things that the demonstration data has not.
NOT_PAGES = re.compile(
    r"api|admin|_csv$|health|feed$|photo|material_file|^account_(confirm|reset|inactive|email_ver)|local_mail_"
)
WITHOUT = {"planned_section", "free_section", "draft_course", "draft_item", "hidden_term", "permit", "hours_override"}
# Alice has answered and asks for nothing: who does comes to these as the student.
OF_ANOTHER_STUDENT = {"offer", "request"}
PAGES = [
    (row["door"], row["about"], role)
    for row in ROWS
    if row["method"] == "GET" and not NOT_PAGES.search(row["door"]) and row["about"] not in WITHOUT
    for role in ROLES
    if row[role] == "200"
]
MOST = 15


@pytest.fixture(scope="module")
def things(demo):
    """Return one of each thing of the demonstration data, near to Alice and Ivan."""
    alice = StudentProfile.objects.get(user__email=university.LOGINS["student"][0])
    ivan = User.objects.get(email=university.LOGINS["instructor"][0])
    section = Section.objects.get(
        course__subject__code="CS", course__number="102", term=demo.term, section_number="001"
    )
    pattern = MeetingPattern.objects.filter(sections=section).get()
    return {
        "term": demo.term,
        "subject": section.course.subject,
        "course": Course.objects.get(subject__code="CS", number="330"),
        "section": section,
        "full_section": Section.objects.get(crn="50115", term=demo.term),
        "listed_section": Section.objects.get(crn="50201", term=demo.term),
        "enrollment": alice.enrollments.get(section=section),
        "entry": WaitlistEntry.objects.waiting().get(student=alice),
        "profile": alice,
        "assignment": alice.user.advisor_assignments.get(),
        "guardianship": alice.guardianships.get(),
        "material": section.materials.get(),
        "helper": section.section_instructors.get(role="assistant"),
        "item": section.grade_items.filter(posted_at__isnull=True).get(),
        "room": Room.objects.first(),
        "building": Building.objects.first(),
        "closure": Closure.objects.filter(start_date__gt=timezone.localdate()).first(),
        "pattern": pattern,
        "meeting": pattern.meetings.filter(starts_at__gt=timezone.now()).first(),
        "type": AppointmentType.objects.filter(host=ivan).order_by("pk").first(),
        "appointment": Appointment.objects.filter(student=alice.user, session__host=ivan, status="confirmed").first(),
        "person": alice.user,
        "asked_appointment": Appointment.objects.pending(timezone.now()).filter(session__host=ivan).first(),
        "erasure": DataRequest.objects.get(kind="erasure"),
        "host": ivan,
        "import_run": ImportRun.objects.get(),
        "rollover": Rollover.objects.get(),
        "pre_enrollment": PreEnrollment.objects.get(),
        "invitation": Invitation.objects.get(email="theo.okafor@example.edu"),
        **things_of_registration(ivan),
    }


def things_of_registration(teacher):
    """Return what is asked of this teacher and what stands between students and seats."""
    return {
        "approval": Enrollment.objects.approvable_by(teacher).get(),
        "request": OverrideRequest.objects.open().visible_to(teacher).get(),
        "offer": WaitlistEntry.objects.offered(timezone.now()).get(),
        "hold": Hold.objects.active().first(),
        "window": RegistrationWindow.objects.first(),
        "restriction": Restriction.objects.get(),
        "reservation": SeatReservation.objects.get(),
    }


@pytest.mark.django_db
@pytest.mark.row("W23", "W26")
@pytest.mark.parametrize(("name", "about", "role"), PAGES, ids=lambda value: value)
def test_the_page_renders_with_the_demonstration_data(things, name, about, role):
    client = Client()
    another = role == "student" and about in OF_ANOTHER_STUDENT
    person = things[about].student.user if another else User.objects.get(email=university.LOGINS[role][0])
    client.force_login(person)
    sign_in_freshly(client, person)
    address = reverse(name, kwargs={"public_id": things[about].public_id} if about else {})
    answer = client.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert not re.search(r"\{\{|\{%|[>=\"]None[<\"]", text)


LISTS = [
    ("anonymous", "students:class_search", ""), ("student", "students:class_search", ""),
    ("student", "students:enrollments", ""), ("student", "students:progress", ""),
    ("student", "appointments:mine", ""), ("student", "appointments:host_list", ""),
    ("student", "appointments:type_list", "host"), ("student", "appointments:my_timetable", ""),
    ("anonymous", "courses:course_list", ""), ("anonymous", "courses:term_list", ""),
    ("anonymous", "courses:course_detail", "course"), ("instructor", "courses:my_sections", ""),
    ("instructor", "students:roster", "section"), ("instructor", "students:grade_sheet", "section"),
    ("instructor", "appointments:host_week", ""),
    ("instructor", "appointments:office_hours", ""), ("registrar", "courses:section_list", ""),
    ("registrar", "courses:subject_list", ""), ("registrar", "students:directory", ""),
    ("registrar", "students:roster", "section"), ("registrar", "students:section_line", "full_section"),
    ("registrar", "students:student_record", "profile"), ("registrar", "scheduling:room_list", ""),
    ("registrar", "scheduling:building_list", ""), ("registrar", "scheduling:closure_list", ""),
    ("registrar", "scheduling:clash_list", ""), ("registrar", "scheduling:room_week", "room"),
    ("registrar", "scheduling:section_meetings", "section"), ("registrar", "reports:enrollment_report", ""),
    ("registrar", "api_section-list", ""), ("registrar", "api_course-list", ""), ("registrar", "api_term-list", ""),
    ("registrar", "api_subject-list", ""), ("registrar", "api_class-list", ""), ("registrar", "api_room-list", ""),
    ("registrar", "api_building-list", ""), ("registrar", "api_closure-list", ""),
    ("registrar", "api_pattern-list", ""), ("registrar", "api_meeting-list", ""),
    ("registrar", "api_enrollment-list", ""), ("registrar", "api_waitlist_entry-list", ""),
    ("registrar", "api_student-list", ""), ("registrar", "api_person-list", ""), ("registrar", "api_clash_list", ""),
    ("registrar", "api_roster", "section"), ("student", "api_enrollment-list", ""),
    ("student", "api-appointment-list", ""),
    ("student", "api-appointment-type-list", ""), ("student", "api_progress", ""), ("student", "api-timetable", ""),
    ("instructor", "api_grade_item-list", ""),
]  # fmt: skip


def add_more(people, things, first, last):
    """Add to the small world some more of everything that is listed."""
    student, teacher = things["profile"], people["instructor"]
    for n in range(first, last):
        make_term(kind="part_of_term")
        make_subject(f"S{n}")
        room, day = make_room(building=make_building()), date(2002, 1, 1) + timedelta(days=n)
        Closure.objects.create(name=f"Day {n}", start_date=day, end_date=day)
        section = make_section(term=things["term"], course=make_course("MORE"), instructor=teacher)
        make_section(term=things["term"], course=things["course"])
        hour, minutes = divmod(20 * n, 60)
        start, end = time(8 + hour, minutes), time(8 + hour, minutes + 15)
        make_pattern(section, "MTWRF", start=start, end=end, room=room)
        make_pattern(things["section"], "S", start=start, end=end, room=things["room"])
        enrollment = enroll_directly(student, section)
        scored = make_grade_item(section, posted=True)
        GradeEntry.objects.create(item=scored, enrollment=enrollment, score=50)
        make_grade_item(things["section"], posted=True)
        enroll_directly(make_student(), things["section"])
        full = make_section(term=things["term"], course=make_course("FULL"), capacity=1)
        enroll_directly(make_student(), full)
        join_waitlist(student, full, by=None)
        join_waitlist(make_student(), things["full_section"], by=None)
        host = make_user(roles=["instructor"])
        for kind, visitor in ((make_type(host), student.user), (things["type"], make_student().user)):
            starts_at = timezone.now().replace(microsecond=0) + timedelta(hours=1, minutes=25 * n)
            times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=20)}
            block = {"block_starts_at": starts_at, "block_ends_at": times["ends_at"]}
            session = Session.objects.create(type=kind, host=kind.host, **times, **block)
            Appointment.objects.create(session=session, student=visitor, topic="More")
        make_type(teacher, schedule=things["type"].schedule, title=f"Kind {n}")


def count_queries(people, things):
    counted = {}
    for actor, name, about in LISTS:
        client = Client()
        if people[actor]:
            client.force_login(people[actor])
        address = reverse(name, kwargs={"public_id": things[about].public_id} if about else {})
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        assert answer.status_code == 200, (name, answer.status_code)
        counted[actor, name, about] = len(asked)
    return counted


@pytest.fixture(scope="module")
def counted(django_db_setup, django_db_blocker):
    """Return the queries of each list with 3 and with 30 more rows of everything."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = make_people()
        things = make_things(people)
        add_more(people, things, 0, 3)
        few = count_queries(people, things)
        add_more(people, things, 3, 30)
        yield few, count_queries(people, things)
        transaction.set_rollback(True)


@pytest.mark.row("R118")
@pytest.mark.parametrize(("actor", "name", "about"), LISTS, ids=lambda value: value)
def test_a_list_asks_the_same_for_few_and_many(counted, actor, name, about):
    few, many = (found[actor, name, about] for found in counted)
    assert many == few <= MOST
