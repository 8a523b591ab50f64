"""Lists leave the system as CSV: whole, as their reader may see them, and harmless in a spreadsheet."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from appointments import operations as office
from appointments.tests.makers import at, make_type
from courses.models import SectionInstructor
from courses.tests.makers import make_course, make_section
from scheduling.tests.makers import make_pattern, make_room
from students.models import FinalGrade, GradeEntry
from students.tests.makers import enroll_directly, make_class, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("L06")]
PLAIN = ["course_csv", "section_csv", "room_csv", "meeting_csv", "timetable_csv", "appointment_csv"]
READERS = {"enrollment_csv": alice, "timetable_csv": alice, "grade_csv": ivan, "appointment_csv": ivan}


def get(client, name, *args, **query):
    return client.get(reverse(f"reports:{name}", args=args), query)


def rows(response):
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def assistant(section):
    person = make_user()
    SectionInstructor.objects.create(section=section, instructor=person, role="assistant")
    return person


def test_a_stranger_is_sent_to_the_sign_in_page(client):
    section, _enrollments = make_class()
    names = [*PLAIN, "enrollment_csv", "student_csv", "figures_csv", "report_list", "enrollment_report"]
    answers = [get(client, name) for name in names]
    answers += [get(client, name, section.public_id) for name in ("roster_csv", "grade_csv")]
    assert {(answer.status_code, answer.url.partition("?")[0]) for answer in answers} == {
        (302, reverse("account_login"))
    }


def test_a_draft_is_in_the_file_of_staff_only(client):
    make_course("CSE", "21", title="=HYPERLINK(1)", description="two\nlines")
    make_course("CSE", "22", status="draft")
    found = {}
    for who in (alice, rita):
        client.force_login(who())
        found[who] = rows(get(client, "course_csv"))
    assert [row["Number"] for row in found[alice]] == ["21"]
    assert [row["Number"] for row in found[rita]] == ["21", "22"]
    assert found[alice][0]["Title"] == "'=HYPERLINK(1)"
    assert found[alice][0]["Description"] == "two\nlines"


@pytest.mark.row("Q01")
def test_the_sections_of_a_term_come_with_seats_and_fill(client):
    section = make_section(capacity=4, instructor=ivan(), crn="123", section_number="A01")
    make_section(status="planned", term=section.term)
    make_pattern(section, days="MW", room=make_room("101"))
    enroll_directly(make_student(), section)
    client.force_login(oscar())
    [row] = rows(get(client, "section_csv", term=section.term.code))
    shown = {name: row[name] for name in ["CRN", "Section", "Instructors", "Times", "Capacity", "Enrolled", "Waiting"]}
    assert shown == {
        "CRN": "123", "Section": "A01", "Instructors": "Example, Ivan", "Times": "Mon, Wed 10:00\N{EN DASH}10:50",
        "Capacity": "4", "Enrolled": "1", "Waiting": "0",
    }  # fmt: skip
    assert row["Fill in percent"] == "25.0"
    assert row["Rooms"].endswith(" 101")


def test_a_term_that_is_not_there_or_hidden_is_404(client):
    section = make_section()
    section.term.is_published = False
    section.term.save()
    client.force_login(oscar())
    assert get(client, "section_csv", term="NOPE").status_code == 404
    assert get(client, "section_csv", term=section.term.code).status_code == 404
    assert get(client, "meeting_csv").status_code == 404


def test_rooms_and_meetings_name_place_day_and_time(client):
    room = make_room("0101", capacity=50)
    section = make_section(instructor=ivan(), crn="77")
    make_pattern(section, days="M", room=room, instructors=[ivan()])
    client.force_login(alice())
    [place] = rows(get(client, "room_csv"))
    assert (place["Room"], place["Seats"], place["Step-free"]) == ("0101", "50", "yes")
    meetings = rows(get(client, "meeting_csv", term=section.term.code))
    assert len(meetings) == section.patterns.get().meetings.count() > 1
    assert {(m["From"], m["To"], m["Room"], m["CRN"], m["Instructors"]) for m in meetings} == {
        ("10:00", "10:50", str(room), "77", "Example, Ivan")
    }


def test_the_meetings_of_a_hidden_section_are_its_teachers_only(client):
    section = make_section(status="planned", instructor=ivan())
    make_pattern(section)
    counts = []
    for who in (alice, ivan):
        client.force_login(who())
        counts.append(len(rows(get(client, "meeting_csv", term=section.term.code))))
    assert counts[0] == 0 < counts[1]


def test_the_roster_is_for_instructors_and_staff(client):
    section, [mine, _other] = make_class(2)
    enroll_directly(make_student(), section, status="dropped")
    seen = {}
    for who in (alice(), oscar(), make_user(roles=["instructor"]), assistant(section), ivan(), rita()):
        client.force_login(who)
        seen[who.pk] = get(client, "roster_csv", section.public_id)
    assert [answer.status_code for answer in seen.values()] == [403, 403, 403, 403, 200, 200]
    found = rows(seen[ivan().pk])
    assert len(found) == 2
    assert (mine.student.institutional_id, "alice@example.org", "Enrolled") in {
        (row["Student number"], row["E-mail"], row["Status"]) for row in found
    }


def test_the_roster_of_a_hidden_section_is_not_there(client):
    section = make_section(status="planned")
    client.force_login(alice())
    assert get(client, "roster_csv", section.public_id).status_code == 404
    assert get(client, "grade_csv", section.public_id).status_code == 404


def test_drafts_are_in_the_instructors_grade_sheet_only(client):
    section, [enrollment] = make_class()
    shown = make_grade_item(section, posted=True, title="=Quiz", points=10)
    draft = make_grade_item(section, title="Essay", points=20)
    GradeEntry.objects.create(item=shown, enrollment=enrollment, score=Decimal("7.50"))
    GradeEntry.objects.create(item=draft, enrollment=enrollment, score=19)
    FinalGrade.objects.create(enrollment=enrollment, grade="A")
    seen = {}
    for who in (alice(), assistant(section), ivan(), rita()):
        client.force_login(who)
        seen[who.pk] = get(client, "grade_csv", section.public_id)
    assert [answer.status_code for answer in seen.values()] == [403, 403, 200, 200]
    [own], [posted] = rows(seen[ivan().pk]), rows(seen[rita().pk])
    assert (own["'=Quiz (of 10)"], own["Essay (of 20)"], own["Grade entered"], own["Grade posted"]) == (
        "7.5", "19", "A", "",
    )  # fmt: skip
    assert (posted["'=Quiz (of 10)"], posted["Total posted"], posted["Grade posted"]) == ("7.5", "75.00", "")
    assert not {"Essay (of 20)", "Grade entered", "Total of all work"} & set(posted)


def test_a_students_enrollments_hold_posted_grades_only(client):
    section, [enrollment, _other] = make_class(2)
    grade = FinalGrade.objects.create(enrollment=enrollment, grade="A")
    client.force_login(alice())
    [before] = rows(get(client, "enrollment_csv"))
    FinalGrade.objects.filter(pk=grade.pk).update(posted_at=timezone.now())
    [after] = rows(get(client, "enrollment_csv"))
    assert (before["CRN"], before["Grade"], after["Grade"]) == (section.crn, "", "A")
    client.force_login(oscar())
    assert get(client, "enrollment_csv").status_code == 404


def test_the_list_of_students_is_for_staff(client):
    one = make_student(user=alice(preferred_name="+Al"))
    seen = []
    for who in (alice, ivan, rita):
        client.force_login(who())
        seen.append(get(client, "student_csv"))
    assert [answer.status_code for answer in seen] == [403, 403, 200]
    [row] = rows(seen[-1])
    assert (row["Student number"], row["Preferred name"], row["Active"]) == (one.institutional_id, "'+Al", "yes")


def test_appointments_are_those_of_ones_own_and_their_topic_is_the_parties(client):
    kind = make_type(ivan())
    office.book(kind, alice(), at(10), by=alice(), topic="-1+1")
    found = {}
    for who in (alice, ivan, oscar, rita):
        client.force_login(who())
        found[who] = [(row["Host"], row["Student"], row["Topic"]) for row in rows(get(client, "appointment_csv"))]
    mine = [("Ivan Example", "Alice Example", "'-1+1")]
    assert found == {alice: mine, ivan: mine, oscar: [], rita: [("Ivan Example", "Alice Example", "")]}


def test_ones_timetable_holds_nobody_elses_classes(client):
    section, _enrollments = make_class()
    make_pattern(section, days="M")
    other = make_section(term=section.term)
    make_pattern(other, days="T")
    client.force_login(alice())
    found = rows(get(client, "timetable_csv", term=section.term.code))
    assert {row["Title"].rsplit(" ", 1)[0] for row in found} == {section.course.code}


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", [*PLAIN, "student_csv", "enrollment_csv", "roster_csv", "grade_csv", "figures_csv"])
def test_a_file_of_thirty_rows_asks_as_many_queries_as_one_of_one(client, name):
    section, [enrollment] = make_class()
    item = make_grade_item(section, posted=True)
    kind = make_type(ivan(), duration_minutes=30)
    counts = []
    for more in (1, 29):
        for number in range(more):
            n = len(counts) + number
            person = make_student()
            one = enroll_directly(person, section)
            GradeEntry.objects.create(item=item, enrollment=one, score=1)
            another = make_section(term=section.term, instructor=make_user())
            make_pattern(another, days="M", room=make_room())
            enroll_directly(enrollment.student, another)
            start = at(8) + timedelta(minutes=30 * (n % 18), days=n // 18)
            office.book(kind, make_user(roles=["student"]), start, by=ivan())
        client.force_login(READERS.get(name, rita)())
        args = [section.public_id] if name in {"roster_csv", "grade_csv"} else []
        with CaptureQueriesContext(connection) as asked:
            assert rows(get(client, name, *args, **({} if args else {"term": section.term.code})))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15
