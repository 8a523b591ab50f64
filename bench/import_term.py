"""Import a real term twice and search it: python -m bench.import_term [FILE]. Seconds and memory of the whole command.

The default file lies beside the checkout, in shared/realdata.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import database, environment
from courses.models import Section, Subject, Term
from scheduling.models import Claim, Meeting

FA24 = environment.ROOT.parent / "shared" / "realdata" / "ucsd-schedule" / "FA24.tsv.gz"
# Ten weeks of classes and a week of exams.
FIRST, LAST = date(2024, 9, 26), date(2024, 12, 14)
SHOWN = ["seconds", "peak_mb", "created", "updated", "unchanged", "clashes"]
FILTERS = {
    "everything": "",
    "last page": "page=9999",
    "subject": "subject=CSE",
    "words": "q=math+20",
    "beginning of a word": "q=b",
    "nothing found": "q=xylophone",
    "instructor": "instructor=an",
    "weekday": "day=mon",
    "times": "time_from=09:00&time_to=12:00",
    "free seats": "open=on",
    "delivery": "delivery=online",
    "all at once": "q=c&day=mon&time_from=09:00&time_to=18:00&open=on&instructor=a&delivery=in_person",
}


def import_once(file: Path, report: Path) -> dict[str, Any]:
    """Run the command and return what it reports with its seconds and its peak memory in MB."""
    command = [
        sys.executable, "manage.py", "import_schedule", str(file), "--term", "FA24", "--layout", "ucsd", "--apply",
        "--report", str(report),
    ]  # fmt: skip
    zone = os.environ | {"CAMPUS_TIME_ZONE": "America/Los_Angeles"}
    null = subprocess.DEVNULL
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=environment.ROOT, env=zone, stdin=null, stdout=null, stderr=null) as child:
        _pid, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"The import ended with {child.returncode}.")
    said = json.loads(report.read_text())
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": round(usage.ru_maxrss * unit / 1e6),
        **{key: len(value) if isinstance(value, list) else value for key, value in said.items()},
    }


def searches(times: int) -> dict[str, dict[str, float]]:
    """Return the median and the worst milliseconds of each filter of class search, and its statements."""
    client = Client()
    found = {}
    for name, query in FILTERS.items():
        path = f"/classes/?term=FA24&{query}"
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
        # Read at once: the next request empties the log that it is read from.
        statements = list(caught)
        took = []
        for _ in range(times):
            started = time.perf_counter()
            client.get(path)
            took.append(1000 * (time.perf_counter() - started))
        slowest = max(statements, key=lambda query: float(query["time"]))
        found[name] = {
            "median_ms": round(median(took), 1),
            "worst_ms": round(max(took), 1),
            "queries": len(statements),
            "slowest_query_ms": round(1000 * float(slowest["time"]), 1),
        }
    return found


def _table(title: str, rows: dict[str, dict[str, Any]]) -> str:
    names = list(next(iter(rows.values())))
    lines = [f"| {title} | {' | '.join(names)} |", "| --- " + "| ---: " * len(names) + "|"]
    lines += [f"| {name} | {' | '.join(str(value) for value in row.values())} |" for name, row in rows.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FA24)
    parser.add_argument("--searches", type=int, default=15, help="how often each filter is asked")
    given = parser.parse_args()
    if not given.file.exists():
        sys.exit(f"There is no {given.file}.")
    database.use_empty()
    Term.objects.create(code="FA24", name="Fall 2024", kind=Term.Kind.QUARTER, start_date=FIRST, end_date=LAST)
    connection.close()
    runs = [import_once(given.file.resolve(), environment.HOME / "import.json") for _ in range(2)]
    held = {
        "sections": Section.objects.count(),
        "subjects": Subject.objects.count(),
        "dated meetings": Meeting.objects.count(),
        "claims": Claim.objects.count(),
        "soft claims": Claim.objects.filter(hard=False).count(),
    }
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    call_command("collectstatic", interactive=False, verbosity=0)
    found = searches(given.searches)
    shown = {name: {key: run[key] for key in SHOWN} for name, run in zip(["first", "second"], runs, strict=True)}
    print(_table("import of FA24", shown))
    print("\n" + ", ".join(f"{value} {name}" for name, value in held.items()))
    print("\n" + _table("class search over FA24", found))
    kept = {"runs": runs, "held": held, "searches": found}
    (environment.HOME / "import_term.json").write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
