"""The web server as production runs it: gunicorn, two sync workers, on a free loopback port."""

import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import psutil

from bench import database
from bench.environment import HOME, ROOT

WORKERS = 2
MIB = 1024 * 1024


@dataclass(frozen=True)
class Spent:
    """CPU seconds since the start of the workers and of PostgreSQL."""

    app: float
    database: float


class Web:
    """A context: the server runs inside of it. Its log goes to var/bench/web.log."""

    def __enter__(self) -> "Web":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = (HOME / "web.log").open("ab")
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "coursemgmt.wsgi:application", "--bind", f"127.0.0.1:{self.port}",
                "--workers", str(WORKERS), "--log-level", "warning", "--timeout", "60",
            ],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError(f"The web server did not start; see {HOME / 'web.log'}.")
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 2) as probe:
            probe.settimeout(5)
            probe.sendall(b"GET /healthz/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return b" 200 " in probe.recv(200)
        return False

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(self._process.pid)
        return [main, *main.children(recursive=True)]

    def memory(self) -> float:
        """Return the proportional set size of the main process and its workers in MiB."""
        return sum(process.memory_full_info().pss for process in self._processes()) / MIB

    def spent(self) -> Spent:
        return Spent(_cpu(self._processes()), _cpu(database.processes()))


def _cpu(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total
