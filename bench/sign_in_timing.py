"""Whether the time of an answer tells who has an account: pairs of asks at each door, one known and one unknown.

Run as `python -m bench.sign_in_timing [PAIRS [DOOR]]`. Prints the two medians of each door, the gap between
them, and how likely such a difference is by chance (Mann-Whitney). Good is a gap under five percent, or a chance over
one percent.
"""

import math
import statistics
import sys
import time
from collections.abc import Callable

PAIRS = 200
PASSWORD, WRONG = "correct horse battery", "wrong horse battery"


def ranks(values: list[float]) -> list[float]:
    """Return the rank of each value, equal ones sharing theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            found[place] = (start + end) / 2 + 1
        start = end + 1
    return found


def chance(first: list[float], second: list[float]) -> float:
    """Return the two-sided probability of Mann-Whitney, by the normal approximation, which fits hundreds of values."""
    count, other = len(first), len(second)
    rank_sum = sum(ranks([*first, *second])[:count])
    expected = count * (count + other + 1) / 2
    spread = math.sqrt(count * other * (count + other + 1) / 12)
    return math.erfc(abs(rank_sum - expected) / spread / math.sqrt(2))


def timed(ask: Callable[[str], object], email: str) -> float:
    from django.core.cache import cache

    cache.clear()
    begin = time.perf_counter()
    ask(email)
    return time.perf_counter() - begin


def doors() -> dict[str, Callable[[str], object]]:
    from django.test import Client
    from django.urls import reverse

    def post(name: str, said: Callable[[str], dict[str, str]], **more: str) -> Callable[[str], object]:
        return lambda email: Client().post(reverse(name), said(email), **more)

    new = {"given_name": "New", "password1": PASSWORD, "password2": PASSWORD}
    return {
        "sign-in page": post("account_login", lambda email: {"login": email, "password": WRONG}),
        "token door": post(
            "api_token", lambda email: {"email": email, "password": WRONG}, content_type="application/json"
        ),
        "sign-up": post("account_signup", lambda email: new | {"email": email}),
        "reset": post("account_reset_password", lambda email: {"email": email}),
    }


def measure(pairs: int, only: str = "") -> None:
    from accounts.operations import create_person

    for number in range(pairs):
        create_person(f"known{number:04}@example.org", by=None, password=PASSWORD)
    print(f"{'door':<14}{'known ms':>10}{'unknown ms':>12}{'gap %':>8}{'chance':>9}")
    for place, (name, ask) in enumerate(doors().items()):
        if only not in ("", name):
            continue
        known, unknown = [], []
        for number in range(pairs):
            both = [(known, f"known{number:04}@example.org"), (unknown, f"other{place}{number:03}@example.org")]
            # Each goes first as often as the other.
            for kept, email in both if number % 2 else reversed(both):
                kept.append(timed(ask, email) * 1000)
        one, other = statistics.median(known), statistics.median(unknown)
        print(f"{name:<14}{one:>10.1f}{other:>12.1f}{abs(one / other - 1) * 100:>8.2f}{chance(known, unknown):>9.3f}")


def main() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment

    call_command("collectstatic", interactive=False, verbosity=0)
    setup_test_environment()
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS, *sys.argv[2:3])
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
