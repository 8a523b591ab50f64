"""Terms as deeds: days that cross, terms inside of terms."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.tests.makers import rita
from courses import operations
from courses.errors import TermInsideItself, TermKindOrder, TermOutside
from courses.models import Term
from courses.tests.makers import make_section, make_term

pytestmark = pytest.mark.django_db
AUTUMN = {"start_date": date(2031, 9, 1), "end_date": date(2031, 12, 19)}


def term(code, **fields):
    return operations.create_term(by=rita(), code=code, name=f"Term {code}", **{**AUTUMN, **fields})


def refusal_of(deed):
    with pytest.raises(ValidationError) as caught:
        deed()
    return caught.value.messages


@pytest.mark.row("T02")
@pytest.mark.parametrize(
    "days",
    [
        AUTUMN,
        {"start_date": date(2031, 12, 19), "end_date": date(2032, 3, 1)},
        {"start_date": date(2031, 8, 1), "end_date": date(2031, 9, 1)},
        {"start_date": date(2031, 10, 1), "end_date": date(2031, 10, 1)},
    ],
)
def test_two_semesters_do_not_share_a_day(days):
    term("F31")
    assert refusal_of(lambda: term("G31", **days)) == ["Another term of this kind covers some of these days."]
    assert Term.objects.count() == 1


@pytest.mark.row("T02")
def test_a_term_may_start_on_the_day_after_the_last_one():
    term("F31")
    term("W32", start_date=date(2031, 12, 20), end_date=date(2032, 3, 1))
    assert Term.objects.count() == 2


@pytest.mark.row("T02")
def test_parts_of_a_term_and_terms_of_another_year_may_overlap():
    whole = term("Y31", kind="year", end_date=date(2032, 8, 31))
    inside = term("F31", parent=whole)
    term("F31A", kind="part_of_term", parent=inside, end_date=date(2031, 10, 15))
    term("F31B", kind="part_of_term", parent=inside, start_date=date(2031, 10, 1))
    assert refusal_of(lambda: term("G31", parent=whole)) == ["Another term of this kind covers some of these days."]


@pytest.mark.row("T02")
def test_a_term_is_not_moved_onto_a_sibling():
    term("F31")
    spring = term("S32", start_date=date(2032, 1, 10), end_date=date(2032, 5, 1))
    refusal_of(lambda: operations.change_term(spring, by=rita(), start_date=date(2031, 12, 1)))
    spring.refresh_from_db()
    assert spring.start_date == date(2032, 1, 10)


@pytest.mark.row("T02")
def test_the_database_refuses_crossing_semesters_too():
    first = term("F31")
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.create(code="X", name="X", start_date=first.end_date, end_date=first.end_date)


@pytest.mark.row("T01")
def test_a_term_ends_on_or_after_its_first_day():
    assert term("D31", end_date=AUTUMN["start_date"]).code == "D31"
    messages = refusal_of(lambda: term("E31", kind="part_of_term", end_date=date(2031, 8, 31)))
    assert messages == ["A term cannot end before it starts."]


@pytest.mark.row("T01")
def test_a_term_code_is_used_once():
    term("F31")
    assert len(refusal_of(lambda: term("F31", kind="part_of_term"))) == 1


def test_a_term_is_not_a_part_of_itself_nor_of_its_parts():
    outer = term("Y31", kind="year")
    middle = term("F31", parent=outer)
    inner = term("P31", kind="part_of_term", parent=middle)
    for parent in (outer, middle, inner):
        with pytest.raises(TermInsideItself):
            operations.change_term(outer, by=rita(), parent=parent)
    outer.refresh_from_db()
    assert outer.parent is None


@pytest.mark.row("C01", "R118")
def test_the_current_term_is_that_of_today_else_the_next_else_the_last_by_one_query(django_assert_num_queries):
    today = timezone.localdate()

    def current(**spans):
        Term.objects.all().delete()
        for name, (first, last) in spans.items():
            make_term(code=name, start_date=today + timedelta(days=first), end_date=today + timedelta(days=last))
        make_term(kind="year", start_date=today, end_date=today)
        with django_assert_num_queries(1):
            return Term.objects.current()

    assert current(now=(-9, 0), next=(1, 9)).code == "now"
    assert current(later=(20, 30), next=(1, 9), gone=(-9, -1)).code == "next"
    assert current(gone=(-9, -1), older=(-20, -10)).code == "gone"
    assert current() is None


YEAR = {"kind": "year", "start_date": date(2031, 8, 1), "end_date": date(2032, 7, 31)}


@pytest.mark.row("T03")
def test_what_is_empty_is_as_in_the_nearest_term_above():
    drop, own = (timezone.now() + timedelta(days=days) for days in (30, 10))
    year = term("Y31", **YEAR, withdraw_deadline=drop)
    semester = term("F31", parent=year, drop_deadline=drop)
    part = term("F31A", kind="part_of_term", parent=semester, end_date=date(2031, 10, 15))
    assert [part.in_force(f"{name}_deadline") for name in ("drop", "withdraw", "add")] == [drop, drop, None]
    part = operations.change_term(part, by=rita(), drop_deadline=own)
    assert part.in_force("drop_deadline") == own
    operations.change_term(part, by=rita(), drop_deadline=None)
    semester = operations.change_term(semester, by=rita(), drop_deadline=own)
    assert Term.objects.get(pk=part.pk).in_force("drop_deadline") == own


@pytest.mark.row("T03")
def test_a_section_of_a_part_has_its_days_and_the_registration_of_the_whole():
    opens = timezone.now()
    semester = term("F31", registration_opens_at=opens, add_deadline=opens + timedelta(days=9))
    part = term("F31A", kind="part_of_term", parent=semester, end_date=date(2031, 10, 15))
    section = make_section(term=part)
    assert (section.last_day, section.opens_at) == (date(2031, 10, 15), opens)
    assert section.closes_at == opens + timedelta(days=9)


@pytest.mark.row("T03")
@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"kind": "semester", "end_date": date(2032, 8, 1)}, TermOutside),
        ({"kind": "quarter", "start_date": date(2031, 7, 31)}, TermOutside),
        ({"kind": "year"}, TermKindOrder),
    ],
)
def test_a_part_lies_inside_and_is_of_a_shorter_kind(fields, refusal):
    year = term("Y31", **YEAR)
    with pytest.raises(refusal):
        term("F31", **{"parent": year, **fields})


@pytest.mark.row("T03")
def test_a_term_does_not_shrink_away_from_its_parts():
    semester = term("F31")
    term("F31B", kind="part_of_term", parent=semester, start_date=date(2031, 10, 16))
    with pytest.raises(TermOutside):
        operations.change_term(semester, by=rita(), end_date=date(2031, 12, 1))
    with pytest.raises(TermKindOrder):
        operations.change_term(semester, by=rita(), kind="part_of_term")


@pytest.mark.row("T03")
def test_scripts_read_the_deadlines_that_hold(client):
    drop = timezone.now() + timedelta(days=30)
    semester = term("F31", drop_deadline=drop)
    part = term("F31A", kind="part_of_term", parent=semester, end_date=date(2031, 10, 15))
    said = client.get(f"/api/v1/terms/{part.public_id}/").json()
    assert (said["drop_deadline"], said["parent"]) == (None, str(semester.public_id))
    assert (
        said["in_force"]["drop_deadline"] == client.get(f"/api/v1/terms/{semester.public_id}/").json()["drop_deadline"]
    )
