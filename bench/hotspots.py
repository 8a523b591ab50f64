"""Where the time of one request goes, in this process: python -m bench.hotspots enroll [--requests N]."""

import argparse
import cProfile
import itertools
import pstats
import sys
import time
from collections import Counter
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import database
from bench.client import Ask
from bench.scenarios import Cast

NAMES = [
    "class_search", "class_search_text", "section_page", "dashboard", "booking_page", "api_classes", "enroll", "book",
]  # fmt: skip


def send(client: Client, ask: Ask) -> None:
    headers = dict(ask.headers)
    if ask.body is None:
        answer = client.get(ask.path, headers=headers)
    else:
        answer = client.post(ask.path, ask.body, content_type="application/json", headers=headers)
    if answer.status_code != ask.expected:
        sys.exit(f"{ask.path} answered {answer.status_code}: {answer.content[:500]!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--lines", type=int, default=45)
    given = parser.parse_args()
    if not database.notes(database.UNIVERSITY):
        sys.exit("Run python -m bench.generate first.")
    database.use(database.UNIVERSITY)
    call_command("collectstatic", interactive=False, verbosity=0)
    cast, count = Cast(), given.requests
    make: Any = getattr(cast, given.name)
    asks = iter(make(2 * count + 11)) if given.name in ("enroll", "book") else make()
    client = Client()
    for ask in itertools.islice(asks, 10):
        send(client, ask)
    with CaptureQueriesContext(connection) as caught:
        send(client, next(asks))
    # Read at once: the next request empties the log that it is read from.
    statements = list(caught)
    started = time.perf_counter()
    waited = [0.0]

    def watch(execute: Any, *args: Any) -> Any:
        since = time.perf_counter()
        try:
            return execute(*args)
        finally:
            waited[0] += time.perf_counter() - since

    with connection.execute_wrapper(watch):
        for ask in itertools.islice(asks, count):
            send(client, ask)
    took = time.perf_counter() - started
    print(f"{given.name}: {1000 * took / count:.1f} ms a request, {1000 * waited[0] / count:.1f} of it in SQL\n")
    print(f"{len(statements)} statements:")
    for query in statements:
        print(f"  {float(query['time']) * 1000:5.1f} ms  {query['sql'][:230]}")
    repeated = Counter(query["sql"] for query in statements)
    print(f"\n{sum(n - 1 for n in repeated.values())} of them word for word a second time\n")
    profile = cProfile.Profile()
    profile.enable()
    for ask in itertools.islice(asks, count):
        send(client, ask)
    profile.disable()
    stats = pstats.Stats(profile)
    stats.sort_stats("cumulative").print_stats(r"/(students|appointments|accounts|core|courses|scheduling|coursemgmt|"
                                               r"notifications|templates)/", given.lines)  # fmt: skip
    stats.sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
