"""What a person does from the first visit on, at a desk, on a phone, and with scripts off."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import PASSWORD, alice, ivan, rita
from appointments.models import Appointment, AppointmentType
from appointments.operations import book
from appointments.tests.makers import at, make_type
from courses.tests.makers import make_course, make_section, make_term
from scheduling.models import Building, Room
from students import operations
from students.models import Enrollment
from students.tests.makers import enroll_directly, make_student, meet

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def classes():
    term = make_term(name="This term")
    host = ivan()
    open_one = make_section(term=term, course=make_course("HIST", "12", title="The World since 1500"), instructor=host)
    full = make_section(term=term, course=make_course("ART", "30", title="Drawing from Life"), capacity=1)
    meet(open_one, days=1, start=time(9), end=time(10))
    meet(full, days=2, start=time(11), end=time(12))
    enroll_directly(make_student(), full)
    make_type(host, title="Office hour", notice_minutes=0, cancel_cutoff_minutes=0, move_cutoff_minutes=0)
    return open_one, full


@pytest.mark.row("A01", "W01", "W07", "W08", "E08", "K03", "W09", "P14", "B01", "X06", "Z15")
def test_student_from_sign_up_to_dropping_the_class(visitor, links, classes, client):
    open_one, full = classes
    nina = visitor()
    nina.go("/accounts/signup/")
    nina.fill(given_name="Nina", family_name="Néva", email="nina@example.org", password1=PASSWORD, password2=PASSWORD)
    nina.page.locator("main button[type=submit]").first.click()
    nina.page.wait_for_load_state()
    nina.go(links(r"http\S+/accounts/confirm-email/\S+"))
    nina.page.locator("main button[type=submit]").first.click()
    nina.page.wait_for_load_state()
    if "/login" in nina.page.url:
        nina.sign_in("nina@example.org")

    nina.go("/classes/?q=world")
    nina.press("HIST 12 " + open_one.section_number)
    nina.press("Enroll")
    assert nina.sees("You are enrolled.")

    nina.go(f"/classes/{full.public_id}/")
    nina.press("Join the line")
    assert nina.sees("You are in line: 1 of 1")

    nina.go("/timetable/")
    assert nina.sees("HIST 12")
    nina.go("/timetable/feed/")
    nina.press("Make an address")
    nina.fill(password=PASSWORD)
    nina.press("Go on")
    address = nina.page.locator("#address").input_value()
    assert "BEGIN:VEVENT" in client.get("/feeds/" + address.split("/feeds/")[1]).content.decode()

    nina.go("/appointments/hosts/")
    nina.press("Ivan Example")
    nina.press("Choose a time")
    nina.page.locator("main input[type=radio]").nth(2).check(force=True)
    nina.press("Take this time")
    nina.fill(topic="My essay")
    nina.press("Book this time")
    assert nina.sees("My essay")
    booked = nina.page.url
    nina.press("Move")
    nina.page.locator("main input[type=radio]").nth(6).check(force=True)
    nina.press("Move to this time")
    assert nina.page.url == booked
    nina.press("Cancel")
    nina.press("Cancel the appointment")
    nina.go(booked)
    assert nina.sees("Cancelled by the student")

    nina.go(f"/classes/{open_one.public_id}/")
    nina.press("Drop")
    nina.press("Drop")
    assert Enrollment.objects.get(section=open_one).status == "dropped"
    assert nina.errors == []


@pytest.mark.row("W09", "P01", "P02", "P17", "X06", "B01", "Z15")
def test_instructor_reads_the_roster_changes_hours_and_cancels_an_appointment(visitor, classes):
    open_one, _full = classes
    student = make_student(user=alice())
    operations.enroll(student, open_one, by=None)
    [kind] = AppointmentType.objects.all()
    booked = book(kind, student.user, at(10), by=student.user)

    teacher = visitor()
    teacher.sign_in(ivan().email)
    teacher.go("/teaching/")
    teacher.press("HIST 12 " + open_one.section_number)
    teacher.press("Roster")
    assert teacher.sees("Alice Example")

    teacher.go("/office-hours/edit/")
    teacher.page.locator("main [name$='-start_time']").first.fill("08:30")
    teacher.press("Save the weekly hours")
    teacher.press("Add other days")
    away = (timezone.localdate() + timedelta(days=60)).isoformat()
    teacher.page.locator("main [name=kind]").select_option("block")
    teacher.fill(start_date=away, end_date=away, note="Conference")
    teacher.press("Save")
    assert teacher.sees("Conference")

    teacher.go(f"/appointments/{booked.public_id}/")
    teacher.press("Cancel")
    teacher.fill(reason="A meeting of the department.")
    teacher.press("Cancel the appointment")
    assert teacher.sees("A meeting of the department.")
    assert Appointment.objects.get().status == "cancelled_by_host"
    assert teacher.errors == []


@pytest.mark.row("W06", "S01", "S03", "S12", "R08", "X06", "B01", "Z15")
def test_registrar_plans_a_section_meets_a_taken_room_and_raises_a_capacity(visitor, classes):
    open_one, full = classes
    waiting = operations.join_waitlist(make_student(user=alice()), full, by=None)
    building = Building.objects.create(code="ELM", name="Elm Hall")
    Room.objects.create(building=building, code="2", capacity=60)

    office = visitor()
    office.sign_in(rita().email)
    office.go("/sections/")
    office.press("Plan a section")
    office.fill(course="HIST 12", crn="77001", section_number="77", capacity="20")
    office.press("Plan the section")
    assert office.sees("HIST 12 77 is planned.")
    office.press("Meetings and rooms")
    plan_meetings(office)
    assert office.sees("meetings are planned")

    office.go("/sections/")
    office.press("HIST 12 " + open_one.section_number)
    office.press("Meetings and rooms")
    plan_meetings(office)
    assert office.sees("ELM 2 is taken")
    assert office.page.locator("main a", has_text="HIST 12 77").count() > 0
    assert office.page.locator("main [name=room]").input_value() == "ELM 2"

    office.go(f"/sections/{full.public_id}/edit/")
    office.fill(capacity="2")
    office.press("Save the section")
    waiting.refresh_from_db()
    assert waiting.status == "accepted"
    assert Enrollment.objects.live().filter(section=full).count() == 2
    # A refusal is a 409 page, which the browser notes in its console.
    assert [text for text in office.errors if "409" not in text] == []


def plan_meetings(office):
    office.press("Plan meetings")
    for day in ("0", "2"):
        office.page.locator(f"main [name=days][value='{day}']").check()
    office.fill(start_time="13:00", end_time="13:50", room="ELM 2")
    office.press("Plan the meetings")
