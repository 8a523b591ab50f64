"""Whole real terms: the figures of their source, no false clash, and the second time no change.

The files lie beside the checkout. The names in them are real and are never printed here.
"""

from collections import Counter
from datetime import date

import pytest

from courses.models import Course, CrossListGroup, Section, Term
from integrations.layouts import load
from integrations.queries.catalog_file import read_catalog
from integrations.queries.figures import figures_of
from integrations.queries.schedule_file import read_schedule
from integrations.tests.makers import REAL
from scheduling.models import Claim, Meeting, MeetingPattern, Room

FOLDER = REAL / "ucsd-schedule"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real schedules here: {FOLDER.name} is not there")


@pytest.mark.parametrize(
    ("term", "counts", "pairs", "overlaps"),
    [
        ("FA24", (8716, 8688, 2335, 472, 14971), (155, 0, 56), (154, 128)),
        ("WI25", (7244, 7222, 2263, 481, 13315), (206, 0, 83), (113, 93)),
    ],
)
@pytest.mark.row("S17")
def test_a_real_term_has_the_figures_of_its_source(term, counts, pairs, overlaps):
    layout = load("ucsd")
    found = read_schedule(FOLDER / f"{term}.tsv.gz", layout)
    assert found.errors == []
    assert (found.rows, len(found.sections), len(found.courses), len(found.rooms), found.meetings) == counts
    figures = figures_of(found, layout)
    assert (figures.room_pairs_identical, figures.room_pairs_partly, figures.cross_listed_courses) == pairs
    assert (len(figures.instructor_overlaps), figures.lettered) == overlaps


def test_the_real_catalogue_is_read_but_for_a_few_entries_without_a_number():
    found = read_catalog(FOLDER / "courses.tsv.gz", load("ucsd"), leave_out=True)
    assert found.errors == []
    assert [line.line for line in found.left_out] == [3466, 4443, 5742, 5743, 5744, 5745, 6079]
    assert (found.rows, len(found.courses), len(found.repeated)) == (6817, 6985, 119)
    assert sum(course.credits is None for course in found.courses) == 5
    strict = read_catalog(FOLDER / "courses.tsv.gz", load("ucsd"))
    assert [error.line for error in strict.errors] == [line.line for line in found.left_out]


def totals():
    models = (Section, Course, CrossListGroup, Room, MeetingPattern, Meeting, Claim)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.row("S12", "S17")
def test_a_real_term_goes_in_once_without_a_false_clash(run, settings):
    settings.CAMPUS_TIME_ZONE = "America/Los_Angeles"
    Term.objects.create(
        code="FA24", name="Fall 2024", kind="quarter", start_date=date(2024, 9, 26), end_date=date(2024, 12, 14)
    )
    first = run(FOLDER / "FA24.tsv.gz", term="FA24")
    expected = {
        "sections": 8688, "courses": 2335, "rooms": 472, "meetings": 14971, "created": 8688, "updated": 0,
        "unchanged": 0, "patterns": 11161, "classes_end": "2024-12-06", "past_left": 0, "cancelled_here": 0,
        "room_pairs_identical": 155, "room_pairs_partly": 0, "cross_listed_courses": 56,
        "instructor_overlaps_lettered": 128, "outside_term": [],
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert Counter(clash["kind"] for clash in first["clashes"]) == {"instructor": 35}
    assert {len(clash["sides"]) for clash in first["clashes"]} == {2}
    soft = Claim.objects.filter(hard=False, active=True)
    assert set(soft.values_list("room", flat=True)) == {None}
    before = totals()
    assert (before["Section"], before["Course"], before["Room"]) == (8688, 2335, 472)
    again = run(FOLDER / "FA24.tsv.gz", term="FA24")
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 8688)
    assert again["clashes"] == first["clashes"]
    assert totals() == before
