"""Other sections of a full course: with a free seat, those that fit first, and a swap for those that clash."""

from datetime import time

import pytest
from django.urls import reverse

from accounts.tests.makers import alice
from students.queries.alternatives import alternatives
from students.tests.makers import enroll_directly, fill, make_course_entry, make_open_section, make_student, meet

pytestmark = [pytest.mark.django_db, pytest.mark.row("Z10")]


@pytest.fixture
def student():
    return make_student(user=alice())


@pytest.fixture
def course():
    """A full section, one that fits, one at the time of a class that Alice takes, and one without seats."""
    full = make_open_section(capacity=1)
    others = {"term": full.term, "course": full.course}
    fits, clashes, none = (make_open_section(capacity, **others) for capacity in (5, 5, 0))
    for section, hour in ((full, 8), (fits, 9), (clashes, 10), (none, 11)):
        meet(section, 1, time(hour), time(hour + 1))
    fill(full, 1)
    return full, fits, clashes


def take_a_class_at_ten(student, term):
    taken = make_open_section(term=term, course=make_course_entry())
    meet(taken, 1, time(10), time(11))
    enroll_directly(student, taken)


def test_those_that_fit_come_first_and_full_ones_not_at_all(student, course):
    full, fits, clashes = course
    take_a_class_at_ten(student, full.term)
    found = [(one.row.section, one.fits) for one in alternatives(student, full, student.user)]
    assert found == [(fits, True), (clashes, False)]


def test_the_page_enrolls_in_one_that_fits_and_leads_to_the_swap_for_one_that_clashes(client, student, course):
    full, fits, clashes = course
    take_a_class_at_ten(student, full.term)
    client.force_login(student.user)
    assert (
        reverse("students:section_alternatives", args=[full.public_id])
        in client.get(reverse("students:section_detail", args=[full.public_id])).text
    )
    text = client.get(reverse("students:section_alternatives", args=[full.public_id])).text
    assert f'action="{reverse("students:section_enroll", args=[fits.public_id])}"' in text
    assert f'href="{reverse("students:section_swap", args=[clashes.public_id])}"' in text


def test_a_script_reads_the_same(client, student, course):
    full, fits, clashes = course
    client.force_login(student.user)
    answer = client.get(f"/api/v1/sections/{full.public_id}/alternatives/").json()
    assert [(one["section"]["section"]["id"], one["fits"]) for one in answer] == [
        (str(fits.public_id), True),
        (str(clashes.public_id), True),
    ]


def test_nothing_is_said_where_there_is_no_other(client, student):
    client.force_login(student.user)
    section = make_open_section()
    answer = client.get(reverse("students:section_alternatives", args=[section.public_id]))
    assert "No other section has a free seat" in answer.text
