"""Self-enrollment by key, invitation or domain: who is let in, who is not, and how often one may try."""

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.tests.makers import make_user
from students.errors import KeyNeeded, KeyTriedTooOften, MayNotEnroll, MayNotSetRules, WrongKey
from students.models import KeyShown, Override, SelfEnrollment
from students.operations import enroll, request_seat, set_self_enrollment, show_key
from students.queries.registration import registration_check
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("E02")]
KEY = "open sesame"


@pytest.fixture
def rita():
    return make_user("rita@example.org", ["registrar"])


@pytest.fixture
def section():
    return make_open_section(capacity=5)


def alice(email="alice@example.edu", verified=True):
    student = make_student(user=make_user(email, ["student"]))
    EmailAddress.objects.filter(user=student.user).delete()
    EmailAddress.objects.create(user=student.user, email=email, verified=verified, primary=True)
    return student


def take(student, section):
    return enroll(student, section, by=student.user)


def test_the_key_opens_the_class_to_whoever_shows_it(section, rita):
    set_self_enrollment(section, by=rita, key=KEY)
    student = alice()
    with pytest.raises(KeyNeeded) as refusal:
        take(student, section)
    assert refusal.value.facts["ways"] == ["key"]
    with pytest.raises(WrongKey):
        show_key(student, section, "open barley", by=student.user)
    show_key(student, section, f" {KEY} ", by=student.user)
    assert take(student, section).status == "registered"


def test_the_key_is_kept_hashed_and_a_new_one_is_asked_for_again(section, rita):
    row = set_self_enrollment(section, by=rita, key=KEY)
    assert KEY not in row.hash
    student = alice()
    show_key(student, section, KEY, by=student.user)
    set_self_enrollment(section, by=rita, key="another key")
    with pytest.raises(KeyNeeded):
        take(student, section)
    show_key(student, section, "another key", by=student.user)
    take(student, section)
    assert KeyShown.objects.count() == 1


def test_after_five_wrong_keys_the_right_one_waits_too(section, rita):
    set_self_enrollment(section, by=rita, key=KEY)
    student, other = alice(), alice("bob@example.edu")
    for _n in range(5):
        with pytest.raises(WrongKey):
            show_key(student, section, "guess", by=student.user)
    with pytest.raises(KeyTriedTooOften):
        show_key(student, section, KEY, by=student.user)
    # Nobody else is kept out by it.
    show_key(other, section, KEY, by=other.user)


def test_a_class_without_a_key_says_the_same_of_every_key(section, rita):
    student = alice()
    for _set in (None, lambda: set_self_enrollment(section, by=rita, domains=["example.edu"])):
        if _set:
            _set()
        with pytest.raises(WrongKey):
            show_key(student, section, "", by=student.user)


@pytest.mark.parametrize(
    ("email", "verified", "enters"),
    [
        ("alice@example.edu", True, True),
        ("alice@example.edu", False, False),
        ("alice@cs.example.edu", True, False),
        ("alice@notexample.edu", True, False),
        ("ALICE@Example.EDU", True, True),
    ],
)
def test_a_confirmed_address_of_the_domain_is_enough(section, rita, email, verified, enters):
    set_self_enrollment(section, by=rita, domains=["@Example.edu"])
    check = registration_check(alice(email, verified), section)
    assert [one.passed for one in check.rules if one.name == "key_needed"] == [enters]


def test_an_invitation_is_for_its_address_alone(section, rita):
    set_self_enrollment(section, by=rita, by_invitation=True, invited=["Alice@example.edu", "alice@example.edu"])
    take(alice(), section)
    with pytest.raises(KeyNeeded):
        take(alice("bob@example.edu"), section)
    set_self_enrollment(section, by=rita, by_invitation=True, invited=[])
    with pytest.raises(KeyNeeded):
        take(alice("carol@example.edu"), section)


def test_one_of_several_ways_is_enough_and_a_permission_lifts_it(section, rita):
    set_self_enrollment(section, by=rita, key=KEY, domains=["example.edu"])
    take(alice(), section)
    stranger = alice("oscar@example.org")
    with pytest.raises(KeyNeeded) as refusal:
        take(stranger, section)
    assert str(refusal.value) == "This class asks for its key or a confirmed address of example.edu."
    Override.objects.create(student=stranger, section=section, kind="consent", granted_by=rita, reason="Known")
    take(stranger, section)


def test_the_office_enrolls_without_a_key_and_the_line_asks_for_it(section, rita):
    set_self_enrollment(section, by=rita, key=KEY)
    enroll(alice(), section, by=rita)
    stranger = alice("oscar@example.org")
    with pytest.raises(KeyNeeded):
        request_seat(stranger, section, by=stranger.user)


def test_nothing_set_asks_nothing(section, rita):
    set_self_enrollment(section, by=rita, key=KEY)
    assert set_self_enrollment(section, by=rita, key="") is None
    assert not SelfEnrollment.objects.exists()
    take(alice(), section)


def test_what_is_no_domain_or_address_and_who_may_not_are_refused(section, rita):
    for wrong in ({"domains": ["no domain"]}, {"invited": ["nobody"]}):
        with pytest.raises(ValidationError):
            set_self_enrollment(section, by=rita, **wrong)
    student = alice()
    with pytest.raises(MayNotSetRules):
        set_self_enrollment(section, by=student.user, key="")
    with pytest.raises(MayNotEnroll):
        show_key(student, section, KEY, by=alice("bob@example.edu").user)


def test_the_pages_set_it_and_ask_for_it(client, section, rita):
    client.force_login(rita)
    address = reverse("students:self_enrollment_edit", args=[section.public_id])
    assert client.post(address, {"key": KEY, "domains": "not/a/domain"}).status_code == 400
    assert client.post(address, {"key": KEY, "domains": "example.org"}).status_code == 302
    shown = client.get(reverse("students:section_rules", args=[section.public_id])).content.decode()
    assert "a confirmed address of example.org" in shown
    assert KEY not in client.get(address).content.decode()
    student = alice()
    client.force_login(student.user)
    assert client.get(address).status_code == 403
    page = client.get(reverse("students:section_detail", args=[section.public_id])).content.decode()
    key_address = reverse("students:section_key", args=[section.public_id])
    assert key_address in page
    assert client.post(key_address, {"key": "guess"}).status_code == 409
    assert client.post(key_address, {"key": KEY}).status_code == 302
    client.post(reverse("students:section_enroll", args=[section.public_id]))
    assert student.enrollments.get().status == "registered"


def test_scripts_set_it_and_show_the_key(client, section, rita):
    client.force_login(rita)
    address = f"/api/v1/sections/{section.public_id}/self-enrollment/"
    assert client.get(address).json()["ways"] == []
    sent = {"key": KEY, "by_invitation": True, "invited": ["Bob@example.edu"], "domains": ["example.org"]}
    said = client.put(address, sent, content_type="application/json").json()
    assert (said["ways"], said["invited"]) == (["key", "invitation", "domain"], ["bob@example.edu"])
    assert KEY not in str(said)
    assert client.put(address, {"key": "abc"}, content_type="application/json").status_code == 400
    student = alice()
    client.force_login(student.user)
    assert client.get(address).status_code == 403
    key = f"/api/v1/sections/{section.public_id}/key/"
    wrong = client.post(key, {"key": "guess"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_key")
    asked = {"section": str(section.public_id)}
    refused = client.post("/api/v1/enrollments/", asked, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "key_needed")
    assert client.post(key, {"key": KEY}, content_type="application/json").status_code == 200
    assert client.post("/api/v1/enrollments/", asked, content_type="application/json").status_code == 201
