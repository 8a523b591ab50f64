"""What a person does from the first visit on, at a desk, on a phone, and with scripts off."""

from datetime import time

import pytest

from accounts.tests.makers import PASSWORD, ivan, rita
from appointments.tests.makers import make_type
from courses.tests.makers import make_course, make_section, make_term
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


@pytest.mark.row("W09", "P17", "X06", "B01")
def test_instructor_sees_the_week_and_the_registrar_the_line(visitor, links, classes):
    _open_one, full = classes
    teacher = visitor()
    teacher.sign_in(ivan().email)
    teacher.go("/office-hours/")
    teacher.go("/office-hours/edit/")
    assert teacher.sees("Office hour")
    teacher.go("/teaching/")
    assert teacher.sees("HIST 12")
    office = visitor()
    office.sign_in(rita().email)
    office.go(f"/classes/{full.public_id}/line/")
    assert office.sees("Nobody waits")
    assert teacher.errors + office.errors == []
