"""Whatever stands in an address, a header, a form or a body: a page or a refusal, never a crash."""

import json
import re
import time
from functools import cache
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve

from coursemgmt.tests.bodies import BODIES
from coursemgmt.tests.pages import ROWS, forms_on, opened

pytestmark = [pytest.mark.django_db, pytest.mark.row("R75")]

ACTORS = ["student", "instructor", "registrar", "administrator"]
# Between them they may read every page.
READERS = ["administrator", "instructor", "student"]
SOME_ID = "00000000-0000-4000-8000-000000000000"
QUICK_SECONDS = 0.2
REFUSED = {400, 413}
LONG = "a" * 1_000_000
# As they stand in an address or in the body of a form.
ODD = [
    "%ff%fe", "%ed%a0%80", "9" * 23, "-" + "9" * 23, "NaN", "-1", "1e999", "__proto__", "%5B%22a%22%5D", "%7B%7D",
    "2026-02-30", "0000-00-00T99:99", "10000-01-01", "24:60", "%0d%0aSet-Cookie:+a=b", "..%2f..%2f", "%F0%9F%98%80",
    "%e2%80%ae", "'%22;--",
]  # fmt: skip
NUL = "%00"
ODD_IDS = [NUL, "%ff%fe", "%ed%a0%80", "9" * 23, "NaN", "__proto__", "..%2f", "a" * 8_000, "[]", "%0d%0a"]
ODD_VALUES = [
    None, True, -1, 1e300, 10**18, "", "NaN", "__proto__", "\ufffe", LONG[:90_000], [], [[]], {}, {"__proto__": 1},
    ["a", "b"], "0000-00-00", "2026-02-30T25:61:61Z", "\u202e\u0007",
]  # fmt: skip
ODD_BODIES = {
    "no JSON": b"{", "a text": b'"a"', "a number": b"1", "a list": b"[]", "null": b"null", "not a number": b"NaN",
    "no UTF-8": b'"\xff\xfe"', "NUL": b'{"a": "\\u0000"}', "a lone surrogate": b'{"a": "\\ud800"}',
    "too deep": b"[" * 20_000 + b"]" * 20_000, "objects too deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "a key twice": b'{"a": 1, "a": 2}', "a prototype": b'{"__proto__": {"is_staff": true}, "constructor": 1}',
    "a long number": b"1" * 10_000, "too large a number": b'{"a": 100000000000000000000000}',
    "too large": b'"' + b"a" * 3_000_000 + b'"',
}  # fmt: skip
ODD_HEADERS = [
    {"Accept": "\x7f;q=x, */*;q=2"}, {"Accept": "text/xml"}, {"Accept-Language": "x" * 5_000},
    {"Accept-Language": "\xff"}, {"Authorization": "Bearer \xff"}, {"Authorization": "Bearer " + "a" * 9_000},
    {"Authorization": "Basic ???"}, {"X-Forwarded-For": "999.1.1.1, \xff"}, {"User-Agent": "\x1b[31m" + "a" * 5_000},
    {"Referer": "javascript:alert(1)"}, {"If-None-Match": '"' * 99}, {"If-Modified-Since": "never"},
    {"Range": "bytes=9-1,-"}, {"HX-Request": "true", "HX-Current-URL": "\xff"}, {"Idempotency-Key": "\x01" * 300},
    {"X-HTTP-Method-Override": "DELETE"}, {"X-CSRFToken": "\xff"}, {"Origin": "null"}, {"Host": "a b"},
    {"Content-Type": "application/json; charset=latin-9000"}, {"Cookie": "session=%00; csrf=\xff; =;;"},
]  # fmt: skip
# The framework sends on by GET alone those who are signed in.
SHOWS_ITS_FORM = {"admin:login"}
QUERIES = ["page", "q", "next", "week", "term", "p", "o", "e", "id", "format", "status", "day", "subject", "section"]


class Asked:
    """A world that is asked by one browser for each person; what a request changes is rolled back."""

    def __init__(self, world):
        self.world = world
        self.browsers = {actor: Client(raise_request_exception=False) for actor in ACTORS}

    def __call__(self, actor, method, address, **given):
        browser = self.browsers[actor]
        browser.cookies.clear()
        browser.cookies.load(self.world.sessions[actor])
        with transaction.atomic():
            answer = browser.generic(method, address, **given)
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        return answer

    def address(self, door, about):
        return self.world.address(door, about)


