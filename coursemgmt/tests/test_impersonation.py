"""An administrator works in somebody's name: what is open, what is shut, when it ends, and what is kept of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts import operations
from accounts.errors import ImpersonationForbids, MayNotImpersonate, SecondFactorMissing
from accounts.models import ImpersonationSession, RecordAccess, User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, oscar, rita, with_app
from core.acting import acting
from core.errors import ReasonMissing
from coursemgmt import impersonation
from coursemgmt.tests.doors import doors
from courses.tests.makers import add_instructor
from students.models import Enrollment, EnrollmentEvent
from students.tests.makers import enroll_directly, make_grade_item, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("A08")]
END = reverse("accounts:impersonation_end")
LOOKS = reverse("students:record_accesses")


def start(client, person, reason="Asked for help by phone."):
    where = reverse("accounts:impersonation_start", args=[person.public_id])
    return client.post(where, {"reason": reason})


def signed_in(person):
    """Return a browser in which `person` has just shown who they are."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def boss():
    return adam()


@pytest.fixture
def browser(boss):
    return signed_in(boss)


@pytest.fixture
def in_name(browser):
    """A browser in which Adam works in the name of Alice."""
    make_student(user=alice())
    start(browser, alice())
    return browser


def newest():
    return ImpersonationSession.objects.select_related("end").first()


def acts_as(client):
    return client.get("/").context["user"]


def test_it_begins_after_a_fresh_sign_in_with_a_reason(boss):
    person, client = alice(), Client()
    client.force_login(boss)
    where = reverse("accounts:impersonation_start", args=[person.public_id])
    assert "/reauthenticate/" in client.get(where)["Location"]
    assert "/reauthenticate/" in start(client, person)["Location"]
    client = signed_in(boss)
    assert client.get(where).status_code == 200
    assert start(client, person, reason=" ").status_code == 200
    assert not ImpersonationSession.objects.exists()
    assert start(client, person)["Location"] == "/"
    assert acts_as(client) == person
    found = newest()
    assert (found.actor, found.subject, found.reason, found.is_live) == (boss, person, "Asked for help by phone.", True)


@pytest.mark.parametrize("maker", [alice, ivan, rita, oscar])
def test_nobody_but_an_administrator_begins_it(maker):
    person, subject = maker(), make_user(roles=["student"])
    expected = 403 if maker is rita else 404
    assert start(signed_in(person), subject).status_code == expected
    with pytest.raises(MayNotImpersonate):
        operations.start_impersonation(subject, by=person, reason="Curious.")


def test_nobody_lends_their_name_who_is_an_administrator_or_closed(boss, browser):
    closed, equal = make_user(is_active=False), make_user(roles=["administrator"])
    operations.make_role("near", ["accounts.manage_people", "accounts.grant_roles"], by=None)
    for person in (closed, equal, boss, make_user(is_superuser=True)):
        assert start(browser, person).status_code == 403
        with pytest.raises(MayNotImpersonate):
            operations.start_impersonation(person, by=boss, reason="Curious.")
    assert start(browser, make_user(roles=["near"])).status_code == 302


def test_an_operation_asks_for_a_reason_a_factor_and_that_nobody_is_in_a_name_already(boss, settings):
    with pytest.raises(ReasonMissing):
        operations.start_impersonation(alice(), by=boss, reason="  ")
    with acting(boss.pk), pytest.raises(ImpersonationForbids):
        operations.start_impersonation(alice(), by=boss, reason="Again.")
    settings.REQUIRE_STAFF_MFA = True
    with pytest.raises(SecondFactorMissing):
        operations.start_impersonation(alice(), by=boss, reason="Help.")
    with_app(boss)
    assert operations.start_impersonation(alice(), by=boss, reason="Help.").is_live


def test_a_banner_on_every_page_says_who_acts_as_whom(in_name):
    for name in ("home", "students:class_search", "students:progress", "accounts:profile", "students:record_accesses"):
        page = in_name.get(reverse(name)).text
        assert "<bdi>Adam Example</bdi> works in the name of <bdi>Alice Example</bdi> until" in page
        assert END in page
    refused = in_name.get(reverse("accounts:token_list"))
    assert (refused.status_code, END in refused.text) == (403, True)
    assert "works in the name of" not in signed_in(alice()).get("/").text


