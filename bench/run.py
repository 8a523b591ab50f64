"""Load on the real server, and the limit of the database beside each: python -m bench.run [names] [--seconds N ...].

Needs the database of `python -m bench.generate`. Prints a Markdown table, writes JSON into var/bench/results.json, and
ends with a status of not zero when an answer was not what it should be.
"""

import argparse
import itertools
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import database, environment
from bench.client import Ask, Result, barrier, closed, steady
from bench.limit import CLIENTS, pgbench
from bench.scenarios import TERM, Cast, rush_sections
from bench.server import WORKERS, Spent, Web
from courses.models import Section, Term
from students.models import Enrollment, WaitlistEntry
from students.queries.seats import positions

WARM_UP = 40
RUSH = 500
# Requests a second for which writes are made beforehand; a faster site ends its run early.
FASTEST = 250
# After this the registration window of the synthetic term and its office hours no longer fit.
STALE = timedelta(days=14)


@dataclass
class Row:
    """One line of the table. Times in milliseconds, memory in MiB, CPU in milliseconds a request."""

    what: str
    queries: int = 0
    requests: int = 0
    rate: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    alone: float = 0.0
    steady_p50: float = 0.0
    steady_p99: float = 0.0
    memory: float = 0.0
    app_cpu: float = 0.0
    database_cpu: float = 0.0
    limit: float = 0.0
    limit_p99: float = 0.0
    share: float = 0.0
    notes: str = ""


@dataclass(frozen=True)
class Options:
    seconds: float
    connections: int
    rate: float
    rounds: int
    limit_seconds: int


