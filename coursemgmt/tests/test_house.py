"""The house itself: settings, health, checks, the embedded server."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import zoneinfo
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from coursemgmt import health

ROOT = Path(settings.BASE_DIR)
APPS = [app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()] + ["core"]


def start(code="import coursemgmt.settings", **environ):
    """Run `code` in a process of its own with only the given variables."""
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", code], env=clean | environ, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("PORT", "http"),
        ("EMAIL_PORT", "-3"),
        ("DATABASE_URL", "mysql://root@localhost/x"),
        ("DATABASE_URL", "postgresql://localhost:eighty/x"),
        ("CAMPUS_TIME_ZONE", "Mars/Olympus"),
        ("SITE_URL", "courses.example.edu"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_malformed_variable_stops_the_start_with_a_sentence(name, value):
    done = start(**({"DEBUG": "true"} | {name: value}))
    assert done.returncode
    last = done.stderr.strip().splitlines()[-1]
    assert f"The environment variable {name} must be" in last
    assert name == "SITE_URL" or value not in last


def test_production_does_not_start_without_secrets():
    done = start()
    assert done.returncode
    assert "SECRET_KEY" in done.stderr.strip().splitlines()[-1]


def test_the_command_line_shows_the_sentence_alone():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={"PATH": os.environ["PATH"], "DEBUG": "maybe"}, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("The environment variable DEBUG must be")
    assert "Traceback" not in done.stderr


def test_importing_the_settings_starts_no_database(tmp_path):
    done = start(DEBUG="true", VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "postgres").exists()


def test_live_answers_without_a_database(client):
    answer = client.get("/healthz/live")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_says_ok_when_everything_works(client):
    call_command("createcachetable", verbosity=0)
    answer = client.get("/healthz/ready")
    assert answer.json() == {"status": "ok", "failing": []}
    assert answer.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(health.CHECKS))
def test_ready_names_what_fails(client, monkeypatch, name):
    def broken():
        raise RuntimeError("secret detail")

    monkeypatch.setitem(health.CHECKS, name, broken)
    answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert name in answer.json()["failing"]
    assert b"secret detail" not in answer.content


@pytest.mark.django_db
def test_ready_sees_an_unwritable_upload_folder(client, settings, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    settings.MEDIA_ROOT = blocker
    assert "storage" in client.get("/healthz/ready").json()["failing"]


@pytest.mark.row("R21")
def test_only_the_pinned_zone_data_is_read():
    assert zoneinfo.TZPATH == ()
    assert not [m for m in run_checks() if m.id in {"coursemgmt.E001", "coursemgmt.E002"}]


@pytest.mark.row("R21")
def test_zone_data_of_the_operating_system_is_reported(monkeypatch):
    monkeypatch.setattr(zoneinfo, "TZPATH", ("/usr/share/zoneinfo",))
    assert "coursemgmt.E001" in {m.id for m in run_checks()}


@pytest.mark.row("R21")
@pytest.mark.django_db
def test_the_database_session_speaks_utc():
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        assert cursor.fetchone() == ("UTC",)


@pytest.mark.row("R21")
def test_no_local_time_is_computed_in_sql():
    wrong = [
        str(path)
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "tests" not in path.parts and re.search(r"AT TIME ZONE|TruncDate\(", path.read_text(), re.I)
    ]
    assert wrong == []


def test_equal_keys_are_refused_in_production(settings):
    settings.JWT_SIGNING_KEY = settings.SECRET_KEY
    assert "coursemgmt.E005" in {m.id for m in run_checks(include_deployment_checks=True)}


def test_a_cache_of_each_process_alone_is_refused(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert "coursemgmt.E003" in {m.id for m in run_checks()}


def test_every_variable_is_in_the_example_and_the_documentation():
    code = (ROOT / "coursemgmt" / "settings.py").read_text()
    names = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', code)) - {"TEST_DATABASE_NAME"}
    names |= set(
        re.findall(r'"((?:OIDC|SAML|FEDERAT)[A-Z]*_[A-Z_]+)"', (ROOT / "coursemgmt" / "federation.py").read_text())
    )
    example, words = (ROOT / ".env.example").read_text(), (ROOT / "docs" / "configuration.md").read_text()
    assert {n for n in names if f"{n}=" not in example} == set()
    assert {n for n in names if f"`{n}`" not in words} == set()


def test_no_page_has_inline_style_or_script():
    inline = re.compile(r"""\sstyle=|<style|<script(?![^>]*(?:\bsrc=|application/json))|\son[a-z]+=["']|hx-on""")
    wrong = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "templates").rglob("*.html")
        # Mail has no style sheet to link to.
        if not {"emails", "email"} & set(path.parts) and inline.search(path.read_text())
    ]
    assert wrong == []


