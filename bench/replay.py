"""The statements that requests send, recorded and sent again by pgbench: what the database alone needs for the same."""

import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import database
from bench.client import Ask
from coursemgmt.embedded.server import USER, binaries
from students.models import Enrollment

ENROLLMENT_ID = "currval(pg_get_serial_sequence('students_enrollment', 'id'))"


def record(asks: Iterable[Ask]) -> list[list[str]]:
    """Send enrollments one by one in this process and return the statements of each, values and all.

    The key of the new row is written as the last one of its sequence: sent again it is another.
    """
    client, found = Client(), []
    for ask in asks:
        with CaptureQueriesContext(connection) as caught:
            answer = client.post(ask.path, ask.body, content_type="application/json", headers=dict(ask.headers))
        if answer.status_code != ask.expected:
            raise RuntimeError(f"{ask.path} answered {answer.status_code}: {answer.content[:300]!r}")
        key = Enrollment.objects.get(public_id=answer.json()["id"]).pk
        found.append([_again(query["sql"], key) for query in caught])
    return found


def _again(statement: str, key: int) -> str:
    if not statement.startswith("INSERT"):
        return statement.rstrip(";")
    return (
        statement.rstrip(";").replace(f"({key}, ", f"({ENROLLMENT_ID}, ").replace(f", {key}, ", f", {ENROLLMENT_ID}, ")
    )


def replay(requests: list[list[str]], clients: int) -> float:
    """Send all of them again, each once, over `clients` connections, and return how many a second were done."""
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for n in range(clients):
            file = Path(folder) / f"{n}.sql"
            file.write_text("".join(f"{statement};\n" for one in requests[n::clients] for statement in one))
            command = [
                str(binaries() / "pgbench"), "-h", str(database.sockets()), "-U", USER, "-n", "-c", "1", "-t", "1",
                "-f", str(file), database.WORKING,
            ]  # fmt: skip
            running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        started = time.perf_counter()
        said = [process.communicate() for process in running]
        took = time.perf_counter() - started
    if bad := [err for process, (_out, err) in zip(running, said, strict=True) if process.returncode]:
        raise RuntimeError(f"pgbench: {bad[0][-1500:]}")
    return len(requests) / took
