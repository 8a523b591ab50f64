"""Intervals against the plain sets that they stand for."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.intervals import merge, overlaps, subtract

ZERO = datetime(2026, 9, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    return ZERO + timedelta(hours=hour)


SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted).map(lambda pair: (at(pair[0]), at(pair[1])))
MANY = st.lists(SPANS, max_size=8)


def hours(intervals) -> set[int]:
    return {hour for hour in range(31) if any(start <= at(hour) < end for start, end in intervals)}


def is_tidy(intervals) -> bool:
    edges = [edge for interval in intervals for edge in interval]
    return edges == sorted(set(edges))


def test_touching_intervals_do_not_overlap():
    assert not overlaps((at(9), at(10)), (at(10), at(11)))
    assert overlaps((at(9), at(11)), (at(10), at(11)))


@given(SPANS.filter(lambda span: span[0] < span[1]), SPANS.filter(lambda span: span[0] < span[1]))
def test_intervals_overlap_when_they_share_an_hour(first, second):
    assert overlaps(first, second) == bool(hours([first]) & hours([second]))


@given(MANY)
def test_merged_intervals_cover_the_same_hours_without_overlap(spans):
    assert hours(merge(spans)) == hours(spans)
    assert is_tidy(merge(spans))


@given(MANY, MANY)
def test_what_is_left_is_exactly_what_is_not_taken(spans, taken):
    left = subtract(spans, taken)
    assert hours(left) == hours(spans) - hours(taken)
    assert is_tidy(left)
