"""Ask whether a known fault is published for a pinned package, and say of how many that could be asked."""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from packaging.version import Version

HERE = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parents[1]
SUPPORTED_DJANGO = "Django~=5.2.0"
DAYS_FOR_A_PATCH = 7


def main(options: list[str]) -> int:
    """Print what is known and return 1 for a fault; a service that does not answer is said and is none.

    `options` go to pip-audit: another service, or a fault that was looked at and is left out.
    """
    report = asked("requirements-dev.txt", *options)
    sys.stdout.write("\n".join(sentences(report) + late_patches()) + "\n")
    return 1 if faults(report) else 0


def asked(requirements: str | Path, *options: str) -> list[dict[str, Any]]:
    """Return what the service of published faults says of each package of `requirements`, empty without an answer."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [
            HERE / "pip-audit",
            *("--requirement", requirements, "--require-hashes", "--disable-pip"),
            *("--progress-spinner", "off", "--format", "json", "--output", answer),
            *options,
        ]
        subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=False)
        return json.loads(answer.read_text())["dependencies"] if answer.exists() and answer.stat().st_size else []


def faults(report: list[dict[str, Any]]) -> list[str]:
    """Return one line for each published fault of a package."""
    return [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for package in report
        for fault in package.get("vulns", [])
    ]


def sentences(report: list[dict[str, Any]]) -> list[str]:
    """Return the faults and of how many packages there was an answer: none at all is no good news."""
    answered = sum("vulns" in package for package in report)
    if not answered:
        return ["Not audited: the service of published faults did not answer."]
    count = f"{answered} of {len(report)} packages were asked about."
    return [*(faults(report) or ["No fault is published for them."]), count]


def late_patches() -> list[str]:
    """Return a sentence if a patch of Django is out for a week and not in use, nothing without an answer."""
    command: list[str | Path] = [
        HERE / "uv",
        *("pip", "compile", "-", "--no-deps", "--no-header", "--no-annotate", "--quiet"),
        *("--exclude-newer", f"{DAYS_FOR_A_PATCH} days"),
    ]
    answer = subprocess.run(command, input=SUPPORTED_DJANGO, capture_output=True, text=True, check=False).stdout
    return late_patch(django_in(answer), django_in((ROOT / "requirements.txt").read_text()))


def django_in(pins: str) -> Version | None:
    found = re.search(r"^django==([0-9.]+)", pins, re.MULTILINE)
    return Version(found[1]) if found else None


def late_patch(newest: Version | None, used: Version | None) -> list[str]:
    if newest is None or used is None or used >= newest:
        return []
    return [f"Django {newest} is out for {DAYS_FOR_A_PATCH} days: script/lock --upgrade-package django"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
