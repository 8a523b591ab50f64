"""Offers and swaps by page and by script, and the line that staff watch."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import alice, ivan, make_user, rita
from courses.models import SectionInstructor
from students import operations
from students.models import Enrollment, WaitlistEntry, WaitlistEvent
from students.tests.makers import enroll_directly, make_offer, make_open_section, make_open_term, make_student

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(client):
    """A seat that is offered to Alice, who is signed in."""
    client.force_login(alice())
    return make_offer(make_student(user=alice()))


def page(name, thing):
    return reverse(f"students:{name}", args=[thing.public_id])


def status(entry):
    return WaitlistEntry.objects.get(pk=entry.pk).status


@pytest.mark.row("E11")
def test_the_page_of_an_offer_says_until_when_and_changes_nothing(client, offer):
    before = WaitlistEvent.objects.count()
    shown = client.get(page("entry_offer", offer)).content.decode()
    assert "Accept the seat" in shown
    with timezone.override(offer.student.user.zone):
        assert timezone.localtime(offer.offer_expires_at).strftime("%H:%M") in shown
    assert client.get(page("entry_accept", offer)).status_code == 405
    assert (WaitlistEvent.objects.count(), status(offer)) == (before, "offered")


@pytest.mark.row("E11")
def test_the_button_takes_the_seat_and_a_second_click_does_no_harm(client, offer):
    for _click in range(2):
        answer = client.post(page("entry_accept", offer))
        assert answer.url == page("section_detail", offer.section)
    assert Enrollment.objects.live().get(section=offer.section).student == offer.student
    assert "The seat is taken" in client.get(page("entry_offer", offer)).content.decode()


@pytest.mark.row("E11")
def test_declining_asks_once_more_and_then_passes_the_seat_on(client, offer):
    following = operations.join_waitlist(make_student(), offer.section, by=None)
    assert "the place in line is lost" in client.get(page("entry_decline", offer)).content.decode()
    assert status(offer) == "offered"
    client.post(page("entry_decline", offer))
    assert [status(offer), status(following)] == ["declined", "offered"]
    refused = client.post(page("entry_accept", offer))
    assert refused.status_code == 409
    assert "No seat is offered" in refused.content.decode()


@pytest.mark.row("E11")
def test_an_offer_that_has_ended_says_so(client, offer):
    WaitlistEntry.objects.filter(pk=offer.pk).update(offer_expires_at=timezone.now())
    assert "Offer ended" in client.get(page("entry_offer", offer)).content.decode()
    refused = client.post(page("entry_accept", offer))
    assert (refused.status_code, status(offer)) == (409, "expired")


@pytest.mark.row("E11", "R70")
def test_a_stranger_finds_no_offer_and_an_instructor_cannot_answer_it(client, offer):
    client.force_login(make_user(roles=["student"]))
    assert client.get(page("entry_offer", offer)).status_code == 404
    assert client.post(page("entry_accept", offer)).status_code == 404
    SectionInstructor.objects.create(section=offer.section, instructor=ivan(), role="instructor", is_primary=True)
    client.force_login(ivan())
    assert client.post(page("entry_accept", offer)).status_code == 403
    assert client.post(page("entry_decline", offer)).status_code == 403
    assert status(offer) == "offered"


@pytest.mark.row("E11", "E08")
def test_the_pages_of_a_student_lead_to_the_offer(client, offer):
    for address in (page("section_detail", offer.section), reverse("students:enrollments"), reverse("home")):
        assert page("entry_offer", offer) in client.get(address).content.decode(), address


@pytest.mark.row("E11", "I01")
def test_a_script_accepts_and_declines(client, offer):
    address = f"/api/v1/waitlist-entries/{offer.public_id}"
    shown = client.get(f"{address}/").json()
    assert (shown["status"], shown["position"], shown["number"]) == ("offered", None, 1)
    assert shown["offer_expires_at"]
    accepted = client.post(f"{address}/accept/", {}, "application/json")
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    other = make_offer(make_student(user=alice()))
    address = f"/api/v1/waitlist-entries/{other.public_id}"
    assert client.post(f"{address}/decline/", {}, "application/json").json()["status"] == "declined"
    refused = client.post(f"{address}/accept/", {}, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_offered")


def two_classes(capacity):
    term = make_open_term()
    one, two = make_open_section(term=term), make_open_section(term=term, capacity=capacity)
    return one, two, enroll_directly(make_student(user=alice()), one)


@pytest.mark.row("E13")
def test_the_page_swaps_now_where_a_seat_is_free(client):
    _one, two, mine = two_classes(capacity=1)
    client.force_login(alice())
    assert "Swap now" in client.get(page("section_swap", two)).content.decode()
    client.post(page("section_swap", two), {"swap": str(mine.public_id), "act": "swap"})
    assert Enrollment.objects.live().get(student=mine.student).section == two


@pytest.mark.row("E13")
def test_the_page_waits_with_the_swap_where_none_is(client):
    one, two, mine = two_classes(capacity=0)
    client.force_login(alice())
    assert "Wait in line and swap then" in client.get(page("section_swap", two)).content.decode()
    refused = client.post(page("section_swap", two), {"swap": str(mine.public_id), "act": "swap"})
    assert refused.status_code == 409
    client.post(page("section_swap", two), {"swap": str(mine.public_id), "act": "wait"})
    entry = WaitlistEntry.objects.get(student=mine.student)
    assert (entry.section, entry.swap_enrollment) == (two, mine)
    assert f"You then give up {one}" in client.get(page("section_detail", two)).content.decode()


@pytest.mark.row("E13")
def test_nobody_swaps_the_class_of_another(client):
    one, two, _mine = two_classes(capacity=1)
    other = enroll_directly(make_student(), one)
    client.force_login(alice())
    assert client.post(page("section_swap", two), {"swap": str(other.public_id), "act": "swap"}).status_code == 400
    said = {"section": str(two.public_id)}
    assert client.post(f"/api/v1/enrollments/{other.public_id}/swap/", said, "application/json").status_code == 404
    said["swap"] = str(other.public_id)
    assert client.post("/api/v1/waitlist-entries/", said, "application/json").status_code == 400
    client.force_login(rita())
    assert client.get(page("section_swap", two)).status_code == 403


@pytest.mark.row("E13", "I01", "I05")
def test_a_script_swaps_and_waits_with_a_swap(client):
    _one, two, mine = two_classes(capacity=1)
    client.force_login(alice())
    said = {"section": str(two.public_id)}
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    address = f"/api/v1/enrollments/{mine.public_id}/swap/"
    answers = [client.post(address, said, "application/json", **key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["section"]["id"] == str(two.public_id)
    full = make_open_section(term=two.term, capacity=0)
    new = Enrollment.objects.live().get(student=mine.student)
    said = {"section": str(full.public_id), "swap": str(new.public_id)}
    joined = client.post("/api/v1/waitlist-entries/", said, "application/json")
    assert (joined.status_code, joined.json()["swap"]) == (201, str(new.public_id))


@pytest.mark.row("E11", "R118")
def test_the_line_that_staff_watch_shows_offers_and_sends_only_itself_to_a_script(client, offer):
    client.force_login(rita())
    address = page("section_line", offer.section)
    whole = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    for shown in (whole, part):
        assert "Seats offered" in shown
        assert page("entry_offer", offer) in shown
    assert "<html" in whole
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="line"')