@pytest.mark.row("R56")
def test_the_key_of_the_session_changes_at_both_ends(browser):
    keys = [browser.session.session_key]
    start(browser, alice())
    keys.append(browser.session.session_key)
    browser.post(END)
    keys.append(browser.session.session_key)
    assert len(set(keys)) == 3
    assert acts_as(browser) == adam()
    assert newest().end.cause == "ended"


def test_what_is_done_carries_both_names(in_name, boss):
    section = make_open_section()
    assert in_name.post(reverse("students:section_enroll", args=[section.public_id])).status_code == 302
    enrollment = Enrollment.objects.get(student__user=alice(), section=section)
    said = enrollment.history.latest("pgh_id").pgh_context.metadata
    assert (said["user"], said["impersonator"]) == (alice().pk, boss.pk)
    event = EnrollmentEvent.objects.get(enrollment=enrollment)
    assert (event.actor, event.impersonator) == (alice(), boss)
    in_name.post(END)
    alone = signed_in(alice())
    alone.post(reverse("students:enrollment_drop", args=[enrollment.public_id]))
    event = EnrollmentEvent.objects.filter(enrollment=enrollment).latest("pk")
    assert (event.actor, event.impersonator) == (alice(), None)


def test_the_api_by_cookie_carries_both_names_and_refuses_the_same(in_name, boss):
    section = make_open_section()
    made = in_name.post(
        reverse("api_enrollment-list"), {"section": str(section.public_id)}, content_type="application/json"
    )
    assert made.status_code == 201, made.text
    enrollment = Enrollment.objects.get(student__user=alice(), section=section)
    said = enrollment.history.latest("pgh_id").pgh_context.metadata
    assert (said["user"], said["impersonator"]) == (alice().pk, boss.pk)
    refused = in_name.patch(reverse("api_me"), {"given_name": "Eve"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "impersonation_forbids")
    assert User.objects.get(pk=alice().pk).given_name == "Alice"


def test_no_token_is_made_or_used(in_name):
    given = {"email": alice().email, "password": PASSWORD}
    answer = in_name.post(reverse("api_token"), given, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "impersonation_forbids")
    pair = Client().post(reverse("api_token"), given, content_type="application/json").json()
    with_token = in_name.get(reverse("api_me"), headers={"Authorization": f"Bearer {pair['access']}"})
    assert (with_token.status_code, with_token.json()["code"]) == (403, "impersonation_forbids")
    assert in_name.post(reverse("accounts:token_list"), {"name": "x"}).status_code == 403
    assert alice().personal_tokens.count() == 0


def test_the_person_reads_of_it_and_gets_a_mail(in_name, boss):
    message = mail.outbox[-1]
    assert message.to == [alice().email]
    assert message.subject == "An administrator works in your name at Northfield University"
    for part in (message.body, message.alternatives[0][0]):
        assert "Asked for help by phone." in part
        assert LOOKS in part
        assert "Adam" not in part
    in_name.get(reverse("students:progress"))
    page = signed_in(alice()).get(LOOKS).text
    assert "Worked in your name" in page
    assert "Administrator" in page


def taught_by_ivan():
    section = make_open_section()
    add_instructor(section, ivan())
    return enroll_directly(make_student(user=alice()), section)


def test_looks_at_others_are_those_of_the_administrator(browser, boss):
    enrollment = taught_by_ivan()
    start(browser, ivan())
    assert browser.get(reverse("students:roster", args=[enrollment.section.public_id])).status_code == 200
    looks = RecordAccess.objects.filter(subject=alice())
    assert {(look.reader, look.role) for look in looks} == {(boss, "administrator")}


def test_drafts_of_grades_stay_shut(browser):
    enrollment = taught_by_ivan()
    section, item = enrollment.section, make_grade_item(enrollment.section)
    start(browser, ivan())
    for name, thing in [
        ("students:grade_sheet", section),
        ("students:grade_finals", section),
        ("students:grade_item_scores", item),
        ("students:grade_detail", enrollment),
        ("api_scores", item),
        ("api_final_grades", section),
        ("api_enrollment-grades", enrollment),
    ]:
        assert browser.get(reverse(name, args=[thing.public_id])).status_code == 403, name


def test_it_ends_by_itself_after_half_an_hour(in_name, monkeypatch):
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr("accounts.office_models.timezone.now", lambda: later)
    section = make_open_section()
    answer = in_name.post(reverse("students:section_enroll", args=[section.public_id]), follow=True)
    assert "What you sent last was not done." in answer.text
    assert (answer.context["user"], Enrollment.objects.count()) == (adam(), 0)
    assert newest().end.cause == "time_over"


@pytest.mark.row("R54", "R69")
@pytest.mark.parametrize(
    ("deed", "cause", "who"),
    [
        (lambda: operations.sign_out_everywhere(alice(), by=alice()), "sign_ins_ended", "adam"),
        (lambda: operations.deactivate(alice(), by=None), "sign_ins_ended", "adam"),
        (lambda: operations.grant_role(alice(), "administrator", by=None), "right_lost", "adam"),
        (lambda: operations.grant_role(alice(), "instructor", by=None), "right_lost", "adam"),
        (lambda: operations.remove_role(alice(), "student", by=None), "right_lost", "adam"),
        (lambda: operations.grant_role(adam(), "instructor", by=None), "right_lost", "adam"),
        (lambda: operations.remove_role(adam(), "administrator", by=None), "right_lost", "adam"),
        (lambda: operations.sign_out_everywhere(adam(), by=adam()), "sign_ins_ended", None),
        (lambda: operations.deactivate(adam(), by=None), "sign_ins_ended", None),
    ],
)
def test_it_ends_with_the_next_request_when_either_changes(in_name, deed, cause, who):
    deed()
    page = in_name.get("/", follow=True)
    assert page.context["user"].is_authenticated is (who == "adam")
    assert page.context["impersonation"] is None
    assert newest().end.cause == cause


def test_signing_out_ends_all(in_name):
    in_name.post(reverse("account_logout"))
    assert newest().end.cause == "signed_out"
    assert "in_name" not in in_name.session
    assert not in_name.get("/").context["user"].is_authenticated


def test_ending_twice_and_without_a_beginning_is_harmless(browser):
    assert browser.post(END).status_code == 302
    start(browser, alice())
    for _ in range(2):
        assert browser.post(END).status_code == 302
    assert acts_as(browser) == adam()


def test_inside_of_it_no_other_begins(in_name):
    assert start(in_name, ivan()).status_code == 403
    assert ImpersonationSession.objects.count() == 1


# Pages whose names speak of grades or feeds and which show what is posted, to whom it is about, or no secret.
LOOKED_AT = {
    "students:grade_detail", "appointments:feed", "api_progress", "students:progress",
    "students:section_preview_grades",
}  # fmt: skip
SPEAKS_OF_SECRETS = (
    "grade", "score", "final", "token", "mfa", "factor", "password", "session", "email", "export", "erase", "feed",
    "secret", "data", "privacy", "reauth", "recovery", "invit",
)  # fmt: skip


def test_each_door_that_writes_is_shut_unless_it_is_listed():
    unsafe = {door for door in doors() if door.method in {"POST", "PUT", "PATCH", "DELETE"}}
    opened = {f"{door.name} {door.method}" for door in unsafe if impersonation.is_open(door.name, door.method)}
    assert opened == {listed for listed in impersonation.OPEN if not listed.endswith(" GET")}
    assert len(unsafe) > 200


def test_pages_that_speak_of_secrets_are_shut_or_were_looked_at():
    reads = {door.name for door in doors() if door.method == "GET"}
    telling = {name for name in reads if any(word in name for word in SPEAKS_OF_SECRETS)}
    assert {name for name in telling - LOOKED_AT if impersonation.is_open(name, "GET")} == set()
    assert not impersonation.is_open("admin:index", "GET")


def test_what_is_listed_are_doors():
    known = {f"{door.name} {door.method}" for door in doors()}
    assert known >= impersonation.OPEN
    assert known >= {f"{name} GET" for name in impersonation.SHUT_PAGES | impersonation.OPEN_PAGES}


def test_every_door_that_writes_really_refuses(in_name):
    """Ask each of them once: the answer is the refusal, never a page of the door."""
    world = {"public_id": make_open_section().public_id, "pk": 1, "token": "x", "key": "x", "uidb36": "1", "name": "x"}
    asked = 0
    for door in sorted(doors()):
        if door.method in impersonation.READS | {"LIST", "ADD"} or impersonation.is_open(door.name, door.method):
            continue
        if (address := _address(door.name, world)) is None:
            continue
        answer = getattr(in_name, door.method.lower())(address)
        assert answer.status_code == 403, door
        asked += 1
    assert asked > 100


def _address(name, facts):
    for wanted in ([], ["public_id"], ["pk"], ["public_id", "key"], ["uidb36", "key"], ["key"], ["name"], ["token"]):
        try:
            return reverse(name, kwargs={field: facts[field] for field in wanted})
        except NoReverseMatch:
            continue
    return None
