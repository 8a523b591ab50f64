"""A seat that is kept for an address: it counts, ends by itself, and is its owner's once the address is confirmed."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.tests.makers import make_user
from courses.models import CrossListGroup
from courses.operations import cancel_section
from students.errors import EndsInThePast, HasAccount, MayNotEnroll, NotKept, ReasonMissing, SeatKept, SectionFull
from students.models import Enrollment, PreEnrollment, SeatReservation
from students.operations import (
    claim_seats,
    drop_pre_enrollment,
    end_expired_seats,
    enroll,
    join_waitlist,
    place_hold,
    pre_enroll,
    release_hold,
    set_self_enrollment,
)
from students.queries.seats import seats
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("E04")]
ADDRESS = "new.person@example.edu"


@pytest.fixture
def rita():
    return make_user("rita@example.org", ["registrar"])


@pytest.fixture
def section():
    return make_open_section(capacity=2)


def soon(days=7):
    return timezone.now() + timedelta(days=days)


def keep(section, by, email=ADDRESS, **more):
    return pre_enroll(section, email, by=by, **{"expires_at": soon(), **more})


def newcomer(email=ADDRESS, verified=True):
    user = make_user(email, ["student"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def expire(row):
    PreEnrollment.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(minutes=1))


def test_the_seat_counts_as_taken_and_nobody_else_gets_it(section, rita):
    keep(section, rita, " New.Person@Example.edu ")
    keep(section, rita, "other@example.edu")
    assert (seats(section).taken, seats(section).free) == (2, 0)
    with pytest.raises(SectionFull):
        enroll(make_student(), section, by=None)
    with pytest.raises(SectionFull):
        keep(section, rita, "third@example.edu")


def test_it_counts_in_the_seats_of_cross_listed_classes_together(section, rita):
    group = CrossListGroup.objects.create(term=section.term, capacity=1)
    other = make_open_section(capacity=9, term=section.term, cross_list_group=group)
    keep(other, rita)
    assert seats(other).free == 0


def test_seats_reserved_for_others_are_not_kept_for_an_address(section, rita):
    SeatReservation.objects.create(section=section, seats=2, level="graduate")
    with pytest.raises(SectionFull):
        keep(section, rita)


def test_whoever_confirms_the_address_has_the_seat(section, rita):
    row = keep(section, rita, reason="Transfer")
    user = newcomer()
    email_confirmed.send(sender=None, request=None, email_address=user.emailaddress_set.get())
    row.refresh_from_db()
    enrollment = Enrollment.objects.get()
    assert (enrollment.student.user, enrollment.status) == (user, "registered")
    assert (row.state, row.enrollment) == ("taken", enrollment)
    assert seats(section).taken == 1
    event = enrollment.events.get()
    assert (event.actor, event.reason) == (rita, "Transfer")
    # Once.
    assert claim_seats(user) == []


def test_an_address_that_is_not_confirmed_gives_nothing(section, rita):
    keep(section, rita)
    assert claim_seats(newcomer(verified=False)) == []
    assert not Enrollment.objects.exists()


def test_signing_in_gives_it_too(client, section, rita):
    keep(section, rita)
    client.force_login(newcomer())
    assert Enrollment.objects.get().section == section


def test_a_rule_of_the_own_record_keeps_it_and_is_said(section, rita):
    row = keep(section, rita)
    user = newcomer()
    student = make_student(user=user)
    hold = place_hold(student, by=rita, cause="records", office="Records")
    assert claim_seats(user) == []
    row.refresh_from_db()
    assert (row.state, row.refused_code) == ("held", "on_hold")
    assert seats(section).taken == 1
    release_hold(hold, by=rita, reason="Settled")
    assert len(claim_seats(user)) == 1


def test_a_key_is_not_asked_of_whom_the_office_put_in(section, rita):
    set_self_enrollment(section, by=rita, key="open sesame")
    keep(section, rita)
    assert len(claim_seats(newcomer())) == 1


def test_it_ends_by_itself_and_goes_to_the_line(rita):
    section = make_open_section(capacity=1)
    row = keep(section, rita)
    waiting = make_student()
    join_waitlist(waiting, section, by=None)
    expire(row)
    # Free at that instant, before any job.
    assert seats(section).free == 1
    assert end_expired_seats() == 1
    row.refresh_from_db()
    assert row.state == "expired"
    assert [one.student for one in section.enrollments.live()] == [waiting]
    assert claim_seats(newcomer()) == []
    assert end_expired_seats() == 0


def test_the_office_takes_it_back_with_a_reason_and_the_line_gets_it(rita):
    section = make_open_section(capacity=1)
    row = keep(section, rita)
    waiting = make_student()
    join_waitlist(waiting, section, by=None)
    with pytest.raises(ReasonMissing):
        drop_pre_enrollment(row, by=rita)
    assert drop_pre_enrollment(row, by=rita, reason="Not coming").state == "dropped"
    assert [one.student for one in section.enrollments.live()] == [waiting]
    with pytest.raises(NotKept):
        drop_pre_enrollment(row, by=rita, reason="Again")


def test_what_cannot_be_kept_is_refused(section, rita):
    keep(section, rita)
    refused = [
        (SeatKept, {}),
        (EndsInThePast, {"email": "a@example.edu", "expires_at": timezone.now()}),
        (ValidationError, {"email": "nobody"}),
        (HasAccount, {"email": newcomer("known@example.edu").email}),
    ]
    for refusal, more in refused:
        with pytest.raises(refusal):
            keep(section, rita, **more)
    with pytest.raises(MayNotEnroll):
        keep(section, make_user("oscar@example.org", ["student"]), "b@example.edu")


def test_it_goes_with_its_section(section, rita):
    row = keep(section, rita)
    cancel_section(section, by=None)
    row.refresh_from_db()
    assert row.state == "dropped"


def test_the_roster_shows_it_and_the_pages_keep_and_drop_it(client, section, rita):
    client.force_login(rita)
    roster = reverse("students:roster", args=[section.public_id])
    address = reverse("students:pre_enrollment_create", args=[section.public_id])
    when = f"{soon():%Y-%m-%dT%H:%M}"
    assert client.post(address, {"email": "nobody", "expires_at": when}).status_code == 400
    assert client.post(address, {"email": ADDRESS, "expires_at": when}).status_code == 302
    assert client.post(address, {"email": ADDRESS, "expires_at": when}).status_code == 409
    row = PreEnrollment.objects.get()
    drop = reverse("students:pre_enrollment_drop", args=[row.public_id])
    assert drop in client.get(roster).content.decode()
    client.force_login(make_user("oscar@example.org", ["student"]))
    assert (client.get(address).status_code, client.get(drop).status_code) == (403, 404)
    client.force_login(rita)
    assert client.post(drop, {"reason": ""}).status_code == 400
    assert client.post(drop, {"reason": "Not coming"}).status_code == 302
    client.get(roster)
    assert ADDRESS not in client.get(roster).content.decode()


def test_scripts_keep_and_drop_it(client, section, rita):
    client.force_login(rita)
    sent = {"section": str(section.public_id), "email": ADDRESS, "expires_at": soon().isoformat()}
    made = client.post("/api/v1/pre-enrollments/", sent, content_type="application/json").json()
    assert (made["email"], made["state"]) == (ADDRESS, "held")
    again = client.post("/api/v1/pre-enrollments/", sent, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "seat_kept")
    address = f"/api/v1/pre-enrollments/{made['id']}/"
    dropped = client.post(f"{address}drop/", {"reason": "Not coming"}, content_type="application/json")
    assert dropped.json()["state"] == "dropped"
    client.force_login(make_user("oscar@example.org", ["student"]))
    assert client.get(address).status_code == 403
