"""Plan a term: sections that go together and with what the student has, nearest to the wishes first."""

from datetime import time
from urllib.parse import quote

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan
from courses.models import SectionInstructor
from students.models import Enrollment
from students.queries.plans import Wishes, plan_term
from students.tests.makers import (
    enroll_directly,
    fill,
    make_course_entry,
    make_open_section,
    make_open_term,
    make_student,
    meet,
)

pytestmark = pytest.mark.django_db
MON, TUE = 1, 2


@pytest.fixture
def term():
    return make_open_term(kind="semester")


@pytest.fixture
def student():
    return make_student(user=alice())


def section_of(term, course, days=MON, hour=9, **fields):
    section = make_open_section(term=term, course=course, **fields)
    meet(section, days, time(hour), time(hour + 1))
    return section


def keys(planned):
    return [set(plan.sections) for plan in planned.plans]


def test_only_sections_that_go_together_make_a_plan(term, student):
    math, art = make_course_entry("PLA 1"), make_course_entry("PLA 2")
    at_nine, at_ten = section_of(term, math), section_of(term, math, hour=10)
    painting = section_of(term, art)
    planned = plan_term(student, term, [math, art], Wishes(), student.user)
    assert keys(planned) == [{at_ten, painting}]
    assert planned.count == 1
    assert at_nine not in planned.plans[0].sections


def test_a_full_section_and_one_with_a_line_are_left_out_and_named(term, student):
    math = make_course_entry("PLA 1")
    full, free = section_of(term, math, capacity=1), section_of(term, math, hour=10)
    fill(full, 1)
    planned = plan_term(student, term, [math], Wishes(), student.user)
    assert keys(planned) == [{free}]
    assert planned.choices[0].full == [full]


def test_what_clashes_with_a_class_of_the_student_is_left_out(term, student):
    math = make_course_entry("PLA 1")
    enroll_directly(student, section_of(term, make_course_entry("PLA 9")))
    section_of(term, math)
    planned = plan_term(student, term, [math], Wishes(), student.user)
    assert planned.plans == []
    assert planned.choices[0].left_out["clash"] == 1


def test_a_course_that_the_student_takes_is_part_of_the_week_already(term, student):
    math, art = make_course_entry("PLA 1"), make_course_entry("PLA 2")
    enroll_directly(student, section_of(term, math))
    section_of(term, math, hour=14)
    painting = section_of(term, art, hour=11)
    planned = plan_term(student, term, [math, art], Wishes(), student.user)
    assert planned.choices[0].is_enrolled
    assert keys(planned) == [{painting}]


def test_a_lecture_comes_with_one_of_its_labs(term, student):
    math = make_course_entry("PLA 1")
    lecture = section_of(term, math)
    clashing, fitting = section_of(term, math, linked_to=lecture), section_of(term, math, hour=11, linked_to=lecture)
    planned = plan_term(student, term, [math], Wishes(), student.user)
    assert keys(planned) == [{lecture, fitting}]
    assert clashing not in planned.plans[0].sections


@pytest.mark.parametrize(
    ("wishes", "hour", "days"),
    [
        (Wishes(earliest=time(10)), 10, MON),
        (Wishes(latest=time(10)), 9, MON),
        (Wishes(days_off=frozenset({0})), 9, TUE),
    ],
)
def test_what_goes_against_a_wish_comes_later(term, student, wishes, hour, days):
    math = make_course_entry("PLA 1")
    wished = {(at, on): section_of(term, math, on, at) for at in (9, 10) for on in (MON, TUE)}
    planned = plan_term(student, term, [math], wishes, student.user)
    assert planned.count == 4
    first = {key for key, section in wished.items() if section in planned.plans[0].sections}
    assert all(at == hour for at, _ in first) if not wishes.days_off else all(on == days for _, on in first)


def test_the_wished_instructor_comes_first(term, student):
    math = make_course_entry("PLA 1")
    section_of(term, math)
    wished = section_of(term, math, hour=10)
    SectionInstructor.objects.create(section=wished, instructor=ivan(), role="instructor", is_primary=True)
    wishes = Wishes(instructors=frozenset({str(ivan().public_id)}))
    assert keys(plan_term(student, term, [math], wishes, student.user))[0] == {wished}


def test_the_number_of_queries_does_not_depend_on_how_much_there_is(term, student, django_assert_max_num_queries):
    courses = [make_course_entry(f"PLA {n}") for n in range(1, 6)]
    for n, course in enumerate(courses):
        for hour in range(8, 12):
            section_of(term, course, 1 << n, hour)
    with django_assert_max_num_queries(12):
        planned = plan_term(student, term, courses, Wishes(), student.user)
    assert planned.count == 4**5


