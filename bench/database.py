"""Databases of the measurements: one that is written to, always a fresh copy of one that is kept."""

import hashlib
import json
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from bench.environment import HOME, ROOT
from coursemgmt.embedded.server import USER, ensure

# The name the settings give; the other two are kept and copied.
WORKING, EMPTY, UNIVERSITY = "coursemgmt", "bench_empty", "bench_university"
SERVER = HOME / "postgres"


def sockets() -> Path:
    return ensure(SERVER)


def connect(name: str = WORKING) -> psycopg.Connection[Any]:
    return psycopg.connect(host=str(sockets()), user=USER, dbname=name, autocommit=True)


def processes() -> list[psutil.Process]:
    """Return the server's process and its children."""
    keeper = psutil.Process(int((SERVER / "postmaster.pid").read_text().splitlines()[0]))
    return [keeper, *keeper.children()]


def schema() -> str:
    """Return a short digest of all migrations: what was kept for other tables is of no use."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def notes(name: str) -> dict[str, Any]:
    """Return what was noted about a kept database; empty when there is none of these tables."""
    with connect("postgres") as db:
        row = db.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    found = json.loads(row[0]) if row and row[0] else {}
    return found if found.get("schema") == schema() else {}


def _copy(source: str, target: str) -> None:
    from django.db import connections

    connections.close_all()
    with connect("postgres") as db:
        # A copy needs a source that nobody is connected to.
        db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
        db.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(target), sql.Identifier(source)
            )
        )


def keep(name: str, **noted: Any) -> None:
    """Keep the working database as `name`."""
    _copy(WORKING, name)
    text = json.dumps({"schema": schema(), **noted})
    with connect("postgres") as db:
        db.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text)))


def use(name: str) -> None:
    """Make the working database a fresh copy of the kept one."""
    _copy(name, WORKING)


def use_empty() -> None:
    """Make the working database one with all tables and no rows but the roles."""
    if notes(EMPTY):
        use(EMPTY)
        return
    from django.core.management import call_command
    from django.db import connections

    connections.close_all()
    with connect("postgres") as db:
        db.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(WORKING)))
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(WORKING)))
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    keep(EMPTY)
