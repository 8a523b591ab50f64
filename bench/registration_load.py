"""Registration over HTTP under load: python -m bench.registration_load same|morning|hot.

same     the rate of enrollments beside that of pgbench sending the very same statements
morning  students take five classes each within some minutes, a fifth of the requests sent twice: seats exact, no error
hot      five hundred students at one section while others enroll elsewhere: what it costs the others

Needs the database of `python -m bench.generate`, for `morning` best made with --students 3000 --sections 300
--enrollments 3000. Ends with a status of not zero when an answer was not what it should be.
"""

import argparse
import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from django.core.management import call_command
from django.db.models import Count, Q

from bench import database
from bench.client import Ask, Result, closed, steady
from bench.limit import CLIENTS
from bench.replay import record, replay
from bench.scenarios import TERM, Cast, bearer, rush_sections
from bench.server import Web
from courses.models import Section
from scheduling.models import MeetingPattern
from students.models import StudentProfile

CONNECTIONS = 16
CLASSES, TWICE = 5, 0.2
TAKEN = Q(enrollments__status__in=["registered", "auditing"])


def same(given: argparse.Namespace) -> list[str]:
    """Print both rates and their ratio."""
    cast = Cast()
    requests = record(cast.enroll(given.requests))
    database.use(database.UNIVERSITY)
    limit = replay(requests, CLIENTS)
    database.use(database.UNIVERSITY)
    cast = Cast()
    with Web() as web:
        closed(iter(cast.enroll(40)), web.port, 4, 30)
        result = closed(iter(cast.enroll(int(given.seconds * 250))), web.port, CONNECTIONS, given.seconds)
    statements = sum(len(one) for one in requests) / len(requests)
    print(f"{statements:.0f} statements a request, with the begin and the end of transactions")
    print(f"pgbench, {CLIENTS} clients: {limit:.0f} a second")
    print(f"over HTTP: {result.rate:.0f} a second, {result.rate / limit:.1%} of it")
    return result.unexpected


def morning(given: argparse.Namespace) -> list[str]:
    """Print how long answers took, and whether each section has as many students as were told so."""
    chance = random.Random(1)
    before = _taken()
    wanted = list(_wishes(chance, given.students))
    asks = _posts(wanted, chance)
    rate = len(wanted) * (1 + TWICE) / (60 * given.minutes)
    with Web() as web:
        result = steady(asks, web.port, rate, 60 * given.minutes)
    _say("morning", result)
    after, capacity = _taken(), dict(Section.objects.values_list("pk", "capacity"))
    over = [key for key, n in after.items() if capacity[key] is not None and n > max(capacity[key], before[key])]
    given_out = sum(after.values()) - sum(before.values())
    print(f"{given_out} seats given, {len(over)} of {len(after)} sections with too many")
    problems = [f"section {key} has {after[key]} of {capacity[key]}" for key in over]
    return problems + [line for line in result.unexpected if line[0] in "05"]


def hot(given: argparse.Namespace) -> list[str]:
    """Print the 95th of 100 answers elsewhere, without and with a rush on one section."""
    chance, section = random.Random(1), rush_sections()[0]
    wanted = list(_wishes(chance, given.students))
    half = len(wanted) // 2
    crowd = list(StudentProfile.objects.select_related("user").order_by("-pk")[:500])
    path = f"/api/v1/sections/{section.public_id}/request-seat/"
    with Web() as web:
        calm = steady(_posts(wanted[:half], chance), web.port, given.rate, given.seconds)
        busy = steady(
            _mixed(_posts(wanted[half:], chance), [Ask(path, bearer(one), b"{}", 201) for one in crowd], given),
            web.port, given.rate + len(crowd) / given.seconds, given.seconds,
        )  # fmt: skip
    _say("elsewhere, alone", calm)
    _say("all, with the rush", busy)
    print(f"ratio of the 95th of 100: {busy.quantile(0.95) / max(1.0, calm.quantile(0.95)):.2f}")
    return [line for line in calm.unexpected + busy.unexpected if line[0] in "05"]


def _mixed(elsewhere: Iterator[Ask], rush: list[Ask], given: argparse.Namespace) -> Iterator[Ask]:
    """Yield those elsewhere and, evenly among them, those of the rush."""
    every = max(1, round(given.rate * given.seconds / len(rush)))
    for one in rush:
        yield from itertools.islice(elsewhere, every)
        yield one


def _wishes(chance: random.Random, count: int) -> Iterator[tuple[StudentProfile, str]]:
    """Yield students with sections, each student five at different times, in any order of all."""
    sections = Section.objects.filter(term__code=TERM, status="open").exclude(crn__startswith="R")
    ids = dict(sections.values_list("pk", "public_id"))
    by_time: dict[object, list[int]] = {}
    for key, *when in MeetingPattern.objects.values_list("sections", "days", "start_time"):
        if key in ids:
            by_time.setdefault(tuple(when), []).append(key)
    found = []
    for student in StudentProfile.objects.select_related("user").order_by("pk")[:count]:
        times = chance.sample(sorted(by_time), min(CLASSES, len(by_time)))
        found += [(student, str(ids[chance.choice(by_time[time])])) for time in times]
    chance.shuffle(found)
    yield from found


def _posts(wanted: list[tuple[StudentProfile, str]], chance: random.Random) -> Iterator[Ask]:
    """Yield each request once, a fifth of them once more with the same key; tokens are made when they are needed."""
    for n, (student, section) in enumerate(wanted):
        headers = (*bearer(student), ("Idempotency-Key", f"{n}"))
        ask = Ask("/api/v1/enrollments/", headers, json.dumps({"section": section}).encode(), expected=201)
        yield ask
        if chance.random() < TWICE:
            yield replace(ask)


def _taken() -> dict[int, int]:
    counted = Section.objects.filter(term__code=TERM).annotate(n=Count("enrollments", filter=TAKEN))
    return dict(counted.values_list("pk", "n"))


def _say(what: str, result: Result) -> None:
    quantiles = ", ".join(f"p{share * 100:g} {result.quantile(share):.0f} ms" for share in (0.5, 0.95, 0.99))
    print(f"{what}: {len(result.seconds)} requests at {result.rate:.0f}/s, {quantiles}, answers {result.statuses}")


PLANS: dict[str, Callable[[argparse.Namespace], list[str]]] = {"same": same, "morning": morning, "hot": hot}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=list(PLANS))
    parser.add_argument("--students", type=int, default=3_000)
    parser.add_argument("--minutes", type=float, default=10, help="of the morning")
    parser.add_argument("--seconds", type=float, default=20, help="of the others")
    parser.add_argument("--rate", type=float, default=20, help="requests a second beside the rush")
    parser.add_argument("--requests", type=int, default=200, help="recorded for pgbench")
    given = parser.parse_args()
    if not database.notes(database.UNIVERSITY):
        sys.exit("Run python -m bench.generate first.")
    database.use(database.UNIVERSITY)
    call_command("collectstatic", interactive=False, verbosity=0)
    problems = PLANS[given.name](given)
    for line in problems[:20]:
        print(line, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
