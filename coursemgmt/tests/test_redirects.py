"""No door of the site leads off it, whatever a request says of where to go next."""

from urllib.parse import urljoin

import pytest
from django.db import transaction

from accounts.tests.test_redirects import ELSEWHERE
from coursemgmt.tests.pages import ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.row("R59")]

NAMES = ("next", "redirect_to", "return_to", "return_url", "url", "back", "to", "goto", "continue")
HERE = "/probe-of-where-it-leads/"


def doors():
    """Return each address once, with somebody who gets in."""
    found = {}
    for row in ROWS:
        actors = [actor for actor in ("administrator", "student", "instructor") if row[actor][:3] in {"200", "302"}]
        if "/" not in row["door"] and row["method"] in {"GET", "POST"} and not row["door"].startswith(("api_", "api-")):
            found.setdefault((row["door"], row["method"]), (row["about"], actors[0] if actors else "anonymous"))
    return found


def led_to(world, name, method, about, actor, where):
    """Return where the door leads when every name that could say so says `where`."""
    said = dict.fromkeys(NAMES, where)
    address, client = world.address(name, about), world.client(actor)
    with transaction.atomic():
        answer = client.get(address, said) if method == "GET" else client.post(address, said, query_params=said)
        transaction.set_rollback(True)
    return answer.get("Location", "")


def test_no_door_leads_off_the_site(world):
    wrong, follows = [], []
    for (name, method), (about, actor) in doors().items():
        if HERE in led_to(world, name, method, about, actor, HERE):
            follows.append((name, method, about, actor))
        elif leaves(led_to(world, name, method, about, actor, "//evil.example/x")):
            wrong.append((name, method))
    # Those that do as they are told are told to leave in every way.
    for door in follows:
        wrong += [(door, where) for where in ELSEWHERE if leaves(led_to(world, *door, where))]
    assert wrong == []
    assert ("theme", "POST", "", "administrator") in follows


def leaves(where):
    return not urljoin("http://testserver/", where).startswith("http://testserver/")
