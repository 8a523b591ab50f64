"""Finding courses by what people type."""

import pytest

from courses.models import Course
from courses.queries import search_courses
from courses.tests.makers import make_course, make_subject

pytestmark = pytest.mark.django_db


def codes(text):
    return [course.code for course in search_courses(Course.objects.select_related("subject"), text)]


@pytest.fixture
def catalogue():
    make_course("CS", "101", title="Introduction to Algorithms")
    make_course("CS", "101A", title="Algorithms Laboratory")
    make_course("MATH", "20", title="Calculus and/or Analysis", description="Used in CS 101.")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cs 101", ["CS 101", "CS 101A", "MATH 20"]),
        ("CS101", ["CS 101", "CS 101A"]),
        ("cs-101a", ["CS 101A"]),
        ("cs101a", ["CS 101A"]),
        ("intro algorithms", ["CS 101"]),
        ("analys", ["MATH 20"]),
        ("", ["CS 101", "CS 101A", "MATH 20"]),
        ("nothing", []),
    ],
)
def test_words_codes_and_beginnings_are_found(catalogue, text, found):
    assert codes(text) == found


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", "a & | !", ":*", "'); DROP", "\x00", "cs\x00101", "\U0001f600", "<->", "((", "%", "é" * 999],
)
def test_odd_texts_are_answered(catalogue, text):
    assert isinstance(codes(text), list)


def test_rows_written_in_bulk_and_renamed_subjects_are_found():
    subject = make_subject("BIO")
    Course.objects.bulk_create([Course(subject=subject, number="7", title="Cells", status="published", sort_key="B")])
    assert codes("bio7") == ["BIO 7"]
    subject.code = "LIFE"
    subject.save()
    assert codes("bio7") == []
    assert codes("life cells") == ["LIFE 7"]
