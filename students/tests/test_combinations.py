"""Combinations of sections: every one that is free of clashes, none that is not, the cheapest first."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from students.queries.combinations import DAY_COST, QUARTER_HOUR, WIDTH, Option, Search, free_of, gap_minutes

DAY = 24 * 60


def option(key, *week, cost=0):
    """An option that meets at these hours (weekday, start, end in minutes) for two weeks."""
    midnights = [(w * 7 + day) * DAY for w in (0, 1) for day, _, _ in week]
    taken = tuple((at + start, at + end) for at, (_, start, end) in zip(midnights, [*week, *week], strict=True))
    return Option(key=(key,), taken=taken, week=tuple(week), cost=cost)


def overlap(one, other):
    return any(a < d and c < b for a, b in one.taken for c, d in other.taken)


def by_hand(courses, compact):
    """Every combination by trying all, with its cost."""
    found = []
    for options in itertools.product(*courses):
        if any(overlap(one, other) for one, other in itertools.combinations(options, 2)):
            continue
        cost = sum(each.cost for each in options)
        if compact:
            days = {day for each in options for day, _, _ in each.week}
            cost += DAY_COST * len(days) + gap_minutes(options) // QUARTER_HOUR
        found.append((cost, tuple(each.key for each in options)))
    return found


hours = st.tuples(st.integers(0, 4), st.sampled_from([480, 540, 545, 600]), st.sampled_from([30, 50, 60])).map(
    lambda it: (it[0], it[1], it[1] + it[2])
)
options = st.tuples(st.lists(hours, max_size=2, unique_by=lambda it: it[0]), st.integers(0, 60))


@st.composite
def several_courses(draw):
    courses, key = [], itertools.count()
    for _ in range(draw(st.integers(1, 4))):
        drawn = draw(st.lists(options, min_size=1, max_size=4))
        courses.append([option(next(key), *week, cost=cost) for week, cost in drawn])
    return courses


@given(several_courses(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_all_and_only_the_combinations_without_a_clash_come_and_the_cheapest_first(courses, compact):
    search = Search(courses, compact=compact)
    found = [(each.cost, tuple(one.key for one in each.options)) for each in search.best()]
    assert sorted(found) == sorted(by_hand(courses, compact))
    assert [cost for cost, _ in found] == sorted(cost for cost, _ in found)
    assert search.exact
    assert search.count() == len(found)


@given(several_courses(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_a_search_that_must_hurry_still_gives_good_ones_once(courses, compact):
    search = Search(courses, compact=compact)
    found = [(each.cost, tuple(one.key for one in each.options)) for each in search.best(budget=1)]
    assert len(set(found)) == len(found) <= WIDTH
    assert set(found) <= set(by_hand(courses, compact))
    assert [cost for cost, _ in found] == sorted(cost for cost, _ in found)
    if found:
        assert not search.exact


def test_classes_that_touch_do_not_clash():
    first, second = option(1, (0, 540, 600)), option(2, (0, 600, 650))
    assert len(list(Search([[first], [second]]).best())) == 1


def test_a_course_without_options_leaves_no_combination():
    assert list(Search([[option(1)], []]).best()) == []
    assert Search([[option(1)], []]).count() == 0


def test_what_is_taken_already_stays_free():
    early, late = option(1, (0, 540, 600)), option(2, (0, 600, 650))
    assert free_of([early, late], [(550, 555)]) == [late]
    assert free_of([early, late], []) == [early, late]


def test_fewer_days_and_shorter_waits_are_cheaper_when_days_shall_be_compact():
    lecture = [option(1, (0, 540, 600))]
    seminar = [option(2, (1, 540, 600)), option(3, (0, 780, 840)), option(4, (0, 600, 660))]
    found = [each.options[1].key for each in Search([lecture, seminar], compact=True).best()]
    assert found == [(4,), (3,), (2,)]


@pytest.mark.parametrize("compact", [False, True])
def test_ten_courses_of_twenty_sections_are_searched_in_bounded_steps(compact):
    chance = random.Random(7)
    starts = range(480, 1080, 60)
    courses = [
        [
            option(c * 100 + s, *((day, start, start + 50) for day in days), cost=chance.randrange(4) * 10)
            for s in range(20)
            for start, days in [(chance.choice(starts), chance.choice([(0, 2, 4), (1, 3), (0, 2)]))]
        ]
        for c in range(10)
    ]
    search = Search(courses, compact=compact)
    found = list(itertools.islice(search.best(), 60))
    assert len({each.options for each in found}) == 60
    for each in found:
        assert not any(overlap(one, other) for one, other in itertools.combinations(each.options, 2))
    assert search.count(1000) == 1000
