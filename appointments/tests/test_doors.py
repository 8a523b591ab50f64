from datetime import timedelta

import icalendar
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.operations import disable_feed, feed_owner, rotate_feed
from accounts.tests.makers import PASSWORD, alice, ivan, make_user, oscar, rita
from appointments import operations
from appointments.models import Appointment, AppointmentType, AvailabilityOverride, AvailabilitySchedule
from appointments.queries.slots import slot_list
from appointments.tests.makers import at, make_type
from courses.tests.makers import add_instructor
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students.tests.makers import make_open_section

pytestmark = pytest.mark.django_db


def signed_in(client, person):
    client.force_login(person)
    return client


def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def deliver_all(kind):
    OutboxMessage.objects.filter(kind=kind).update(not_before=timezone.now() - timedelta(minutes=1))
    for message in OutboxMessage.objects.filter(kind=kind).order_by("pk"):
        deliver(message.pk)


@pytest.mark.row("A06")
def test_an_assistant_keeps_office_hours_while_the_class_goes_on(client):
    section, helper = make_open_section(), make_user(roles=["student"])
    role = add_instructor(section, helper, role="assistant")
    page = reverse("appointments:host_week")
    client = signed_in(client, helper)
    assert page in client.get(reverse("home")).text

    def answers():
        script = api(helper).put(reverse("api-availability"), {"hours": []}, format="json")
        return client.get(page).status_code, script.status_code

    assert answers() == (200, 200)
    section.status = "completed"
    section.save()
    assert answers() == (403, 403)
    section.status, role.role = "open", "grader"
    section.save()
    role.save()
    assert answers() == (403, 403)


@pytest.mark.row("W09")
def test_a_student_books_moves_and_cancels_by_page(client):
    type = make_type(ivan())
    client = signed_in(client, alice())
    assert client.get(reverse("appointments:host_list")).status_code == 200
    assert client.get(reverse("appointments:type_list", args=[ivan().public_id])).status_code == 200
    page = client.get(reverse("appointments:slot_list", args=[type.public_id]))
    assert at(9).isoformat() in page.content.decode()
    book = reverse("appointments:book", args=[type.public_id])
    assert client.get(book, {"starts_at": at(9).isoformat()}).context["check"].ok
    assert client.post(book, {"starts_at": at(9).isoformat(), "topic": "Graphs"}).status_code == 302
    booked = Appointment.objects.get()
    assert booked.topic == "Graphs"
    assert client.get(reverse("appointments:mine")).status_code == 200
    assert client.get(reverse("appointments:appointment_detail", args=[booked.public_id])).status_code == 200
    move = reverse("appointments:appointment_move", args=[booked.public_id])
    assert client.get(move).status_code == 200
    assert client.post(move, {"starts_at": at(10).isoformat()}).status_code == 302
    cancel = reverse("appointments:appointment_cancel", args=[booked.public_id])
    assert client.get(cancel).status_code == 200
    assert client.post(cancel, {"reason": ""}).status_code == 302
    booked.refresh_from_db()
    assert (booked.status, booked.session.starts_at) == ("cancelled_by_student", at(10))


def test_a_taken_time_stays_on_the_form_with_its_reason(client):
    type = make_type(ivan())
    other = make_user(roles=["student"])
    operations.book(type, other, at(9), by=other)
    client = signed_in(client, alice())
    data = {"starts_at": at(9).isoformat(), "topic": "Typed text"}
    page = client.post(reverse("appointments:book", args=[type.public_id]), data)
    assert {e.code for e in page.context["form"].errors.as_data()["starts_at"]} == {"slot_taken"}
    assert "Typed text" in page.content.decode()
    page = client.post(reverse("appointments:book", args=[type.public_id]), {"starts_at": "no time"})
    assert page.status_code == 200


@pytest.mark.row("K08")
def test_an_appointment_is_hidden_from_everybody_else(client):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Private matter")
    for name in ("appointment_detail", "appointment_move", "appointment_cancel"):
        for person in (oscar(), make_user(roles=["student"]), make_user(roles=["instructor"])):
            assert (
                signed_in(client, person).get(reverse(f"appointments:{name}", args=[booked.public_id])).status_code
                == 404
            )
    page = signed_in(client, rita()).get(reverse("appointments:appointment_detail", args=[booked.public_id]))
    assert page.status_code == 200
    assert "Private matter" not in page.content.decode()


