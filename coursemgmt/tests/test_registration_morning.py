"""The simulated registration morning in small: its promises hold, and its checks see one that does not."""

import random

import pytest

from bench.morning.checks import promises
from bench.morning.course import LINE, SEAT, run
from bench.morning.figures import figures
from bench.morning.page import render
from bench.morning.people import WAVES, make_students, wishes
from students.models import Enrollment, WaitlistEntry
from students.tests.makers import (
    enroll_directly,
    make_course_entry,
    make_open_section,
    make_open_term,
    make_student,
    meet,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.row("R01", "R17")
def test_a_morning_of_few_students_keeps_every_promise_and_its_page_tells_so():
    chance, term = random.Random(1), make_open_term(kind="quarter")
    for n in range(4):
        course = make_course_entry()
        for _section in range(2):
            meet(make_open_section(1, term=term, course=course), days=1 << n % 2)
    wishers = wishes(make_students(WAVES, chance), term, chance, each=2)
    morning = run(wishers, term, chance, 1, lambda _line: None, early=1, dropping=0.3)
    assert len(morning.answers) == sum(len(one.wishes) for one in wishers)
    assert {SEAT, LINE} <= {one.outcome for one in morning.answers}
    wave_of = {one.student: one.wave for one in wishers}
    kept = promises(term, morning, wave_of)
    assert [one.words for one in kept if not one.is_kept] == []
    found = figures(term, morning, kept)
    live = Enrollment.objects.live().filter(section__term=term)
    assert (found["capacity"], found["taken"]) == (8, live.count())
    assert 0 < morning.dropped == live.model.objects.filter(section__term=term, status="dropped").count()
    assert found["waiting"] == WaitlistEntry.objects.waiting().count() > 0
    page = render(found, "A morning", "Few students")
    assert page.count("class='kept'") == len(kept)
    assert "<script" not in page
    section = WaitlistEntry.objects.waiting().first().section
    enroll_directly(make_student(), section)
    waves = wave_of | dict.fromkeys(section.enrollments.values_list("student", flat=True), 0)
    broken = {one.words for one in promises(term, morning, waves) if one.against}
    assert "No section has more students than seats" in broken
