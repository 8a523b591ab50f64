"""Simulate a registration morning: python -m bench.registration_morning [FILE] [--students N ...].

A real term's sections, invented students with wishes, tickets in waves; all through the deeds of the site over several
connections. Checks what was promised, writes a page of charts into var/bench, and ends with a status of not zero when
a promise is broken. The default file lies beside the checkout, in shared/realdata.
"""

import argparse
import gzip
import os
import random
import re
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from bench import database, environment
from bench.import_term import FA24, FIRST, LAST
from bench.morning.checks import promises
from bench.morning.course import run
from bench.morning.figures import figures
from bench.morning.page import render
from bench.morning.people import make_students, wishes
from courses.models import Section, Term

DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def shift() -> timedelta:
    """Return how many whole weeks to move the term by, so that it begins in half a year."""
    weeks = -(-(timezone.localdate() + timedelta(days=180) - FIRST).days // 7)
    return timedelta(weeks=weeks)


def import_term(file: Path) -> Term:
    """Import the schedule into a term to come, with the dates of its exams moved along."""
    by = shift()
    database.use_empty()
    term = Term.objects.create(
        code="FA24", name="Fall", kind=Term.Kind.QUARTER, start_date=FIRST + by, end_date=LAST + by
    )
    connection.close()
    moved = environment.HOME / "term.tsv"
    with gzip.open(file, "rt") as source:
        moved.write_text(DATE.sub(lambda day: str(date.fromisoformat(day[0]) + by), source.read()))
    command = [
        sys.executable, "manage.py", "import_schedule", str(moved), "--term", "FA24", "--layout", "ucsd", "--apply",
    ]  # fmt: skip
    zone, null = os.environ | {"CAMPUS_TIME_ZONE": "America/Los_Angeles"}, subprocess.DEVNULL
    done = subprocess.run(command, cwd=environment.ROOT, env=zone, stdin=null, stdout=null, stderr=null, check=False)
    if done.returncode:
        sys.exit(f"The import ended with {done.returncode}.")
    return term


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FA24)
    parser.add_argument("--students", type=int, default=20_000)
    parser.add_argument("--wishes", type=int, default=4, help="of each student")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--scarce", type=float, default=1.0, help="this share of the seats is there")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not given.file.exists():
        sys.exit(f"There is no {given.file}.")
    chance, started = random.Random(given.seed), time.perf_counter()
    term = import_term(given.file.resolve())
    _make_scarce(term, given.scarce)
    wishers = wishes(make_students(given.students, chance), term, chance, given.wishes)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    print(f"{given.students} students, {Section.objects.filter(term=term).count()} sections", flush=True)
    morning = run(wishers, term, chance, given.connections, lambda line: print(line, flush=True))
    kept = promises(term, morning, {one.student: one.wave for one in wishers})
    found = figures(term, morning, kept)
    minutes = (time.perf_counter() - started) / 60
    about = (
        f"{given.students:,} invented students, {given.wishes} wishes each, over the sections and seats of a real term;"
        f" {given.connections} connections, seed {given.seed}, {given.scarce:.0%} of the seats, {minutes:.0f} minutes."
    )
    page = environment.HOME / "registration_morning.html"
    page.write_text(render(found, "A registration morning", about))
    for one in kept:
        print(f"{'kept  ' if one.is_kept else 'BROKEN'} {one.words} ({one.looked_at} looked at, {one.against} against)")
    print(f"{found['met']} of {found['wishes']} wishes met, {found['waiting']} waiting. Charts: {page}")
    sys.exit(0 if all(one.is_kept for one in kept) else 1)


def _make_scarce(term: Term, share: float) -> None:
    """Leave this share of the seats, one at least; the real term has more than its students could fill."""
    sections = list(Section.objects.filter(term=term, capacity__gt=0))
    for section in sections:
        section.capacity = max(1, round((section.capacity or 0) * share))
    Section.objects.bulk_update(sections, ["capacity"], batch_size=2000)


if __name__ == "__main__":
    main()
