"""Finding courses by what people type."""

import pytest

from accounts.tests.makers import make_user
from courses.models import Course, Section
from courses.queries import search_courses, sections_matching, taught_by_somebody_named
from courses.tests.makers import add_instructor, make_course, make_section, make_subject

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
        ("cs  101 algo", ["CS 101", "CS 101A"]),
        ("algo  CS101", ["CS 101", "CS 101A"]),
        ("101", ["CS 101", "CS 101A", "MATH 20"]),
        ("101a", ["CS 101A"]),
        ("10", ["CS 101", "CS 101A", "MATH 20"]),
        ("“Intro” 'algo'", ["CS 101"]),
        ("\tcalculus\n", ["MATH 20"]),
        ("and/or", ["MATH 20"]),
        ("\uff23\uff33\uff11\uff10\uff11", ["CS 101", "CS 101A"]),
        ("101%", ["CS 101", "CS 101A", "MATH 20"]),
        ("cs_101", ["CS 101", "CS 101A", "MATH 20"]),
        ("cs 101 " * 50, ["CS 101", "CS 101A", "MATH 20"]),
        ("%", []),
        ("   ", ["CS 101", "CS 101A", "MATH 20"]),
    ],
)
def test_words_codes_and_beginnings_are_found(catalogue, text, found):
    assert codes(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "'",
        '"',
        "\\",
        "a & | !",
        ":*",
        "'); DROP",
        "\x00",
        "cs\x00101",
        "\U0001f600",
        "<->",
        "((",
        "%",
        "é" * 999,
        "ß İ ﬁ",
        "מתמטיקה",
        "a" * 9999,
    ],
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


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Übung im Schreiben", "übung"),
        ("Übung im Schreiben", "U\u0308BUNG"),
        ("数学の基礎", "数学"),
        ("O'Keeffe's art", "o'keeffe"),
    ],
)
def test_titles_in_any_script_are_found_by_their_beginnings(title, text):
    make_course("ART", "1", title=title)
    assert codes(text) == ["ART 1"]


def test_sections_are_found_by_crn_code_and_words_of_either_title():
    course = make_course("CS", "101", title="Introduction to Algorithms")
    one = make_section(course=course, crn="5001")
    two = make_section(course=course, crn="5002", title="Honors & more")
    other = make_section(course=make_course("LIT", "1"), crn="CS101")

    def found(text):
        return set(sections_matching(Section.objects.all(), text))

    assert found("5001") == {one}
    assert found("cs101") == {one, two, other}
    assert found("cs 101 intro") == {one, two}
    assert found("honors") == {two}
    assert found("&") == set()
    assert found("") == found("  ") == {one, two, other}


def test_sections_are_found_by_every_word_of_one_instructors_name():
    one = make_section(instructor=make_user(given_name="Ana", family_name="da Silva"))
    add_instructor(one, make_user(given_name="Bo", family_name="Lind"), role="assistant")
    make_section()

    def found(name):
        return list(taught_by_somebody_named(Section.objects.all(), name))

    assert found("silva ana") == found("bo") == [one]
    assert found("ana lind") == found("%") == found("_") == []
    assert len(found("")) == 2