CONNECT = """
import os, sys, django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print(cursor.fetchone()[0], flush=True)
"""
HOLD = CONNECT + "sys.stdin.readline()\n"
SURVIVE = (
    CONNECT
    + """
sys.stdin.readline()
connection.close_if_unusable_or_obsolete()
connection.health_check_done = False
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    print("back", flush=True)
"""
)


@pytest.fixture
def own_server():
    """Return a place for a server of the test's own, and a way to start processes that use it."""
    with tempfile.TemporaryDirectory(prefix="house") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 (as root the server runs as nobody, who must pass)
        started = []

        def run(code):
            environ = {
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "VAR_DIR": folder, "DEBUG": "true",
                "DJANGO_SETTINGS_MODULE": "coursemgmt.settings",
            }  # fmt: skip
            started.append(
                subprocess.Popen(
                    [sys.executable, "-c", code],
                    env=environ, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                )
            )  # fmt: skip
            return started[-1]

        yield Path(folder) / "postgres", run
        for process in started:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        wait_stopped(Path(folder) / "postgres")


def wait_stopped(home):
    """Return when the server of `home` answers no more."""
    for _ in range(300):
        if not answers(home):
            return
        time.sleep(0.1)
    raise AssertionError("The server did not stop.")


def postmaster(home):
    return int((home / "postmaster.pid").read_text().splitlines()[0])


def answers(home):
    try:
        psycopg.connect(host=str(home), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.slow
def test_the_embedded_server_is_shared_and_stops_with_its_last_user(own_server):
    home, run = own_server
    several = [run(HOLD) for _ in range(3)]
    assert [p.stdout.readline() for p in several] == ["coursemgmt\n"] * 3
    several[0].kill()
    several[1].communicate("\n")
    assert answers(home)
    several[2].kill()
    several[2].wait()
    wait_stopped(home)


@pytest.mark.slow
@pytest.mark.row("R99")
def test_the_log_of_the_embedded_server_holds_no_statement_and_no_value(own_server):
    home, run = own_server
    assert run(HOLD).stdout.readline() == "coursemgmt\n"
    with psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True) as db:
        db.execute("CREATE TABLE people (email text PRIMARY KEY)")
        db.execute("INSERT INTO people VALUES ('canary@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            db.execute("INSERT INTO people VALUES ('canary@example.org')")
    log = (home / "log").read_text()
    assert "people_pkey" in log
    assert "canary" not in log


@pytest.mark.slow
def test_the_embedded_server_comes_back_after_its_postmaster_is_killed(own_server):
    home, run = own_server
    user = run(SURVIVE)
    assert user.stdout.readline() == "coursemgmt\n"
    os.kill(postmaster(home), signal.SIGKILL)
    wait_stopped(home)
    user.stdin.write("\n")
    user.stdin.flush()
    assert user.stdout.readline() == "back\n"


@pytest.mark.slow
def test_a_number_left_behind_does_not_keep_the_server_from_starting(own_server):
    home, run = own_server
    first = run(HOLD)
    assert first.stdout.readline() == "coursemgmt\n"
    first.kill()
    first.wait()
    wait_stopped(home)
    (home / "postmaster.pid").write_text(f"{os.getpid()}\n{home}\n")
    assert run(HOLD).stdout.readline() == "coursemgmt\n"
