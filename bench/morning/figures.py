"""What the morning came to, in numbers: who got what they wished for, how full sections are, how long it took."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from bench.morning.checks import Promise, freed
from bench.morning.course import ELSEWHERE, LINE, SEAT, Answer, Morning
from bench.morning.people import WAVES, YEARS, year_of
from courses.models import Section, Term
from students.queries.seats import seats_of

OUTCOMES = [SEAT, ELSEWHERE, LINE, "refused"]
TENTHS = [f"{n * 10}-{n * 10 + 9} %" for n in range(10)] + ["full"]
LONGEST_LINES = 12


def quantile(values: Iterable[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def outcome(answer: Answer) -> str:
    return answer.outcome if answer.outcome in OUTCOMES else "refused"


def shares(answers: list[Answer]) -> dict[str, float]:
    """Return the share of each outcome of these wishes."""
    counted = Counter(outcome(one) for one in answers)
    return {word: counted[word] / len(answers) if answers else 0.0 for word in OUTCOMES}


def figures(term: Term, morning: Morning, kept: list[Promise]) -> dict[str, Any]:
    answers = morning.answers
    by_wave: dict[int, list[Answer]] = defaultdict(list)
    for one in answers:
        by_wave[one.wave].append(one)
    by_year: dict[str, list[Answer]] = {year: [] for year in YEARS}
    for wave, found in by_wave.items():
        by_year[year_of(wave)] += found
    return {
        "students": len({one.student for one in answers}),
        "wishes": len(answers),
        "met": sum(outcome(one) in (SEAT, ELSEWHERE) for one in answers),
        "in_line": sum(outcome(one) == LINE for one in answers),
        "refusals": Counter(one.outcome for one in answers if outcome(one) == "refused").most_common(),
        "by_wave": [(f"{wave + 1} {year_of(wave)}", shares(by_wave[wave])) for wave in range(WAVES)],
        "by_year": [(year, shares(found)) for year, found in by_year.items()],
        "by_rank": [(f"wish {n + 1}", shares([a for a in answers if a.wish == n])) for n in _ranks(answers)],
        "time": [(f"{wave + 1}", _time(by_wave[wave])) for wave in range(WAVES)],
        "whole_time": _time(answers),
        "spread": _spread(by_wave),
        "dropped": morning.dropped,
        "freed": freed(term),
        "seconds": sum(morning.seconds.values()),
        "promises": kept,
        **_fill(term),
    }


def _ranks(answers: list[Answer]) -> range:
    return range(max((one.wish for one in answers), default=-1) + 1)


def _time(answers: list[Answer]) -> dict[str, float]:
    took = [one.milliseconds for one in answers]
    return {"p50": quantile(took, 0.5), "p95": quantile(took, 0.95), "p99": quantile(took, 0.99)}


def _spread(by_wave: dict[int, list[Answer]]) -> list[tuple[str, list[float]]]:
    """Return the share of wishes met by students of each fifth of a wave, by when in it they came.

    Who comes earlier in a wave may get more, and each wave less than the one before; who somebody is has no say.
    """
    found = []
    for year_at, year in enumerate(YEARS):
        fifths: list[list[bool]] = [[] for _ in range(5)]
        for wave in [wave for wave in range(WAVES) if year_of(wave) == YEARS[year_at]]:
            order = sorted(by_wave[wave], key=lambda one: one.after)
            for n, one in enumerate(order):
                fifths[5 * n // len(order)].append(outcome(one) in (SEAT, ELSEWHERE))
        found.append((year, [sum(part) / len(part) if part else 0.0 for part in fifths]))
    return found


def _fill(term: Term) -> dict[str, Any]:
    sections = list(
        Section.objects.filter(term=term, capacity__gt=0).select_related("course__subject", "cross_list_group")
    )
    seats = seats_of(sections)
    tenths: Counter[int] = Counter()
    for section in sections:
        found = seats[section.pk]
        tenths[10 if not found.has_free else min(9, 10 * found.taken // max(1, found.capacity or 1))] += 1
    lines = sorted(((seats[one.pk].waiting, str(one), seats[one.pk]) for one in sections), key=lambda row: -row[0])
    return {
        "sections": len(sections),
        "capacity": sum(one.capacity or 0 for one in sections),
        "taken": sum(seats[one.pk].taken for one in sections),
        "full": tenths[10],
        "fill": [(word, tenths[n]) for n, word in enumerate(TENTHS)],
        "waiting": sum(row[0] for row in lines),
        "lines": [(name, waiting, found.capacity) for waiting, name, found in lines[:LONGEST_LINES] if waiting],
        "with_line": sum(1 for row in lines if row[0]),
    }