@pytest.fixture(scope="module")
def asked(world):
    return Asked(world)


@pytest.fixture(scope="module")
def operations(asked):
    """Return the operations of the API: name, method, what is it about, who gets past the permissions, the document."""
    document = json.loads(asked("student", "GET", "/api/v1/schema/").content)
    said = {
        (resolve(re.sub(r"{\w+}", SOME_ID, path)).view_name, method.upper()): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    found = {}
    for row in ROWS:
        door = row["door"], row["method"]
        inside = [actor for actor in ACTORS if row[actor] not in {"401", "403", "404"}]
        if door in said and inside and door not in found:
            found[door] = (*door, row["about"], inside[0], said[door])
    return list(found.values()), document["components"]["schemas"]


def is_a_crash(answer):
    return answer.status_code >= 500 and answer.status_code != 503


def fields(operation, schemas):
    """Return the names in the body of an operation, none where it takes no body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        named = content["schema"].get("$ref", "").rpartition("/")[2]
        return list(schemas.get(named, {}).get("properties", {})) or ["unknown"]
    return []


def mixes(names, times, place=0):
    """Return ways to give each name an odd value, a different one each time."""
    return [
        {name: ODD[(place + number * 7 + turn * 3) % len(ODD)] for number, name in enumerate(names)}
        for turn in range(times)
    ]


def test_odd_bodies_of_the_api_are_refused(asked, operations):
    wrong, count = [], 0
    for place, (name, method, about, actor, said) in enumerate(operations[0]):
        # Each operation reads some of them: all share one parser.
        for kind in list(ODD_BODIES)[place % 4 :: 4] if method != "GET" else []:
            count += 1
            given = {"data": ODD_BODIES[kind], "content_type": "application/json"}
            answer = asked(actor, method, asked.address(name, about), **given)
            if is_a_crash(answer) or (said.get("requestBody") and answer.status_code < 400):
                wrong.append((name, method, kind, answer.status_code))
    assert wrong == []
    assert count > 250


def test_an_odd_body_is_refused_at_once(asked, world):
    address, slow = world.address("api_subject-list"), {}
    for kind, body in ODD_BODIES.items():
        times = []
        # The second time nothing is loaded any more.
        for _ in range(2):
            start = time.process_time()
            assert (
                asked("registrar", "POST", address, data=body, content_type="application/json").status_code in REFUSED
            )
            times.append(time.process_time() - start)
        slow[kind] = min(times)
    assert {kind for kind, seconds in slow.items() if seconds > QUICK_SECONDS} == set()


def test_odd_values_in_the_bodies_of_the_api_crash_nothing(asked, operations, world):
    crashes, count = [], 0
    for place, (name, method, about, actor, said) in enumerate(operations[0]):
        names = fields(said, operations[1]) if method != "GET" else []
        bodies = [dict.fromkeys(names, value) for value in ODD_VALUES[place % 3 :: 3] if names]
        if name in BODIES:
            good = BODIES[name](world.things)
            bodies += [
                good | {one: ODD_VALUES[(place + 5 * number + 3 * turn) % len(ODD_VALUES)]}
                for number, one in enumerate(names) for turn in range(2)
            ]  # fmt: skip
        for body in bodies:
            count += 1
            data = json.dumps(body).encode()
            if is_a_crash(asked(actor, method, asked.address(name, about), data=data, content_type="application/json")):
                crashes.append((name, method, str(body)[:200]))
    assert crashes == []
    assert count > 500


def test_odd_queries_of_the_api_crash_nothing(asked, operations):
    crashes, count = [], 0
    for place, (name, method, about, actor, said) in enumerate(operations[0]):
        names = [one["name"] for one in said.get("parameters", []) if one["in"] == "query"]
        # Each parameter alone: the first that is refused would hide the others.
        alone = [{one: ODD[(place + turn * 5) % len(ODD)]} for one in names for turn in range(2)]
        more = [{"a[]": "1", "__proto__": "1"}, {"a": LONG[:5000]}, dict.fromkeys(names, NUL)]
        for given in [*alone, *more] if method == "GET" else []:
            count += 1
            query = "&".join(f"{one}={odd}&{one}={odd}" for one, odd in given.items())
            if is_a_crash(asked(actor, "GET", asked.address(name, about), QUERY_STRING=query)):
                crashes.append((name, query[:80]))
    assert crashes == []
    assert count > 300


def test_odd_ids_in_any_address_are_not_found(asked, world):
    wrong, doors = [], set()
    for row in ROWS:
        if not row["about"] or "/" in row["door"] or row["door"] in doors:
            continue
        doors.add(row["door"])
        start, _, rest = world.address(row["door"], row["about"]).partition(str(world.things[row["about"]].public_id))
        for odd in ODD_IDS[len(doors) % 10 :: 10]:
            answer = asked("administrator", "GET", start + odd + rest)
            if answer.status_code not in {400, 404, 405}:
                wrong.append((row["door"], odd, answer.status_code))
    assert wrong == []
    assert len(doors) > 150


@cache
def pages(world, actor):
    """Return the pages that somebody may read: the name, the address, the forms."""
    found = []
    for row, answer in opened(world, actor):
        is_page = "html" in answer.get("Content-Type", "") and not answer.streaming
        found.append((row["door"], answer.request["PATH_INFO"], forms_on(answer) if is_page else []))
    return found


def test_odd_text_in_any_form_is_a_page_or_a_refusal(asked, world):
    crashes, seen = [], set()
    for actor in READERS:
        forms = [form for _, _, found in pages(world, actor) for form in found]
        for place, form in enumerate(forms):
            if form.shape in seen:
                continue
            seen.add(form.shape)
            # All fields, then the texts alone, which lets the rest of the form through to the deed.
            ways = [*mixes(form.kinds, 1, place), *mixes(form.texts, 2, place), dict.fromkeys(form.kinds, NUL)]
            crashes += [(form.action, actor, given) for given in ways if is_a_crash(send(asked, actor, form, given))]
    assert crashes == []
    assert len(seen) > 100


def send(asked, actor, form, given):
    """Send the form as it stands on its page, with what is `given` as it is written on the wire."""
    values = {name: quote(value) for name, value in form.values.items()} | given
    sent = "&".join(f"{quote(name)}={value}" for name, value in values.items())
    address = form.action.partition("?")[0]
    if form.method == "get":
        return asked(actor, "GET", address, QUERY_STRING=sent)
    return asked(actor, "POST", address, data=sent, content_type="application/x-www-form-urlencoded")


def test_odd_queries_of_pages_show_a_page_or_a_refusal(asked, world):
    crashes = []
    for place, (door, address, _) in enumerate(pages(world, "administrator")):
        for given in [*mixes(QUERIES, 1, place), {"__proto__": LONG[:5000], "a[]": NUL}]:
            query = "&".join(f"{name}={odd}" for name, odd in given.items())
            if is_a_crash(asked("administrator", "GET", address, QUERY_STRING=query)):
                crashes.append((door, query))
    assert crashes == []


def test_odd_headers_are_survived_at_every_door(asked, world):
    crashes = []
    for place, (door, address, _) in enumerate(pages(world, "administrator")):
        for headers in ODD_HEADERS[place % 20 :: 20]:
            if is_a_crash(asked("administrator", "GET", address, headers=headers)):
                crashes.append((door, headers))
    assert crashes == []


def test_head_answers_as_get_does_without_a_body(asked, world):
    wrong, doors = [], {}
    for row in ROWS:
        if row["method"] == "GET" and "/" not in row["door"] and row["door"] not in SHOWS_ITS_FORM:
            doors.setdefault(row["door"], world.address(row["door"], row["about"]))
    for door, address in doors.items():
        head, get = (asked("administrator", method, address) for method in ("HEAD", "GET"))
        if head.status_code != get.status_code or (not head.streaming and head.content):
            wrong.append((door, get.status_code, head.status_code))
    assert wrong == []
    assert len(doors) > 150


def test_options_answer_as_get_does_or_name_the_methods(asked, world):
    wrong, doors = [], {}
    for row in ROWS:
        if "/" not in row["door"]:
            doors.setdefault(row["door"], row)
    for door, row in doors.items():
        answer = asked("administrator", "OPTIONS", world.address(door, row["about"]))
        by_script = "/api/" in answer.request["PATH_INFO"] and answer.status_code == 200
        if is_a_crash(answer) or ((by_script or answer.status_code == 405) and "Allow" not in answer):
            wrong.append((door, row["about"], answer.status_code))
    assert wrong == []
    assert len(doors) > 250
