"""The doors refuse alike: the deed, the page, the API, staff's page and the admin say the same code or sentence."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.tests.makers import adam, alice, ivan, rita
from appointments.operations import book
from appointments.tests.makers import at, make_type
from core.errors import DomainError
from courses.operations import set_requirement
from courses.tests.makers import make_course, make_section
from students import operations
from students.models import Enrollment, WaitlistEntry
from students.tests.makers import enroll_directly, make_open_term, make_student, meet

pytestmark = [pytest.mark.django_db, pytest.mark.row("I06")]


@pytest.fixture
def student():
    return make_student(user=alice())


def full(**fields):
    section = make_section(capacity=1, **fields)
    enroll_directly(make_student(), section)
    return section


def taken(student):
    section = make_section()
    enroll_directly(student, section)
    return section


def without_prerequisite(student):
    section = make_section(course=make_course("CS"))
    set_requirement(section.course, {"course": str(make_course("CS").public_id)}, by=None)
    return section


def at_the_same_time(student):
    mine, section = make_section(), make_section()
    for one in (mine, section):
        meet(one, days=0b0011111, start=time(9), end=time(10))
    enroll_directly(student, mine)
    return section


def waited_for(student):
    section = full()
    operations.join_waitlist(student, section, by=None)
    return section


def before_registration(student):
    later = timezone.now() + timedelta(days=2)
    return make_section(term=make_open_term(registration_opens_at=later))


def after_registration(student):
    return make_section(term=make_open_term(registration_closes_at=timezone.now() - timedelta(days=1)))


def kept_for_the_line(student):
    section = full(waitlist_capacity=5)
    operations.join_waitlist(make_student(), section, by=None)
    Enrollment.objects.filter(section=section).update(status="dropped")
    return section


def on_hold(student):
    operations.place_hold(student, by=None, cause="other", office="Dean")
    return make_section()


def before_the_own_window(student):
    section = make_section()
    operations.create_window(section.term, by=None, name="All", opens_at=timezone.now() + timedelta(days=1))
    return section


def restricted(student):
    section = make_section()
    operations.restrict(section, by=None, level="graduate")
    return section


def over_the_credits(student):
    return make_section(term=make_open_term(credits_max=1))


def in_the_course(student):
    section = make_section()
    enroll_directly(student, make_section(course=section.course, term=section.term))
    return section


def completed(student):
    section = make_section()
    section.course.attempts_max = 1
    section.course.save()
    enroll_directly(student, make_section(course=section.course), "completed")
    return section


def without_its_lecture(student):
    lecture = make_section()
    return make_section(course=lecture.course, term=lecture.term, linked_to=lecture)


def kept_for_others(student):
    section = make_section(capacity=1)
    operations.reserve_seats(section, by=None, seats=1, level="graduate")
    return section


SEATS = {
    "on_hold": on_hold,
    "window_closed": before_the_own_window,
    "restricted": restricted,
    "credits_over": over_the_credits,
    "in_course_already": in_the_course,
    "taken_already": completed,
    "approval_needed": lambda student: make_section(approval="instructor"),
    "linked_missing": without_its_lecture,
    "seats_reserved": kept_for_others,
    "section_full": lambda student: full(),
    "section_not_open": lambda student: make_section(status="closed"),
    "already_enrolled": taken,
    "prerequisites_missing": without_prerequisite,
    "time_conflict": at_the_same_time,
    "already_waiting": waited_for,
    "enrollment_closed": before_registration,
}
MORE_SEATS = [("enrollment_closed", after_registration), ("section_full", kept_for_the_line)]
LINES = {
    "line_off": lambda student: full(waitlist_mode="off"),
    "line_full": lambda student: full(waitlist_capacity=0),
    "seats_free": lambda student: make_section(),
    "already_waiting": waited_for,
    "section_not_open": lambda student: full(status="closed"),
    "time_conflict": lambda student: _only_seat_taken(at_the_same_time(student)),
}


def _only_seat_taken(section):
    section.capacity = 1
    section.save(update_fields=["capacity"])
    enroll_directly(make_student(), section)
    return section


def refusal_of(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value


def codes_on(form):
    return [error.code for errors in form.errors.as_data().values() for error in errors]


@pytest.mark.parametrize(
    ("code", "make"), [*SEATS.items(), *MORE_SEATS], ids=lambda value: getattr(value, "__name__", value)
)
def test_a_seat_is_refused_alike(client, student, code, make):
    section = make(student)
    before = Enrollment.objects.count()
    deed = refusal_of(operations.enroll, student, section, by=student.user)
    client.force_login(student.user)
    page = client.post(reverse("students:section_enroll", args=[section.public_id]))
    api = client.post("/api/v1/enrollments/", {"section": str(section.public_id)}, content_type="application/json")
    client.force_login(rita())
    staff = client.post(
        reverse("students:section_enroll_student", args=[section.public_id]), {"student": student.institutional_id}
    )
    answers = {
        "deed": deed.code,
        "page": page.context["refusal"].code,
        "API": api.json()["code"],
        "staff": codes_on(staff.context["form"])[0],
    }
    assert answers == dict.fromkeys(answers, code)
    assert (page.status_code, api.status_code) == (409, 409)
    assert escape(str(page.context["refusal"])) in page.content.decode()
    assert Enrollment.objects.count() == before


@pytest.mark.parametrize(("code", "make"), LINES.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_place_in_line_is_refused_alike(client, student, code, make):
    section = make(student)
    before = WaitlistEntry.objects.count()
    deed = refusal_of(operations.join_waitlist, student, section, by=student.user)
    client.force_login(student.user)
    page = client.post(reverse("students:section_join", args=[section.public_id]))
    api = client.post("/api/v1/waitlist-entries/", {"section": str(section.public_id)}, content_type="application/json")
    assert [deed.code, page.context["refusal"].code, api.json()["code"]] == [code] * 3
    assert WaitlistEntry.objects.count() == before


def _too_late(student):
    past = timezone.now() - timedelta(days=1)
    return enroll_directly(student, make_section(term=make_open_term(drop_deadline=past)))


@pytest.mark.parametrize(
    ("code", "make"),
    [
        ("drop_deadline_passed", _too_late),
        ("not_enrolled", lambda student: enroll_directly(student, make_section(), status="dropped")),
    ],
)
def test_a_drop_is_refused_alike(client, student, code, make):
    enrollment = make(student)
    deed = refusal_of(operations.drop, enrollment, by=student.user)
    client.force_login(student.user)
    page = client.post(reverse("students:enrollment_drop", args=[enrollment.public_id]), {"reason": ""})
    api = client.post(f"/api/v1/enrollments/{enrollment.public_id}/drop/", {}, content_type="application/json")
    assert [deed.code, codes_on(page.context["form"])[0], api.json()["code"]] == [code] * 3


def test_the_admin_says_what_the_deed_says(client, student):
    gone = enroll_directly(student, make_section(), status="dropped")
    deed = refusal_of(operations.drop, gone, by=adam(), reason="By staff in the admin")
    client.force_login(adam())
    data = {"action": "drop", "reason": "Asked for.", "_selected_action": [gone.pk]}
    answer = client.post(reverse("admin:students_enrollment_changelist"), data, follow=True)
    assert str(deed) in answer.content.decode()


def test_staff_without_a_reason_are_refused_alike(client, student):
    enrollment = enroll_directly(student, make_section())
    deed = refusal_of(operations.drop, enrollment, by=rita())
    client.force_login(rita())
    api = client.post(f"/api/v1/enrollments/{enrollment.public_id}/drop/", {}, content_type="application/json")
    page = client.post(reverse("students:enrollment_drop", args=[enrollment.public_id]), {"reason": ""})
    assert [deed.code, api.json()["code"]] == ["reason_missing"] * 2
    assert page.context["form"].errors.get("reason")
    enrollment.refresh_from_db()
    assert enrollment.is_live


def _kind(**fields):
    return make_type(ivan(), **{"notice_minutes": 0} | fields)


def _booked_by_another(student):
    kind = _kind()
    book(kind, make_student().user, at(10), by=None)
    return kind, at(10)


def _booked_already(student):
    kind = _kind(seats=3)
    book(kind, student.user, at(10), by=None)
    return kind, at(10)


def _one_open_only(student):
    kind = _kind(max_open_per_student=1)
    book(kind, student.user, at(10), by=None)
    return kind, at(12)


def _during_a_class(student):
    section = make_section()
    meet(section, days=127, start=time(10), end=time(11))
    enroll_directly(student, section)
    return _kind(), at(10)


BOOKINGS = {
    "slot_taken": _booked_by_another,
    "already_booked": _booked_already,
    "limit_open": _one_open_only,
    "class_conflict": _during_a_class,
    "not_offered": lambda student: (_kind(), at(3)),
    "too_soon": lambda student: (_kind(notice_minutes=60 * 24 * 60), at(10)),
    "too_far": lambda student: (_kind(horizon_days=2), at(10)),
}


@pytest.mark.parametrize(("code", "make"), BOOKINGS.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_booking_is_refused_alike(client, student, code, make):
    kind, starts_at = make(student)
    deed = refusal_of(book, kind, student.user, starts_at, by=student.user)
    client.force_login(student.user)
    data = {"starts_at": starts_at.isoformat(), "topic": "A question"}
    page = client.post(reverse("appointments:book", args=[kind.public_id]), data)
    api = client.post("/api/v1/appointments/", data | {"type": str(kind.public_id)}, content_type="application/json")
    assert [deed.code, codes_on(page.context["form"])[0], api.json()["code"]] == [code] * 3
    assert api.status_code == 409
