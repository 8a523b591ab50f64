import json

import pytest
from django.core.management import call_command

from integrations.tests.makers import make_import_term, writer


@pytest.fixture
def term(db):
    return make_import_term()


@pytest.fixture
def write(tmp_path):
    return writer(tmp_path)


@pytest.fixture
def run(tmp_path):
    """Import a file into T1 and return the report."""

    def run(path, *more, term="T1", apply=True):
        report = tmp_path / "report.json"
        flags = ["--apply"] if apply else []
        call_command(
            "import_schedule", path, "--term", term, "--layout", "ucsd", "--report", str(report), *flags, *more
        )
        return json.loads(report.read_text())

    return run
