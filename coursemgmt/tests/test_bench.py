"""What the tests borrow from the measurements."""

import os
import subprocess
import sys

from bench.environment import ROOT, SETTINGS


def test_borrowing_leaves_the_environment_of_the_tests_alone():
    assert os.environ["DEBUG"] == "true"
    assert os.environ.get("ALLOWED_HOSTS") != SETTINGS["ALLOWED_HOSTS"]


def test_a_measurement_has_settings_like_those_of_production():
    asked = "import bench; from django.conf import settings; print(settings.DEBUG, settings.ALLOWED_HOSTS)"
    said = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.split(maxsplit=1) == ["False", "['127.0.0.1', 'testserver']\n"]
