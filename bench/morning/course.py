"""What happens in the morning: waves of students through the deeds of the site, by several connections at once."""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from bench.morning.people import WAVES, Wisher, credits_from
from core.errors import DomainError
from courses.models import Section, Term
from students import operations
from students.models import Enrollment, RegistrationWindow, StudentProfile
from students.tasks import promote_line

SEAT, LINE, ELSEWHERE = "seat", "line", "elsewhere"
FULL = {"section_full", "seats_reserved"}
BATCH = 25
# How many try before their time, and how many drop a class afterwards.
EARLY, DROPPING = 0.02, 0.04


@dataclass(frozen=True)
class Answer:
    """What became of one wish: a seat, a seat in another section of the course, a place in line, or a refusal."""

    student: int
    wave: int
    wish: int
    outcome: str
    milliseconds: float
    # How long after the opening of the own window.
    after: float = 0.0


@dataclass
class Morning:
    """All that was told, and how long each part took."""

    answers: list[Answer] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    opened: dict[int, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    dropped: int = 0


def open_tickets(term: Term) -> list[RegistrationWindow]:
    """Make a window for each wave; all of them open in a month, until the wave's turn comes."""
    later = timezone.now() + timedelta(days=30)
    return [
        operations.create_window(
            term, by=None, name=f"Ticket {wave + 1}", priority=wave, credits_from=credits_from(wave), opens_at=later
        )
        for wave in range(WAVES)
    ]


def run(
    wishers: list[Wisher],
    term: Term,
    chance: random.Random,
    connections_used: int,
    say: Any = print,
    *,
    early: float = EARLY,
    dropping: float = DROPPING,
) -> Morning:
    """Let the waves register one after the other, then some drop classes, and the lines move.

    `early` of each wave try while the one before them is at it, and `dropping` of all seats are given up.
    """
    morning, windows = Morning(), open_tickets(term)
    with _pool(connections_used) as work:
        for wave, window in enumerate(windows):
            crowd = [one for one in wishers if one.wave == wave]
            chance.shuffle(crowd)
            next_crowd = [one for one in wishers if one.wave == wave + 1]
            too_early = chance.sample(next_crowd, int(early * len(next_crowd)))
            started = time.perf_counter()
            window = operations.change_window(window, by=None, opens_at=timezone.now())
            morning.opened[wave] = window.opens_at
            for answers in work(_register, _batches([(one, window.opens_at) for one in crowd])):
                morning.answers += answers
            for codes in work(_too_early, _batches(too_early)):
                morning.early += codes
            morning.seconds[f"wave {wave + 1}"] = time.perf_counter() - started
            say(f"wave {wave + 1}: {len(crowd)} students in {time.perf_counter() - started:.0f} s")
        started = time.perf_counter()
        seats = list(Enrollment.objects.filter(section__term=term, status="registered").values_list("pk", flat=True))
        given_up = chance.sample(seats, int(dropping * len(seats)))
        morning.dropped = sum(sum(done) for done in work(_drop, _batches(given_up)))
    move_lines()
    morning.seconds["drops"] = time.perf_counter() - started
    say(f"{morning.dropped} classes dropped in {time.perf_counter() - started:.0f} s")
    return morning


class _pool:
    """A context: gives a function that maps over batches, in this process or, with more than one, in several.

    Each of them starts afresh: a fork would go on with the connection of this one.
    """

    def __init__(self, processes: int) -> None:
        self.processes = processes

    def __enter__(self) -> Callable[..., Iterable[Any]]:
        if self.processes == 1:
            return map
        self.executor = ProcessPoolExecutor(self.processes, mp_context=multiprocessing.get_context("spawn"))
        return self.executor.map

    def __exit__(self, *_exc: Any) -> None:
        if self.processes > 1:
            self.executor.shutdown()


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    return (items[at : at + BATCH] for at in range(0, len(items), BATCH))


def _register(batch: list[tuple[Wisher, Any]]) -> list[Answer]:
    found = []
    for one, opened_at in batch:
        student = _student(one)
        for wish, options in enumerate(one.wishes):
            started = time.perf_counter()
            outcome = _ask(student, options)
            took = 1000 * (time.perf_counter() - started)
            after = (timezone.now() - opened_at).total_seconds()
            found.append(Answer(one.student, one.wave, wish, outcome, took, after))
    return found


def _student(one: Wisher) -> StudentProfile:
    return StudentProfile.objects.select_related("user").get(pk=one.student)


def _section(key: int) -> Section:
    return Section.objects.select_related("course__subject", "term", "cross_list_group").get(pk=key)


def _ask(student: StudentProfile, options: list[int]) -> str:
    """Try each section of a course; where all that fit are full, stand in line for the first of them."""
    full, last = None, ""
    for n, key in enumerate(options):
        section = _section(key)
        try:
            operations.enroll(student, section, by=student.user)
            return ELSEWHERE if n else SEAT
        except DomainError as exc:
            last = exc.code
            full = full or (section if exc.code in FULL else None)
    if full is None:
        return last
    try:
        operations.join_waitlist(student, full, by=student.user)
    except DomainError as exc:
        return exc.code
    return LINE


def _too_early(batch: list[Wisher]) -> list[str]:
    """Return what those are told who come before their time; only the first wish is tried."""
    found = []
    for one in batch:
        student = _student(one)
        try:
            operations.enroll(student, _section(one.wishes[0][0]), by=student.user)
        except DomainError as exc:
            found.append(exc.code)
        else:
            found.append(SEAT)
    return found


def _drop(batch: list[int]) -> list[bool]:
    done = []
    for key in batch:
        enrollment = Enrollment.objects.select_related("student__user", "section__cross_list_group").get(pk=key)
        try:
            operations.drop(enrollment, by=enrollment.student.user)
        except DomainError:
            done.append(False)
        else:
            done.append(True)
    return done


def move_lines() -> None:
    """Run the jobs that the drops left, and then what the run of each minute does."""
    seen = 0
    jobs = ProcrastinateJob.objects.filter(task_name="students.promote_line").order_by("id")
    while job := jobs.filter(id__gt=seen).first():
        seen = job.id
        promote_line(**job.args)
    while operations.retry_lines():
        pass