@pytest.mark.row("W09", "P01", "P02")
def test_a_host_sets_office_hours_by_page(client):
    client = signed_in(client, ivan())
    assert client.get(reverse("appointments:office_hours")).status_code == 200
    data = {
        "zone": "Europe/Berlin",
        "hours-TOTAL_FORMS": "2",
        "hours-INITIAL_FORMS": "0",
        "hours-0-weekday": "0",
        "hours-0-start_time": "09:00",
        "hours-0-end_time": "11:00",
        "hours-1-weekday": "0",
        "hours-1-start_time": "",
        "hours-1-end_time": "",
    }
    assert client.post(reverse("appointments:office_hours"), data).status_code == 302
    schedule = AvailabilitySchedule.objects.get()
    assert (schedule.zone, schedule.rules.count()) == ("Europe/Berlin", 1)
    day = at(9).date().isoformat()
    data = {"kind": "block", "start_date": day, "end_date": day, "note": "Conference"}
    assert client.post(reverse("appointments:override_add"), data).status_code == 302
    override = AvailabilityOverride.objects.get()
    assert client.get(reverse("appointments:office_hours")).status_code == 200
    assert client.post(reverse("appointments:override_remove", args=[override.public_id])).status_code == 302
    form = client.get(reverse("appointments:type_create")).context["form"]
    data = {n: form[n].value() for n in form.fields if form[n].value() is not False and form[n].value() is not None}
    assert client.post(reverse("appointments:type_create"), data | {"title": "Thesis"}).status_code == 302
    assert AppointmentType.objects.get().host == ivan()
    assert client.get(reverse("appointments:host_week")).status_code == 200


def test_office_hours_are_for_hosts(client):
    client = signed_in(client, alice())
    for name in ("host_week", "office_hours", "type_create", "override_add"):
        assert client.get(reverse(f"appointments:{name}")).status_code == 403


@pytest.mark.row("W09")
def test_the_host_sees_the_bookings_of_the_week(client):
    operations.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Graphs")
    page = signed_in(client, ivan()).get(reverse("appointments:host_week"), {"week": at(9).date().isoformat()})
    assert "Alice Example" in page.content.decode()
    assert "Graphs" in page.content.decode()
    assert page.context["total"] == 1


@pytest.mark.row("X02")
def test_times_are_shown_in_the_zone_of_the_reader_with_its_name(client):
    type = make_type(ivan())
    student = make_user(roles=["student"], time_zone="Asia/Kolkata")
    text = signed_in(client, student).get(reverse("appointments:slot_list", args=[type.public_id])).content.decode()
    assert "Asia/Kolkata" in text
    assert "America/New_York" in text


