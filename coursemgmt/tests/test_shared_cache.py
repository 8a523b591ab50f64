"""Between the browsers and the site stands a cache that keeps whatever it is not forbidden to keep."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts.operations import rotate_feed
from accounts.tests.makers import alice, make_user, rita
from students.tests.makers import make_class, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R90")]

PRIVATE = [
    "home", "accounts:profile", "accounts:token_list", "privacy:my_data", "students:progress", "students:enrollments",
    "students:record_accesses", "appointments:my_timetable", "appointments:mine", "usersessions_list", "api_me",
    "api-timetable", "api_enrollment-list",
]  # fmt: skip
FOR_STAFF = ["students:directory", "reports:student_csv", "admin:accounts_user_changelist"]


class SharedCache:
    """A proxy as RFC 9111 allows the greediest: it asks no age, and honours `Cache-Control` and `Vary` alone."""

    def __init__(self, *, honours=True):
        self.honours, self.kept, self.hits = honours, {}, 0

    def get(self, browser, address):
        cookies = browser.cookies.output(attrs=[], header="", sep=";")
        for varied, answer in self.kept.get(address, []):
            if all(varied[name] == cookies for name in varied if name == "cookie"):
                self.hits += 1
                return answer
        answer = browser.get(address)
        told = {part.strip() for part in answer.get("Cache-Control", "").split(",")} if self.honours else set()
        if answer.status_code in {200, 301, 404} and not told & {"no-store", "private", "no-cache"}:
            varies = answer.get("Vary", "").lower() if self.honours else ""
            varied = {name.strip(): cookies for name in varies.split(",") if name.strip()}
            self.kept.setdefault(address, []).append((varied, answer))
        return answer


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def addresses():
    """Return the private pages, some of them of Alice alone."""
    _section, (enrollment,) = make_class()
    person = alice()
    person.photo.save("photo", ContentFile(b"picture"))
    own = [
        reverse("accounts:photo", args=[person.public_id]),
        reverse("students:grade_detail", args=[enrollment.public_id]),
        reverse("students:student_record", args=[enrollment.student.public_id]),
        reverse("appointments:feed", args=[rotate_feed(person, by=person)]),
    ]
    return [*map(reverse, PRIVATE), *own]


def names_in(answer):
    return "Alice" in (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")


def test_nobody_gets_the_page_of_somebody_else_out_of_a_shared_cache(addresses):
    cache, first, second = (
        SharedCache(),
        browser_of(alice()),
        browser_of(make_student(user=make_user(roles=["student"], given_name="Bela")).user),
    )
    shown = [address for address in addresses if names_in(cache.get(first, address))]
    assert len(shown) > 8
    office = browser_of(rita())
    assert all(names_in(cache.get(office, reverse(name))) for name in FOR_STAFF)
    assert cache.kept == {}
    for browser in (second, Client()):
        for address in [*shown, *map(reverse, FOR_STAFF)]:
            # The address of a feed is itself what opens it.
            assert "/feed/" in address or not names_in(cache.get(browser, address)), address
    assert cache.hits == 0


def test_a_page_with_a_token_against_forgery_is_nobody_elses():
    cache, strangers = SharedCache(), [Client(), Client()]
    tokens = {cache.get(one, reverse("account_login")).context["csrf_token"] for one in strangers}
    assert len(tokens) == 2


def test_a_cache_that_honours_nothing_would_hand_them_out():
    cache = SharedCache(honours=False)
    make_student(user=alice())
    cache.get(browser_of(alice()), reverse("accounts:profile"))
    assert names_in(cache.get(Client(), reverse("accounts:profile")))
