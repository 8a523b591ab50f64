"""Requirements as text: read, written, and refused with the line and the reason."""

import pytest
from django.core.exceptions import ValidationError

from courses.models import Course, Requirement
from courses.queries import course_codes, parse_requirement, requirement_text, requirement_words
from courses.tests.makers import make_course, make_subject

pytestmark = [pytest.mark.django_db, pytest.mark.row("T07")]


@pytest.fixture
def ids():
    """The courses of the examples, by code."""
    numbers = [("CSE", "8B"), ("CSE", "11"), ("CSE", "12"), ("MATH", "20A"), ("MATH", "10")]
    courses = [make_course(subject, number) for subject, number in numbers]
    return {course.code: str(course.public_id) for course in courses}


def short(tree, ids):
    """Return a tree with codes in place of ids, as nested tuples."""
    codes = {key: code for code, key in ids.items()}
    for word in ("all", "any"):
        if word in tree:
            return (word, *[short(child, ids) for child in tree[word]])
    return codes[tree["course"]] + tree.get("min_grade", "") + ("*" if tree.get("concurrent_ok") else "")


def errors_of(text):
    with pytest.raises(ValidationError) as caught:
        parse_requirement(text)
    return caught.value.messages


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("CSE 11", "CSE 11"),
        ("cse11", "CSE 11"),
        (" cse   11 ( c- ) * ", "CSE 11C-*"),
        ("CSE 11 (C-) or CSE 8B; MATH 20A*", ("all", ("any", "CSE 11C-", "CSE 8B"), "MATH 20A*")),
        ("CSE 11 (C-) or CSE 8B\n\nMATH 20A*\n", ("all", ("any", "CSE 11C-", "CSE 8B"), "MATH 20A*")),
        ("CSE 11 and CSE 12 or MATH 10", ("any", ("all", "CSE 11", "CSE 12"), "MATH 10")),
        ("CSE 11 and (CSE 12 or MATH 10)", ("all", "CSE 11", ("any", "CSE 12", "MATH 10"))),
        ("CSE 11 or\nCSE 8B", ("any", "CSE 11", "CSE 8B")),
        ("CSE 11\nOR CSE 8B", ("any", "CSE 11", "CSE 8B")),
        ("(CSE 11; CSE 12) or MATH 10;", ("any", ("all", "CSE 11", "CSE 12"), "MATH 10")),
        ("((CSE 11))", "CSE 11"),
        ("CSE 11; CSE 12 and MATH 10", ("all", "CSE 11", "CSE 12", "MATH 10")),
    ],
)
def test_a_typed_requirement_becomes_a_tree_and_comes_back_as_the_same(ids, text, tree):
    found = parse_requirement(text)
    assert short(found, ids) == tree
    codes = {key: code for code, key in ids.items()}
    assert parse_requirement(requirement_text(found, codes)) == found


@pytest.mark.parametrize("text", ["", "  ", "\n;\n ; \n"])
def test_no_text_is_no_requirement(text):
    assert parse_requirement(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CSE 11 or", "Line 1: A course is missing before “the end”."),
        ("CSE 11\nor or CSE 12", "Line 2: A course is missing before “or”."),
        ("CSE 11 or ; CSE 12", "Line 1: A course is missing before “;”."),
        ("(CSE 11", "Line 1: A closing parenthesis is missing."),
        ("CSE 11)", "Line 1: “)” does not belong here."),
        ("* CSE 11", "Line 1: A course is missing before “*”."),
        ("CSE 11 * *", "Line 1: “and”, “or” or a new line is missing after “CSE 11”."),
        ("CSE 11 (C) CSE 12", "Line 1: “and”, “or” or a new line is missing after “CSE 11”."),
        ("((((((((CSE 11))))))))", "Line 1: There are too many parentheses inside each other."),
        ("CSE 12\nCSE 999", "Line 2: “CSE 999” is not a course of the catalogue."),
        ("CSE 11, CSE 12", "Line 1: “CSE 11, CSE 12” is not a course of the catalogue."),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(ids, text, words):
    assert errors_of(text) == [words]


def test_a_grade_that_is_none_is_refused_with_the_grades(ids):
    [words] = errors_of("CSE 11 (Q)")
    assert words.startswith("Line 1: After “CSE 11” the parentheses hold its least grade, one of A+, A, A-")
    assert len(errors_of("CSE 11 (")) == len(errors_of("CSE 11 ()")) == len(errors_of("CSE 11 (C or CSE 12)")) == 1


def test_all_unknown_courses_are_named_at_once(ids):
    assert len(errors_of("CSE 1; CSE 11\nCSE 2 or CSE 3")) == 3


def test_a_requirement_has_its_limits(ids):
    assert errors_of("; ".join(["CSE 11"] * 61)) == ["A requirement names at most 60 courses."]
    assert errors_of("x" * 5_001) == ["Use at most 5000 characters."]
    assert errors_of("(" * 4_000)


def test_of_two_courses_of_one_code_the_living_or_the_one_named_before_is_meant(ids):
    old = make_course("BIO", "1", status="archived")
    living = make_course("BIO", "1", status="draft")
    assert parse_requirement("BIO 1") == {"course": str(living.public_id)}
    assert parse_requirement("BIO 1", prefer=[str(old.public_id)]) == {"course": str(old.public_id)}


def test_a_code_without_its_space_may_mean_two_courses():
    make_subject("CS1")
    first, _second = make_course("CS", "101"), make_course("CS1", "01")
    assert errors_of("CS101") == ["Line 1: “CS101” can mean CS 101, CS1 01."]
    assert parse_requirement("CS 101") == {"course": str(first.public_id)}


def test_a_text_is_said_in_words(ids):
    row = Requirement(expression=parse_requirement("CSE 11 (C-) or CSE 8B; MATH 20A*"))
    words = requirement_words(row.expression, course_codes([row]))
    assert words == "(CSE 11 with C- or better or CSE 8B) and MATH 20A (may be taken at the same time)"


def test_reading_a_text_asks_one_query(ids, django_assert_num_queries):
    with django_assert_num_queries(1):
        parse_requirement("CSE 11 or CSE 8B; MATH 20A*")
    assert Course.objects.count() == 5
