"""Pages of holds, windows, rules of a section, approvals and the own registration."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import alice, ivan, oscar, rita
from courses.models import SectionInstructor
from students import operations
from students.models import Enrollment, Hold, Override, RegistrationWindow, Restriction, SeatReservation
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student

pytestmark = pytest.mark.django_db


def url(name, thing=None):
    return reverse(f"students:{name}", args=[thing.public_id] if thing else [])


@pytest.fixture
def student():
    return make_student(user=alice())


@pytest.fixture
def section():
    section = make_open_section(capacity=20)
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    return section


@pytest.mark.row("E21")
def test_the_office_places_and_lifts_a_hold_and_the_student_reads_it(client, student):
    client.force_login(rita())
    data = {"cause": "financial", "office": "Bursar, room 12", "note": "Fees of spring.", "blocks_register": "on"}
    assert client.post(url("hold_place", student), {"cause": "financial", "office": "Bursar"}).status_code == 400
    assert client.post(url("hold_place", student), data).status_code == 302
    hold = Hold.objects.get()
    for page in (url("hold_list"), url("student_record", student)):
        assert "Bursar, room 12" in client.get(page).content.decode()
    assert client.post(url("hold_release", hold), {}).status_code == 400
    client.force_login(student.user)
    assert "Fees of spring." in client.get(url("registration")).content.decode()
    client.force_login(rita())
    assert client.post(url("hold_release", hold), {"reason": "Paid."}).status_code == 302
    assert client.post(url("hold_release", hold), {"reason": "Paid."}).status_code == 409
    assert "Bursar, room 12" not in client.get(url("hold_list")).content.decode()
    assert "Bursar, room 12" in client.get(url("hold_list"), {"state": "lifted"}).content.decode()
    assert client.get(url("hold_list"), {"state": "never"}).status_code == 200


@pytest.mark.row("E01")
def test_windows_are_set_changed_and_removed_and_the_student_reads_when_the_own_one_opens(client, student):
    term = make_open_term(kind="semester", credits_min=Decimal(12))
    client.force_login(rita())
    opens = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    data = {"name": "Undergraduates", "level": "undergraduate", "opens_at": opens, "priority": "5", "credits_max": "18"}
    assert client.post(url("window_create", term), data | {"closes_at": "2001-01-01T10:00"}).status_code == 400
    assert client.post(url("window_create", term), data).status_code == 302
    window = RegistrationWindow.objects.get()
    assert "Undergraduates" in client.get(url("window_list"), {"term": term.code}).content.decode()
    assert client.post(url("window_edit", window), data | {"fallback": window.pk}).status_code == 400
    assert client.post(url("window_edit", window), data | {"name": "All others"}).status_code == 302
    client.force_login(student.user)
    page = " ".join(client.get(url("registration")).content.decode().split())
    for words in ("All others", "Not yet open", "at least 12, at most 18"):
        assert words in page
    assert "Below the least" not in page
    window.opens_at = timezone.now()
    window.save()
    assert "Below the least" in client.get(url("registration")).content.decode()
    client.force_login(rita())
    assert client.get(url("window_remove", window)).status_code == 200
    assert client.post(url("window_remove", window)).status_code == 302
    assert not RegistrationWindow.objects.exists()


@pytest.mark.row("E14", "T07", "T09")
def test_the_office_restricts_reserves_and_ends_permissions_on_the_page_of_the_rules(client, student, section):
    client.force_login(rita())
    assert client.post(url("restriction_add", section), {"scope": "section"}).status_code == 400
    assert client.post(url("restriction_add", section), {"scope": "course", "level": "graduate"}).status_code == 302
    assert client.post(url("reservation_add", section), {"seats": "21", "level": "graduate"}).status_code == 400
    kept = {"seats": "4", "level": "graduate", "priority": "1"}
    assert client.post(url("reservation_add", section), kept | {"seats": "21"}).status_code == 409
    assert client.post(url("reservation_add", section), kept).status_code == 302
    override = operations.grant_override(student, section, "restriction", by=rita(), reason="Exchange.")
    page = client.get(url("section_rules", section)).content.decode()
    for words in ("every section of the course", "Release now", "Exchange.", "4 of 4 seats are left for Graduate"):
        assert words in page
    found = client.get(reverse("students:class_search"), {"term": section.term.code}).content.decode()
    assert "4 of 4 seats are left for Graduate" in found
    assert client.post(url("override_revoke", override)).status_code == 302
    override.refresh_from_db()
    assert override.expires_at
    assert client.post(url("reservation_release", SeatReservation.objects.get())).status_code == 302
    row = Restriction.objects.get()
    answer = client.post(url("restriction_remove", row), {"section": str(section.public_id)})
    assert answer.url == url("section_rules", section)
    assert client.post(url("restriction_remove", row)).status_code == 404
    assert not Restriction.objects.exists()


@pytest.mark.row("E03")
def test_a_student_asks_for_a_seat_and_the_instructor_answers_on_pages(client, student, section):
    section.approval = "instructor"
    section.save()
    client.force_login(student.user)
    assert "Ask for a seat" in client.get(url("section_detail", section)).content.decode()
    assert client.post(url("section_enroll", section)).status_code == 409
    assert client.post(url("section_ask", section), {"message": "x" * 501}).status_code == 400
    assert client.post(url("section_ask", section), {"message": "I have read the book."}).status_code == 302
    assert client.post(url("section_ask", section)).status_code == 409
    asked = Enrollment.objects.get()
    assert "You have asked for a seat." in client.get(url("section_detail", section)).content.decode()
    assert client.get(url("approval_decide", asked)).status_code == 403
    client.force_login(oscar())
    assert client.get(url("approval_decide", asked)).status_code == 404
    client.force_login(ivan())
    assert alice().display_name in client.get(url("request_list")).content.decode()
    assert "I have read the book." in client.get(url("approval_decide", asked)).content.decode()
    assert client.post(url("approval_decide", asked), {"answer": "decline"}).status_code == 409
    assert client.post(url("approval_decide", asked), {"answer": "perhaps"}).status_code == 400
    assert client.post(url("approval_decide", asked), {"answer": "approve", "reason": ""}).status_code == 302
    asked.refresh_from_db()
    assert asked.status == "registered"


@pytest.mark.row("T06")
def test_a_lecture_is_taken_with_its_lab_by_one_button(client, student):
    lecture = make_open_section(section_number="A", schedule_type="LEC")
    facts = {"course": lecture.course, "term": lecture.term, "linked_to": lecture, "schedule_type": "LAB"}
    lab = make_open_section(section_number="A1", **facts)
    client.force_login(student.user)
    assert "These sections belong together" in client.get(url("section_detail", lecture)).content.decode()
    assert client.post(url("section_enroll_with", lecture), {"with": "x"}).status_code == 409
    assert not Enrollment.objects.exists()
    assert client.post(url("section_enroll_with", lecture), {"with": str(lab.public_id)}).status_code == 302
    assert {row.section for row in Enrollment.objects.live()} == {lecture, lab}


@pytest.mark.row("E16")
def test_the_page_of_a_drop_warns_of_fewer_credits_than_the_least(client, student):
    term = make_open_term(credits_min=Decimal(6))
    first, second = (enroll_directly(student, make_open_section(term=term)) for _ in range(2))
    client.force_login(student.user)
    page = client.get(url("enrollment_drop", first)).content.decode()
    assert "You would have 3 credits left; the least for this term is 6." in page
    term.credits_min = Decimal(3)
    term.save()
    assert "the least for this term" not in client.get(url("enrollment_drop", second)).content.decode()


OFFICE = ["hold_list", "window_list"]
ABOUT_SECTION = ["section_rules", "restriction_add", "reservation_add"]


def test_the_pages_of_the_office_are_for_the_office(client, student, section):
    hold = operations.place_hold(student, by=None, cause="other", office="Dean")
    now = timezone.now()
    window = operations.create_window(section.term, by=None, name="All", opens_at=now)
    override = Override.objects.create(student=student, section=section, kind="capacity", granted_by=rita(), reason="x")
    pages = [
        *(url(name) for name in OFFICE),
        *(url(name, section) for name in ABOUT_SECTION),
        url("hold_place", student),
        url("hold_release", hold),
        url("window_create", section.term),
        url("window_edit", window),
        url("window_remove", window),
    ]
    for person in (student.user, ivan(), oscar()):
        client.force_login(person)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(url("override_revoke", override)).status_code in (403, 404)
    client.force_login(rita())
    assert {client.get(page).status_code for page in pages} == {200}


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", ["hold_list", "window_list", "request_list", "section_rules"])
def test_lists_of_the_office_ask_as_many_queries_for_one_as_for_many(
    client, section, name, django_assert_max_num_queries
):
    section.approval = "staff"
    section.save()
    client.force_login(rita())

    def one_more():
        student = make_student()
        operations.place_hold(student, by=None, cause="other", office="Dean", blocks_register=False, blocks_drop=True)
        operations.create_window(section.term, by=None, name="All", opens_at=timezone.now())
        operations.request_approval(student, section, by=None)
        operations.reserve_seats(section, by=None, seats=1, level="graduate")
        operations.restrict(section, by=None, level="undergraduate")
        operations.grant_override(student, section, "consent", by=rita(), reason="Asked.")

    page = url(name, section) if name == "section_rules" else url(name)
    query = {"term": section.term.code} if name == "window_list" else {}
    one_more()
    client.get(page, query)
    with django_assert_max_num_queries(15) as few:
        assert client.get(page, query).status_code == 200
    for _ in range(4):
        one_more()
    with django_assert_max_num_queries(len(few)):
        client.get(page, query)


def test_a_student_without_a_record_and_somebody_who_is_none_see_their_registration(client):
    for person in (alice(), oscar(), rita()):
        client.force_login(person)
        assert client.get(url("registration")).status_code == 200
