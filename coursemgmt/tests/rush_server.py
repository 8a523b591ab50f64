"""The web server of the rush tests: gunicorn over the test database, with the locks on or, for the control, off.

Run as `python -m coursemgmt.tests.rush_server PORT [--locks-off]`.
"""

import sys
import time
from typing import Any

import pytest  # noqa: F401  the sign of a test run, without which core.locks refuses to turn the locks off
from gunicorn.app.base import BaseApplication

WORKERS, THREADS = 4, 4


class RushServer(BaseApplication):
    def __init__(self, port: int, locks_off: bool) -> None:
        self.port, self.locks_off = port, locks_off
        super().__init__()

    def load_config(self) -> None:
        given = {
            "bind": f"127.0.0.1:{self.port}", "workers": WORKERS, "threads": THREADS, "worker_class": "gthread",
            "loglevel": "warning", "timeout": 120,
        }  # fmt: skip
        for name, value in given.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from coursemgmt.wsgi import application

        prepare(self.locks_off)
        return application


def prepare(locks_off: bool) -> None:
    from django.conf import settings

    from core import locks

    # These tests are about who gets what, not how fast: a slow machine must not turn waiting into "busy".
    locks.TIMEOUT = "60s"
    if locks_off:
        settings.LOCKS_OFF = True
        locks.pause = lambda: time.sleep(0.05)


if __name__ == "__main__":
    RushServer(int(sys.argv[1]), "--locks-off" in sys.argv).run()
