"""What is installed is what was written down, file by file, and faults that are published for it are named."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distributions, version
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from coursemgmt import dependencies

ROOT = Path(__file__).resolve().parents[2]
LISTS = ["requirements.txt", "requirements-saml.txt", "requirements-dev.txt"]
# Jazzband closes: what comes from there has a way out in docs/security.md.
REVIEWED = {"djangorestframework-simplejwt"}
PIN = re.compile(r"^(\S+==.+?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\\n|\n|\Z))+)", re.MULTILINE)


def pins(name):
    return [(Requirement(pin), hashes.count("--hash=")) for pin, hashes in PIN.findall((ROOT / name).read_text())]


@pytest.fixture(scope="module")
def all_pins():
    return {pin.name: (pin, hashes) for name in LISTS for pin, hashes in pins(name)}


@pytest.mark.row("R92")
def test_every_pin_has_hashes_and_stands_once_and_no_list_names_an_index(all_pins):
    for name in LISTS:
        text = (ROOT / name).read_text()
        rest = [line for line in PIN.sub("", text).splitlines() if line and not line.startswith(("#", "-r "))]
        assert rest == []
        assert "://" not in text
    assert len(all_pins) == sum(len(pins(name)) for name in LISTS) > 100
    assert all_pins["psycopg-binary"][1] > 20, "hashes of one platform alone would refuse the others"


@pytest.mark.row("R92")
def test_what_is_wished_is_pinned_and_what_is_pinned_is_installed(all_pins):
    lines = [line for name in LISTS for line in (ROOT / name.replace(".txt", ".in")).read_text().splitlines()]
    wished = {canonicalize_name(Requirement(line).name) for line in lines if line and line[0].isalpha()}
    assert wished - set(all_pins) == set()
    here = [pin for pin, _ in all_pins.values() if pin.marker is None or pin.marker.evaluate()]
    assert [pin.name for pin in here if version(pin.name) not in pin.specifier] == []


@pytest.mark.row("R92")
def test_only_reviewed_packages_of_jazzband_are_installed():
    def homes(package):
        said = ("home-page", "project-url", "author", "author-email", "maintainer")
        return " ".join(value for key, value in package.metadata.items() if key.lower() in said).lower()

    found = {canonicalize_name(package.metadata["Name"]) for package in distributions() if "jazzband" in homes(package)}
    assert found == REVIEWED


@pytest.fixture
def checkout(tmp_path):
    """Return a folder with the set-up script and one package to install, and the right hash of its file."""
    (tmp_path / "script").mkdir()
    shutil.copy(ROOT / "script" / "setup", tmp_path / "script")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    wheel = tmp_path / "wheels" / "madeup-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as files:
        files.writestr("madeup.py", "")
        files.writestr("madeup-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: madeup\nVersion: 1.0\n")
        files.writestr("madeup-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        files.writestr("madeup-1.0.dist-info/RECORD", "")
    (tmp_path / "requirements-saml.txt").touch()
    return tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest()


def set_up(folder, line):
    (folder / "requirements.txt").write_text(line + "\n")
    here = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "wheels")}
    environment = {**os.environ, **here, "PIP_TARGET": str(folder / "site")}
    done = subprocess.run([folder / "script" / "setup"], env=environment, capture_output=True, text=True, check=False)
    return done.returncode == 0, (folder / "site" / "madeup.py").exists()


@pytest.mark.row("R92")
@pytest.mark.parametrize(
    ("hashed", "installed"),
    [("--hash=sha256:{}", True), ("--hash=sha256:" + 64 * "0", False), ("", False)],
    ids=["right", "wrong", "none"],
)
def test_setting_up_installs_no_file_whose_hash_is_not_written_down(checkout, hashed, installed):
    folder, right = checkout
    assert set_up(folder, f"madeup==1.0 {hashed.format(right)}") == (installed, installed)


@pytest.mark.row("R92")
def test_the_bill_of_materials_names_every_pinned_package_with_its_hashes():
    done = subprocess.run([ROOT / "script" / "sbom"], capture_output=True, text=True, check=True)
    bill = json.loads(done.stdout[done.stdout.index("{") :])
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "coursemgmt")
    told = {
        (part["name"], part["version"], len(part["externalReferences"][0]["hashes"])) for part in bill["components"]
    }
    assert told == {(pin.name, str(pin.specifier)[2:], hashes) for pin, hashes in pins("requirements.txt")}


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def published():
    """Serve a list of published faults that knows one, of Django before 5.2.11."""
    fault = {
        "id": "TEST-1",
        "affected": [
            {
                "package": {"name": "django", "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "5.2.11"}]}],
            }
        ],
    }

    def answer(environ, start_response):
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("200 OK", [("Content-Type", "application/json")])
        known = asked["package"]["name"] == "django" and Version(asked["version"]) < Version("5.2.11")
        return [json.dumps({"vulns": [fault]} if known else {}).encode()]

    with make_server("127.0.0.1", 0, answer, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield ["--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}/"]
        server.shutdown()


def listed(tmp_path, *lines):
    path = tmp_path / "pins.txt"
    path.write_text("".join(f"{line} --hash=sha256:{64 * '0'}\n" for line in lines))
    return path


@pytest.mark.row("R92")
def test_a_published_fault_of_a_pinned_package_is_named(published, tmp_path):
    report = dependencies.asked(listed(tmp_path, "django==5.2.10", "asgiref==3.13.0"), *published)
    assert dependencies.faults(report) == ["django 5.2.10: TEST-1, mended in 5.2.11"]
    assert dependencies.sentences(report)[-1] == "2 of 2 packages were asked about."


@pytest.mark.row("R92")
def test_no_answer_is_no_good_news_and_no_fault(tmp_path):
    nowhere = ["--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/"]
    unknown = [{"name": "django", "skip_reason": "not found"}]
    for report in (dependencies.asked(listed(tmp_path, "django==5.2.10"), *nowhere), unknown):
        assert dependencies.faults(report) == []
        assert dependencies.sentences(report) == ["Not audited: the service of published faults did not answer."]


@pytest.mark.row("R92")
def test_a_patch_of_django_that_is_out_for_a_week_is_asked_for():
    used = dependencies.django_in((ROOT / "requirements.txt").read_text())
    assert used is not None
    later = Version(f"{used.major}.{used.minor}.{used.micro + 1}")
    assert dependencies.late_patch(later, used) == [
        f"Django {later} is out for 7 days: script/lock --upgrade-package django"
    ]
    assert [dependencies.late_patch(newest, used) for newest in (used, None)] == [[], []]
