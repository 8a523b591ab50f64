"""Every way to take one option of each course without a clash, the cheapest first."""

import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# Steps, and beginnings that are followed at once, when there are too many ways to look at all: some tenths of a second.
BUDGET, WIDTH = 500, 60
COUNT_LIMIT = 10_000
DAY_COST, QUARTER_HOUR = 40, 15


@dataclass(frozen=True)
class Option:
    """One way to take a course: `key` names its sections, `cost` what it goes against the wishes.

    `taken` are its dated times as half-open pairs of numbers. `week` are the hours of a usual week: weekday, start and
    end in minutes.
    """

    key: tuple[int, ...]
    taken: tuple[tuple[float, float], ...] = ()
    week: tuple[tuple[int, int, int], ...] = ()
    cost: int = 0


@dataclass(frozen=True)
class Combination:
    options: tuple[Option, ...]
    cost: int


def free_of(options: Iterable[Option], taken: Iterable[tuple[float, float]]) -> list[Option]:
    """Return the options that overlap none of the times that are `taken` already."""
    found, others = list(options), tuple(taken)
    marks = _marks([*(option.taken for option in found), others])
    return [option for option, mark in zip(found, marks, strict=False) if not mark & marks[-1]]


def overlaps(taken: Iterable[tuple[float, float]]) -> bool:
    """Return whether any two of these times overlap."""
    times = sorted(taken)
    return any(later[0] < earlier[1] for earlier, later in itertools.pairwise(times))


def _marks(spans: Sequence[Sequence[tuple[float, float]]]) -> list[int]:
    """Return each list of times as a number with one bit for each stretch between two neighboring ends of any."""
    edges = sorted({edge for times in spans for pair in times for edge in pair})
    found = []
    for times in spans:
        mark = 0
        for start, end in times:
            first, last = bisect_left(edges, start), bisect_left(edges, end)
            mark |= ((1 << (last - first)) - 1) << first
        found.append(mark)
    return found


@dataclass(frozen=True)
class _Node:
    """A combination on its way: `estimate` is what it costs at least once it is whole."""

    chosen: tuple[int, ...]
    candidates: int
    cost: int
    days: int
    estimate: int


class Search:
    """The combinations of one option of each course, the cheapest first.

    With `compact` each day with a class costs, and each quarter of an hour between two classes of a day. `exact` turns
    False when there were too many ways to find the very cheapest in time.
    """

    def __init__(self, courses: Sequence[Sequence[Option]], *, compact: bool = False) -> None:
        self.compact, self.exact = compact, True
        # Courses with few options first: what cannot be is found out early.
        self.places = sorted(range(len(courses)), key=lambda at: (len(courses[at]), at))
        self.options: list[Option] = []
        self.bands: list[int] = []
        for place in self.places:
            first = len(self.options)
            self.options += sorted(courses[place], key=lambda option: (option.cost, option.key))
            self.bands.append(((1 << (len(self.options) - first)) - 1) << first)
        self.days = [sum(1 << day for day in {hours[0] for hours in option.week}) for option in self.options]
        self.fits = self._fits()

    def _fits(self) -> list[int]:
        marks = _marks([option.taken for option in self.options])
        fits = [0] * len(marks)
        for i, mark in enumerate(marks):
            for j in range(i + 1, len(marks)):
                if not mark & marks[j]:
                    fits[i] |= 1 << j
                    fits[j] |= 1 << i
        return fits

    def best(self, budget: int = BUDGET) -> Iterator[Combination]:
        """Yield the combinations, the cheapest first; after `budget` steps no more than `WIDTH` good ones."""
        if not self.bands or not all(self.bands):
            return
        numbers = itertools.count()
        start = _Node((), (1 << len(self.options)) - 1, 0, 0, 0)
        heap, given = [(0, 0, 0, start)], set()
        for _step in range(budget):
            if not heap:
                return
            node = heapq.heappop(heap)[3]
            if len(node.chosen) == len(self.bands):
                given.add(node.chosen)
                yield self._combination(node)
            else:
                for child in self._children(node):
                    # Of two that promise the same, the one further along comes first.
                    heapq.heappush(heap, (child.estimate, -len(child.chosen), next(numbers), child))
        self.exact = False
        yield from (self._combination(node) for node in self._good(start) if node.chosen not in given)

    def _good(self, start: _Node) -> list[_Node]:
        """Return some good combinations: course by course, only the `WIDTH` beginnings that promise most go on."""
        nodes = [start]
        for _band in self.bands:
            children = [child for node in nodes for child in self._children(node)]
            nodes = heapq.nsmallest(WIDTH, children, key=lambda node: (self._guess(node), node.chosen))
        return sorted(nodes, key=lambda node: (node.estimate, node.chosen))

    def _guess(self, node: _Node) -> int:
        """Return what a beginning may come to, half of its gaps included: others may fill them."""
        whole = len(node.chosen) == len(self.bands)
        return node.estimate + (0 if whole or not self.compact else self._gaps(node.chosen) // 2)

    def _children(self, node: _Node) -> Iterator[_Node]:
        depth = len(node.chosen)
        for index in _bits(node.candidates & self.bands[depth]):
            candidates = node.candidates & self.fits[index]
            rest = self._least(candidates, depth + 1)
            if rest is None:
                continue
            chosen, days = (*node.chosen, index), node.days | self.days[index]
            cost = node.cost + self.options[index].cost
            estimate = cost + rest
            if self.compact:
                estimate += DAY_COST * days.bit_count()
                if depth + 1 == len(self.bands):
                    estimate += self._gaps(chosen)
            yield _Node(chosen, candidates, cost, days, estimate)

    def _gaps(self, chosen: Sequence[int]) -> int:
        return gap_minutes(self.options[index] for index in chosen) // QUARTER_HOUR

    def _least(self, candidates: int, depth: int) -> int | None:
        """Return what the courses from `depth` on cost at least, None when one of them has no option left."""
        found = 0
        for band in self.bands[depth:]:
            left = candidates & band
            if not left:
                return None
            found += self.options[(left & -left).bit_length() - 1].cost
        return found

    def _combination(self, node: _Node) -> Combination:
        placed = dict(zip(self.places, node.chosen, strict=True))
        return Combination(tuple(self.options[placed[at]] for at in range(len(placed))), node.estimate)

    def count(self, limit: int = COUNT_LIMIT) -> int:
        """Return how many combinations there are; not less than `limit` means that or more."""
        if not self.bands:
            return 0
        return min(limit, self._count((1 << len(self.options)) - 1, 0, limit))

    def _count(self, candidates: int, depth: int, limit: int) -> int:
        here = candidates & self.bands[depth]
        if depth == len(self.bands) - 1:
            return here.bit_count()
        total = 0
        for index in _bits(here):
            left = candidates & self.fits[index]
            if self._least(left, depth + 1) is not None:
                total += self._count(left, depth + 1, limit - total)
            if total >= limit:
                break
        return total


def _bits(number: int) -> Iterator[int]:
    while number:
        low = number & -number
        number ^= low
        yield low.bit_length() - 1


def gap_minutes(options: Iterable[Option]) -> int:
    """Return the minutes between classes of one day, over a usual week."""
    days: dict[int, list[tuple[int, int]]] = {}
    for option in options:
        for day, start, end in option.week:
            days.setdefault(day, []).append((start, end))
    total = 0
    for hours in days.values():
        hours.sort()
        until = hours[0][1]
        for start, end in hours[1:]:
            total += max(0, start - until)
            until = max(until, end)
    return total
