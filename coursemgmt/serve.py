"""Serve the site from a checkout: `script/server` runs this after it has installed what is pinned.

Prepares the database, then runs the web server and the job worker as children until a signal comes or the web
server ends. Production runs the same two commands as services of their own; see docs/deployment.md.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

import django
from django.core.exceptions import ImproperlyConfigured

GRACE = 15
PR_SET_PDEATHSIG = 1
Child = subprocess.Popen[bytes]


def _web(port: str) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "coursemgmt.wsgi:application",
        "--bind", f"{os.environ.get('BIND', '127.0.0.1')}:{port}",
        "--workers", os.environ.get("WEB_CONCURRENCY", "2"),
        "--worker-tmp-dir", "/dev/shm" if os.path.isdir("/dev/shm") else "/tmp",  # noqa: S108
        "--max-requests", "5000", "--max-requests-jitter", "500",
        "--graceful-timeout", str(GRACE), "--log-level", "warning", "--logger-class", "coursemgmt.logs.AccessLogger",
        "--no-control-socket",  # it would lie in the home folder, outside the checkout
    ]  # fmt: skip


def _worker() -> list[str]:
    return [sys.executable, "manage.py", "procrastinate", "worker", "--shutdown-graceful-timeout", str(GRACE - 5)]


def prepare() -> None:
    """Bring database, cache table and assets up to date; in development load the demonstration data once."""
    from django.conf import settings
    from django.core.management import call_command, get_commands

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)
    elif "seed_demo" in get_commands():
        # Loads what is missing only, and prints one login per role.
        call_command("seed_demo", once=True)


def _start(command: list[str]) -> Child:
    # In sessions of their own: Control-C reaches this process alone, which ends them in order.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_end_with_parent)


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed: nobody else would free the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(children: list[Child]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE + 2
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _watch_database() -> None:
    """Start the embedded server again if someone killed it: a job worker does not ask for it by itself."""
    from django.conf import settings

    home = settings.DATABASES["default"].get("EMBEDDED_HOME")
    if home:
        from coursemgmt.embedded.server import ensure

        ensure(str(home))


def supervise(port: str) -> int:
    """Run both children until a signal or the end of the web server; return the exit status."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    web, worker = _start(_web(port)), _start(_worker())
    worker_since = checked = time.monotonic()
    try:
        while not stopping and web.poll() is None:
            time.sleep(0.2)
            now = time.monotonic()
            if now - checked > 5:
                checked = now
                _watch_database()
            if worker.poll() is not None and now - worker_since > 3:
                print("The job worker ended; starting it again.", file=sys.stderr, flush=True)  # noqa: T201
                worker, worker_since = _start(_worker()), now
    finally:
        _end([web, worker])
    return 0 if stopping else web.returncode or 1


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursemgmt.settings")
    port = os.environ.get("PORT", "8000")
    try:
        django.setup()
        prepare()
    except ImproperlyConfigured as exc:
        print(exc, file=sys.stderr)  # noqa: T201
        return 1
    print(f"\n  http://localhost:{port}/\n  Control-C stops it.\n", flush=True)  # noqa: T201
    return supervise(port)


if __name__ == "__main__":
    sys.exit(main())
