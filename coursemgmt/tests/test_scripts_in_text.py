"""Text stays text: on every page, in the admin and in mail, whatever somebody wrote into whichever field."""

import re
from pathlib import Path

import pytest
from django.db import transaction

from coursemgmt.tests.pages import opened
from coursemgmt.tests.payloads import OURS, PAYLOADS, fill, live

pytestmark = [pytest.mark.django_db, pytest.mark.row("R76")]

ROOT = Path(__file__).parents[2]
ACTORS = ["student", "instructor", "registrar", "administrator"]


def test_the_corpus_is_what_it_says():
    assert len(set(PAYLOADS)) == 150
    # Each of them would be found, where it is not escaped: but for those that need the page around them.
    found = [payload for payload in PAYLOADS if live(f'<p title="{payload}">{payload}</p>')]
    assert len(found) >= 130


@pytest.mark.parametrize(("actor", "turn"), [(actor, place * 37) for place, actor in enumerate(ACTORS)])
def test_no_page_makes_script_of_text(world, actor, turn):
    wrong, pages, shown = [], 0, 0
    with transaction.atomic():
        filled = fill(turn)
        for row, answer in opened(world, actor):
            if "html" not in answer.get("Content-Type", "") or answer.streaming:
                continue
            said = answer.content.decode()
            pages += 1
            shown += "&lt;" in said
            wrong += [(row["door"], row["method"], one) for one in live(said)]
        transaction.set_rollback(True)
    assert wrong == []
    assert len(filled) > 50
    # Else nothing was there that could have been let through.
    assert (pages > 20, shown > 10) == (True, True)


def test_nothing_is_called_safe_without_review():
    words = re.compile(r"mark_safe|SafeString\(|\|\s*safe\b|autoescape off|format_html\(f|innerHTML|insertAdjacentHTML")
    sources = [
        path
        for top in (*OURS, "core", "reports", "coursemgmt", "templates", "static")
        for path in (ROOT / top).rglob("*")
        if path.suffix in {".py", ".html", ".js"} and "tests" not in path.parts
    ]
    called = {str(path.relative_to(ROOT)) for path in sources if words.search(path.read_text())}
    assert called == set()
    assert len(sources) > 300
