"""The limit of the database: pgbench with the least SQL that does the same, on the same server."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import database
from coursemgmt.embedded.server import USER, binaries

FOLDER = Path(__file__).resolve().parent / "sql"
CLIENTS, THREADS = 8, 2


@dataclass(frozen=True)
class Limit:
    rate: float
    p50: float
    p99: float


def pgbench(
    script: str, variables: dict[str, int], *, seconds: int = 0, clients: int = CLIENTS, transactions: int = 0
) -> Limit:
    """Run one script of bench/sql for some seconds, or `transactions` times a client, and return its rate."""
    length = ["-t", str(transactions)] if transactions else ["-T", str(seconds)]
    given = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                str(binaries() / "pgbench"), "-h", str(database.sockets()), "-U", USER, "-n", "-M", "prepared",
                "-c", str(clients), "-j", str(THREADS), *length, *given, "-f", str(FOLDER / f"{script}.sql"),
                "-l", "--log-prefix", f"{folder}/took", database.WORKING,
            ],
            capture_output=True, text=True, timeout=seconds + 120, check=False,
        )  # fmt: skip
        rate = re.search(r"tps = ([\d.]+) \(without", done.stdout)
        if done.returncode or rate is None:
            raise RuntimeError(f"pgbench {script}: {done.stderr[-1500:]}")
        took = sorted(
            int(line.split()[2]) / 1000 for path in Path(folder).iterdir() for line in path.read_text().splitlines()
        )
    return Limit(float(rate[1]), took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)])