@pytest.mark.row("W09")
def test_a_script_books_moves_and_cancels():
    type = make_type(ivan())
    client = api(alice())
    url = f"/api/v1/appointment-types/{type.public_id}/slots/"
    answer = client.get(url, {"from": at(9).isoformat(), "to": at(10).isoformat()})
    assert [slot["seats_left"] for slot in answer.json()["slots"]] == [1, 1]
    data = {"type": str(type.public_id), "starts_at": at(9).isoformat()}
    first = client.post("/api/v1/appointments/", data, format="json", headers={"Idempotency-Key": "k1"})
    again = client.post("/api/v1/appointments/", data, format="json", headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    base = f"/api/v1/appointments/{first.json()['id']}/"
    moved = client.post(base + "move/", {"starts_at": at(10).isoformat()}, format="json")
    assert (moved.status_code, moved.json()["ical_sequence"]) == (200, 1)
    assert client.post(base + "cancel/", {}, format="json").json()["status"] == "cancelled_by_student"
    refused = client.post(base + "cancel/", {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "appointment_not_standing")
    assert Appointment.objects.count() == 1


def test_the_api_refuses_what_the_page_refuses_and_hides_what_it_hides():
    type = make_type(ivan())
    other = make_user(roles=["student"])
    booked = operations.book(type, other, at(9), by=other)
    client = api(alice())
    data = {"type": str(type.public_id), "starts_at": at(9).isoformat()}
    refused = client.post("/api/v1/appointments/", data, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_taken")
    assert client.get(f"/api/v1/appointments/{booked.public_id}/").status_code == 404
    assert client.post(f"/api/v1/appointments/{booked.public_id}/cancel/", {}, format="json").status_code == 404
    named = data | {"student": str(other.public_id), "starts_at": at(10).isoformat()}
    assert client.post("/api/v1/appointments/", named, format="json").status_code == 404
    unknown = client.post("/api/v1/appointments/", data | {"colour": "red"}, format="json")
    assert unknown.status_code == 400
    assert client.get(f"/api/v1/appointment-types/{type.public_id}/slots/").status_code == 400
    assert APIClient().get("/api/v1/appointments/").status_code == 401


@pytest.mark.row("W09")
def test_a_script_edits_its_own_availability():
    client = api(ivan())
    data = {"zone": "Europe/Berlin", "hours": [{"weekday": "mon", "start_time": "09:00", "end_time": "11:00"}]}
    answer = client.put("/api/v1/availability/", data, format="json")
    assert (answer.status_code, answer.json()["zone"], len(answer.json()["hours"])) == (200, "Europe/Berlin", 1)
    bad = {"hours": [{"weekday": "mon", "start_time": "11:00", "end_time": "09:00"}]}
    assert client.put("/api/v1/availability/", bad, format="json").status_code == 400
    day = at(9).date().isoformat()
    data = {"kind": "block", "start_date": day, "end_date": day}
    made = client.post("/api/v1/availability/overrides/", data, format="json")
    assert made.status_code == 201
    assert client.delete(f"/api/v1/availability/overrides/{made.json()['id']}/").status_code == 204
    assert client.post("/api/v1/appointment-types/", {"title": "Thesis"}, format="json").status_code == 201
    assert api(alice()).put("/api/v1/availability/", {"hours": []}, format="json").status_code == 403


@pytest.mark.row("K01", "K02")
def test_the_invitation_keeps_its_uid_and_the_sequence_rises(settings):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    deliver_all("appointment_booked")
    moved = operations.move(booked, at(10), by=alice())
    deliver_all("appointment_moved")
    operations.cancel(moved, by=ivan(), reason="Ill")
    deliver_all("appointment_cancelled")
    seen = []
    for message in mail.outbox:
        part = next(p for p in message.message().walk() if p.get_content_type() == "text/calendar")
        calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        event = calendar.walk("VEVENT")[0]
        seen.append((str(calendar["method"]), str(event["uid"]), int(event["sequence"]), message.to[0]))
    uid = str(booked.ical_uid)
    both = ["alice@example.org", "ivan@example.org"]
    steps = [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    assert seen == [(method, uid, sequence, to) for method, sequence in steps for to in both]
    assert "Ill" in mail.outbox[-1].body


@pytest.mark.row("N03")
def test_the_reminder_of_an_earlier_time_is_not_sent():
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    operations.move(booked, at(10), by=alice())
    deliver_all("appointment_reminder")
    states = OutboxMessage.objects.filter(kind="appointment_reminder").order_by("pk").values_list("state", flat=True)
    assert list(states) == ["void", "void", "sent", "sent"]


@pytest.mark.row("K03", "K04", "K07", "K08")
def test_the_feed_shows_ones_own_calendar_in_utc(client):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Private matter")
    other = make_user(roles=["student"])
    hidden = operations.book(make_type(make_user(roles=["instructor"])), other, at(9), by=other)
    secret = rotate_feed(alice(), by=alice())
    answer = client.get(reverse("appointments:feed", args=[secret]))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    text = answer.content.decode()
    assert f"DTSTART:{at(9):%Y%m%dT%H%M%SZ}" in text.replace("\r\n", "\n")
    assert str(booked.ical_uid) in text
    assert str(hidden.ical_uid) not in text
    assert "REFRESH-INTERVAL" in text
    assert "Private matter" not in text
    assert "@example.org" not in text
    assert "ATTENDEE" not in text
    assert "TZID" not in text
    same = client.get(reverse("appointments:feed", args=[secret]), headers={"If-None-Match": answer["ETag"]})
    assert same.status_code == 304


@pytest.mark.row("K03", "R71")
def test_a_replaced_or_unknown_feed_address_is_not_found(client):
    old = rotate_feed(alice(), by=alice())
    new = rotate_feed(alice(), by=alice())
    assert client.get(reverse("appointments:feed", args=[old])).status_code == 404
    assert client.get(reverse("appointments:feed", args=[new])).status_code == 200
    disable_feed(alice(), by=alice())
    assert client.get(reverse("appointments:feed", args=[new])).status_code == 404
    assert client.get(reverse("appointments:feed", args=["guess"])).status_code == 404


@pytest.mark.row("R61")
def test_a_new_feed_asks_for_a_fresh_sign_in_and_switching_it_off_does_not(client):
    client = signed_in(client, alice())
    url = reverse("appointments:feed_settings")
    assert client.post(url, {"deed": "rotate"}).url.startswith(reverse("account_reauthenticate"))
    refused = client.post("/api/v1/feed/")
    assert (refused.status_code, refused.json()["code"]) == (403, "fresh_sign_in_required")
    secret = rotate_feed(alice(), by=alice())
    assert client.post(url, {"deed": "disable"}).status_code == 302
    assert feed_owner(secret) is None
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post("/api/v1/feed/").status_code == 201


@pytest.mark.row("K03")
def test_the_feed_address_is_shown_once(client):
    client = signed_in(client, alice())
    url = reverse("appointments:feed_settings")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get(url).context["address"] == ""
    assert client.post(url, {"deed": "rotate"}).context["address"].endswith(".ics")
    assert client.get(url).context["address"] == ""
    assert client.post(url, {"deed": "disable"}).status_code == 302
    assert client.get(url).context["live"] is None


@pytest.mark.row("K07", "W10")
def test_the_week_shows_appointments(client):
    operations.book(make_type(ivan()), alice(), at(9), by=alice())
    day = at(9).date().isoformat()
    client = signed_in(client, alice())
    for query in ({"week": day}, {"week": day, "view": "list"}, {"week": "nonsense"}):
        assert client.get(reverse("appointments:my_timetable"), query).status_code == 200
    assert (
        "Office hour with Ivan Example"
        in client.get(reverse("appointments:my_timetable"), {"week": day}).content.decode()
    )
    entries = api(alice()).get("/api/v1/timetable/", {"week": day}).json()["entries"]
    assert [entry["kind"] for entry in entries] == ["appointment"]
    assert api(alice()).get("/api/v1/timetable/", {"week": "x"}).status_code == 400


@pytest.mark.row("B01")
def test_the_admin_cancels_by_action_and_writes_nothing_else(client):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    client.force_login(rita())
    url = reverse("admin:appointments_appointment_changelist")
    assert client.get(url).status_code == 200
    client.post(url, {"action": "cancel_appointments", "reason": "Asked for.", "_selected_action": [booked.pk]})
    booked.refresh_from_db()
    assert booked.status == "cancelled_by_host"
    assert client.get(reverse("admin:appointments_appointment_add")).status_code == 403


@pytest.mark.row("K08")
def test_the_admin_does_not_tell_what_an_appointment_is_about(client):
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Private matter")
    client.force_login(rita())
    assert "Private" not in client.get(reverse("admin:appointments_appointment_change", args=[booked.pk])).text
    url = reverse("admin:appointments_appointment_changelist")
    assert client.get(url + "?topic__startswith=Priv").status_code == 400


@pytest.mark.row("K08")
def test_every_list_of_the_admin_opens_and_nothing_is_added_there(client):
    operations.book(make_type(ivan()), alice(), at(9), by=alice())
    client.force_login(rita())
    models = ["appointment", "appointmentevent", "appointmenttype", "availabilityoverride", "availabilityrule",
              "availabilityschedule", "session"]  # fmt: skip
    for model in models:
        assert client.get(reverse(f"admin:appointments_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:appointments_{model}_add")).status_code == 403


@pytest.mark.row("P21", "Z01")
def test_times_of_other_appointments_are_hidden_and_counted():
    operations.book(make_type(ivan()), alice(), at(9), by=alice())
    type = make_type(make_user(roles=["instructor"]))
    found = slot_list(type, alice(), at(8), at(10), now=timezone.now())
    assert ([slot.starts_at for slot in found.slots], found.hidden) == ([at(8), at(8, 30), at(9, 30)], 1)