class Run:
    def __init__(self, options: Options, noted: dict[str, Any]) -> None:
        self.options = options
        self.noted = noted
        self.problems: list[str] = []
        self.dirty = True

    def fresh(self) -> Cast:
        if self.dirty:
            database.use(database.UNIVERSITY)
            self.dirty = False
        return Cast()

    # Reading --------------------------------------------------------------------------------------------------------

    def read(self, what: str, asks: Callable[[Cast], Iterator[Ask]], script: str, rate: float) -> Row:
        cast = self.fresh()
        row = Row(what)
        endless = asks(cast)
        row.queries = queries_of(next(endless))
        with Web() as web:
            self._measure(row, web, lambda _count: endless, rate)
        self._limit(row, script)
        return row

    # Writing --------------------------------------------------------------------------------------------------------

    def write(self, what: str, asks: Callable[[Cast, int], list[Ask]], script: str) -> Row:
        """Each request is another student's, made shortly before: tokens live for minutes."""
        cast = self.fresh()
        self.dirty = True
        row = Row(what)
        row.queries = queries_of(asks(cast, 1)[0])
        with Web() as web:
            self._measure(row, web, lambda count: iter(asks(cast, count)), self.options.rate)
        self._limit(row, script)
        return row

    def rush(self) -> Row:
        """Five hundred students at one barrier for the fifty seats of one section, some times over."""
        cast = self.fresh()
        self.dirty = True
        row = Row(f"API request-seat, {RUSH} students at once for 50 seats")
        sections = rush_sections()
        rounds = max(1, min(self.options.rounds, len(sections) - 1, len(cast.students) // RUSH))
        count = min(RUSH, len(cast.students))
        total = Result()
        exact = 0
        with Web() as web:
            for section in sections[:rounds]:
                asks = cast.rush(section, count)
                before = web.spent()
                result = barrier(asks, web.port)
                _cost(row, before, web.spent(), rounds * count)
                total.seconds += result.seconds
                total.elapsed += result.elapsed
                self._judge(row.what, result)
                exact += self._exact(section, result, count)
            row.memory = web.memory()
        row.requests, row.rate = len(total.seconds), total.rate
        row.p50, row.p99 = total.quantile(0.5), total.quantile(0.99)
        row.notes = f"{exact} of {rounds} rounds exact"
        with connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE bench_student")
        limit = pgbench("rush", {"section": sections[rounds].pk}, clients=10, transactions=count // 10)
        self._compare(row, limit.rate, limit.p99)
        return row

    def _exact(self, section: Section, result: Result, count: int) -> bool:
        """Return whether rows and answers agree on 50 seats and a line without gaps."""
        seated = Enrollment.objects.filter(section=section, status="registered").count()
        line = WaitlistEntry.objects.waiting().filter(section=section)
        places = sorted(place for place, _all in positions(line).values())
        answers = [json.loads(body) for body in result.bodies if body.startswith(b"{")]
        told = sum(1 for answer in answers if answer.get("enrollment"))
        seats = min(50, count)
        right = seated == told == seats and places == list(range(1, count - seats + 1))
        if not right:
            self.problems.append(f"Rush for {section.crn}: {seated} seated, {told} told so, {len(places)} in line.")
        return right

    # Parts ----------------------------------------------------------------------------------------------------------

    def _measure(self, row: Row, web: Web, make: Callable[[int], Iterator[Ask]], rate: float) -> None:
        """Warm up, then one after another, then as many as go, then an even stream. `make` gives that many requests."""
        port, given = web.port, self.options
        first = make(WARM_UP)
        self._judge(row.what, closed(itertools.islice(first, WARM_UP // 2), port, 4, 30))
        alone = closed(itertools.islice(first, WARM_UP // 2), port, 1, 30)
        self._judge(row.what, alone)
        row.alone = alone.quantile(0.5)
        load = make(int(given.seconds * FASTEST))
        before = web.spent()
        result = closed(load, port, given.connections, given.seconds)
        _cost(row, before, web.spent(), len(result.seconds))
        self._judge(row.what, result)
        row.requests, row.rate = len(result.seconds), result.rate
        row.p50, row.p99 = result.quantile(0.5), result.quantile(0.99)
        even = steady(make(int(rate * given.seconds)), port, rate, given.seconds)
        self._judge(row.what, even)
        row.steady_p50, row.steady_p99 = even.quantile(0.5), even.quantile(0.99)
        row.notes = f"calm at {rate:g}/s"
        row.memory = web.memory()

    def _judge(self, what: str, result: Result) -> None:
        self.problems += [f"{what}: {line}" for line in result.unexpected]

    def _limit(self, row: Row, script: str) -> None:
        self.dirty = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench_slot MINVALUE 0")
        limit = pgbench(script, variables(self.noted), seconds=self.options.limit_seconds)
        self._compare(row, limit.rate, limit.p99)

    def _compare(self, row: Row, rate: float, p99: float) -> None:
        row.limit, row.limit_p99, row.share = rate, p99, row.rate / rate


def _cost(row: Row, before: Spent, after: Spent, requests: int) -> None:
    row.app_cpu += 1000 * (after.app - before.app) / requests
    row.database_cpu += 1000 * (after.database - before.database) / requests


def variables(noted: dict[str, Any]) -> dict[str, int]:
    """Return the ranges of keys that the scripts of pgbench draw from; the generator gives them without gaps."""
    from django.contrib.auth.models import Group

    from courses.models import Subject

    teachers = list(Group.objects.get(name="instructor").user_set.order_by("pk").values_list("pk", flat=True))
    return {
        "students": noted["students"],
        "sections": noted["sections"],
        "first_host": teachers[0],
        "last_host": teachers[-1],
        "term": Term.objects.get(code=TERM).pk,
        "subjects": Subject.objects.count(),
    }


def queries_of(ask: Ask) -> int:
    """Return how many statements one request sends, asked in this process; of a page, once its session is cached."""
    client = Client()
    headers = dict(ask.headers)
    if ask.body is None:
        client.get(ask.path, headers=headers)
    with CaptureQueriesContext(connection) as caught:
        if ask.body is None:
            answer = client.get(ask.path, headers=headers)
        else:
            answer = client.post(ask.path, ask.body, content_type="application/json", headers=headers)
    if answer.status_code != ask.expected:
        sys.exit(f"{ask.path} answered {answer.status_code}: {answer.content[:500]!r}")
    return sum(1 for query in caught if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")))


def markdown(rows: list[Row]) -> str:
    """Return the table, as docs/performance.md has it."""
    columns = [
        "what", "queries", "req/s", "p50 ms", "p99 ms", "alone p50 ms", "calm p50 / p99 ms", "app + db CPU ms",
        "memory MiB", "pgbench tps", "share", "notes",
    ]  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "| --- " + "| ---: " * 10 + "| --- |"]
    for row in rows:
        cells = [
            row.what,
            str(row.queries or "-"),
            f"{row.rate:.0f}",
            f"{row.p50:.0f}",
            f"{row.p99:.0f}",
            f"{row.alone:.1f}" if row.alone else "-",
            f"{row.steady_p50:.0f} / {row.steady_p99:.0f}" if row.steady_p50 else "-",
            f"{row.app_cpu:.1f} + {row.database_cpu:.1f}",
            f"{row.memory:.0f}",
            f"{row.limit:,.0f}",
            f"{row.share:.1%}",
            row.notes,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _plan(run: Run, calm: float) -> dict[str, Callable[[], Row]]:
    return {
        "class_search": lambda: run.read("class search page, one subject", Cast.class_search, "classes", calm),
        "class_search_text": lambda: run.read(
            "class search page, words and free seats", Cast.class_search_text, "classes", calm
        ),
        "section_page": lambda: run.read("section page", Cast.section_page, "section", calm),
        "dashboard": lambda: run.read("first page of a student", Cast.dashboard, "dashboard", calm),
        "booking_page": lambda: run.read("booking page, four weeks", Cast.booking_page, "slots", calm),
        "api_classes": lambda: run.read("API list of sections, 20", Cast.api_classes, "classes", calm),
        "enroll": lambda: run.write("API enroll, spread", Cast.enroll, "enroll"),
        "rush": run.rush,
        "book": lambda: run.write("API book", Cast.book, "book"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="which to measure; all when none is named")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rate", type=float, default=60, help="requests a second of the calm run of writes")
    parser.add_argument("--calm", type=float, default=20, help="the same for pages and lists")
    parser.add_argument("--rounds", type=int, default=3, help="of the rush")
    parser.add_argument("--limit-seconds", type=int, default=5, help="of pgbench")
    given = parser.parse_args()
    noted = database.notes(database.UNIVERSITY)
    if not noted or timezone.localdate() - date.fromisoformat(noted["made_on"]) > STALE:
        sys.exit("There is no university of these tables and these weeks: run python -m bench.generate first.")
    database.use(database.UNIVERSITY)
    call_command("collectstatic", interactive=False, verbosity=0)
    options = Options(given.seconds, given.connections, given.rate, given.rounds, given.limit_seconds)
    run = Run(options, noted)
    plan = _plan(run, given.calm)
    if unknown := set(given.names) - set(plan):
        sys.exit(f"Not known: {', '.join(sorted(unknown))}. Known: {', '.join(plan)}.")
    rows = []
    for name in given.names or plan:
        print(f"{timezone.localtime():%H:%M:%S} {name} ...", file=sys.stderr, flush=True)
        rows.append(plan[name]())
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('synchronous_commit')")
        version, synchronous = cursor.fetchone()
    about = {
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": version,
        "synchronous_commit": synchronous,
        "workers": WORKERS,
        "pgbench_clients": CLIENTS,
        "university": noted,
        **asdict(options),
    }
    print("\n" + markdown(rows) + "\n\n" + ", ".join(f"{key} {value}" for key, value in about.items()))
    kept = {"about": about, "rows": [asdict(row) for row in rows], "problems": run.problems}
    (environment.HOME / "results.json").write_text(json.dumps(kept, indent=1) + "\n")
    for problem in run.problems[:30]:
        print(problem, file=sys.stderr)
    sys.exit(1 if run.problems else 0)


if __name__ == "__main__":
    main()
