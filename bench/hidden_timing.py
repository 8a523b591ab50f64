"""Whether the time of a 404 tells that the row is there: pairs of asks at each door, a hidden id and a missing one.

Run as `python -m bench.hidden_timing [PAIRS]`. Prints the two medians of each door, the gap between them, and how
likely such a difference is by chance (Mann-Whitney). Good is a gap under five percent, or a chance over one percent.
"""

import statistics
import sys
import time
import uuid

from bench.sign_in_timing import chance

PAIRS = 200
DOORS = [
    "students:enrollment_drop", "students:grade_detail", "appointments:appointment_detail", "api_enrollment-detail",
    "api_waitlist_entry-detail", "api-appointment-detail", "api_grade_item-detail", "api_override-detail",
]  # fmt: skip
ABOUT = {
    "students:enrollment_drop": "enrollment", "students:grade_detail": "enrollment",
    "api_enrollment-detail": "enrollment",
    "appointments:appointment_detail": "appointment", "api-appointment-detail": "appointment",
    "api_waitlist_entry-detail": "entry", "api_grade_item-detail": "item", "api_override-detail": "permit",
}  # fmt: skip


def timed(client: object, address: str) -> float:
    begin = time.perf_counter()
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 404, (address, answer.status_code)
    return time.perf_counter() - begin


def measure(pairs: int) -> None:
    from django.urls import reverse

    from coursemgmt.tests.asking import World

    world = World()
    client = world.client("other_student")
    print(f"{'door':<36}{'hidden ms':>10}{'missing ms':>12}{'gap %':>8}{'chance':>9}")
    for name in DOORS:
        there = reverse(name, args=[world.things[ABOUT[name]].public_id])
        hidden, missing = [], []
        for number in range(pairs):
            both = [(hidden, there), (missing, reverse(name, args=[uuid.uuid4()]))]
            # Each goes first as often as the other.
            for kept, address in both if number % 2 else reversed(both):
                kept.append(timed(client, address))
        here, gone = statistics.median(hidden) * 1000, statistics.median(missing) * 1000
        gap = 100 * (here - gone) / gone
        print(f"{name:<36}{here:>10.2f}{gone:>12.2f}{gap:>8.1f}{chance(hidden, missing):>9.3f}")


def main() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import setup_test_environment

    call_command("collectstatic", interactive=False, verbosity=0)
    setup_test_environment()
    # The people of the tests have no second factors.
    settings.REQUIRE_STAFF_MFA = False
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