def test_the_page_adds_a_course_by_its_code_and_shows_the_weeks(client, term, student):
    math = make_course_entry("PLA 101", title="Planes")
    section = section_of(term, math)
    client.force_login(student.user)
    address = reverse("students:plan")
    answer = client.get(address, {"term": term.code, "add": "pla 101"})
    assert answer.status_code == 302
    answer = client.get(answer["Location"])
    assert answer.status_code == 200
    assert "One week is possible." in answer.text
    assert str(section) in answer.text


def test_the_page_says_when_a_course_is_unknown(client, term, student):
    client.force_login(student.user)
    answer = client.get(reverse("students:plan"), {"term": term.code, "course": "NO 1"})
    assert answer.status_code == 400
    assert "There is no course NO 1." in answer.text


def test_two_plans_stand_beside_one_another(client, term, student):
    math = make_course_entry("PLA 1")
    one, other = section_of(term, math), section_of(term, math, hour=10)
    client.force_login(student.user)
    answer = client.get(reverse("students:plan_compare"), {"term": term.code, "plan": [one.crn, other.crn]})
    assert str(one) in answer.text
    assert str(other) in answer.text


def test_planning_is_for_students(client, term):
    client.force_login(ivan())
    assert client.get(reverse("students:plan")).status_code == 403
    client.logout()
    assert client.get(reverse("students:plan")).status_code == 302


def test_one_act_enrolls_in_the_whole_plan(client, term, student):
    one, other = section_of(term, make_course_entry("PLA 1")), section_of(term, make_course_entry("PLA 2"), hour=10)
    client.force_login(student.user)
    address, plan = reverse("students:plan_review"), {"term": term.code, "plan": f"{one.crn},{other.crn}"}
    assert "Nothing is in the way." in client.get(address, plan).text
    assert client.post(address, plan).status_code == 302
    assert set(Enrollment.objects.live().values_list("section", flat=True)) == {one.pk, other.pk}


def test_a_plan_of_which_a_seat_is_gone_gives_no_seat_at_all(client, term, student):
    one = section_of(term, make_course_entry("PLA 1"))
    other = section_of(term, make_course_entry("PLA 2"), hour=10, capacity=1)
    fill(other, 1)
    client.force_login(student.user)
    answer = client.post(reverse("students:plan_review"), {"term": term.code, "plan": f"{one.crn},{other.crn}"})
    assert answer.status_code == 409
    assert "Nothing was changed" in answer.text
    assert not Enrollment.objects.filter(student=student).exists()


def test_a_script_asks_for_the_same_weeks(client, term, student):
    math = make_course_entry("PLA 1")
    section = section_of(term, math)
    client.force_login(student.user)
    answer = client.get("/api/v1/plans/", {"term": term.code, "course": "pla 1", "earliest": "10:00"}).json()
    assert answer["count"] == 1
    assert answer["plans"][0]["sections"][0]["id"] == str(section.public_id)
    assert answer["plans"][0]["days"] == ["mon"]
    assert answer["courses"] == [{"course": "PLA 1", "ways": 1, "full": 0, "clashing": 0, "is_enrolled": False}]


@pytest.mark.parametrize(
    "query", [{}, {"course": "NO 1"}, {"course": "PLA 1", "earliest": "ten"}, {"course": "PLA 1", "cheap": "yes"}]
)
def test_a_script_is_told_what_is_wrong(client, term, student, query):
    make_course_entry("PLA 1")
    client.force_login(student.user)
    answer = client.get("/api/v1/plans/", {"term": term.code} | query)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_a_script_of_somebody_else_plans_nothing(client, term):
    client.force_login(ivan())
    assert client.get("/api/v1/plans/", {"term": term.code, "course": "PLA 1"}).status_code == 403


@pytest.mark.parametrize("text", ["\x00", "a,,b", "9" * 400, quote("'\"<script>")])
def test_odd_plans_are_answered(client, term, student, text):
    client.force_login(student.user)
    for name in ("plan_compare", "plan_review"):
        answer = client.get(reverse(f"students:{name}"), {"term": term.code, "plan": text, "page": text})
        assert answer.status_code in (200, 400)
    assert client.get(reverse("students:plan"), {"course": text, "add": text, "page": text}).status_code == 400
