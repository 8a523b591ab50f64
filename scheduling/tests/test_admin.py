"""Rooms and times in the admin: facts are edited, time changes by actions."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import adam, ivan, rita
from courses.tests.makers import make_section
from scheduling.models import Claim, Closure, Meeting, Room
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.row("B01")]
MODELS = [
    "building", "room", "roomfeature", "closure", "meetingpattern", "meeting", "meetinginstructor", "claim",
    "conflictoverride",
]  # fmt: skip
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)


def staff(person):
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    return person


@pytest.fixture
def office(client):
    client.force_login(staff(rita()))
    return client


def planned(**more):
    return make_pattern(make_section(start_date=FIRST, end_date=LAST), "M", **more)


def lists():
    return [reverse(f"admin:scheduling_{name}_changelist") for name in MODELS]


def test_every_model_of_scheduling_is_listed_for_the_registrar_and_nobody_else(client):
    planned(room=make_room(), instructors=[ivan()])
    for person, status in ((rita(), 200), (adam(), 200), (ivan(), 403)):
        client.force_login(staff(person))
        assert {client.get(url).status_code for url in lists()} == {status}


def test_rows_that_hold_time_can_be_read_only(office):
    row = planned(room=make_room(), instructors=[ivan()]).meetings.first()
    for name, key in (("meeting", row.pk), ("meetingpattern", row.pattern_id), ("claim", row.room_claim_id)):
        url = reverse(f"admin:scheduling_{name}_change", args=[key])
        assert office.get(url).status_code == 200
        assert office.post(url, {}).status_code == 403
        assert office.get(reverse(f"admin:scheduling_{name}_add")).status_code == 403
        assert office.get(reverse(f"admin:scheduling_{name}_delete", args=[key])).status_code == 403


def test_a_room_is_made_and_a_second_one_of_its_code_is_refused(office):
    data = {"building": make_building().pk, "code": "101", "name": "", "capacity": 30, "is_active": "on"}
    assert office.post(reverse("admin:scheduling_room_add"), data).status_code == 302
    again = office.post(reverse("admin:scheduling_room_add"), data)
    assert "This building has a room with this code already." in again.content.decode()
    assert Room.objects.count() == 1


@pytest.mark.row("S08")
def test_actions_cancel_one_meeting_and_a_whole_pattern(office):
    one, other = planned(room=make_room()), planned(room=make_room())
    first = one.meetings.first()
    data = {"action": "cancel_meetings", "_selected_action": [first.pk]}
    refused = office.post(reverse("admin:scheduling_meeting_changelist"), data, follow=True)
    assert "Say why, for those who come to this class." in refused.content.decode()
    data["reason"] = "No heating"
    office.post(reverse("admin:scheduling_meeting_changelist"), data)
    data = {"action": "cancel_patterns", "_selected_action": [other.pk], "reason": "No heating"}
    office.post(reverse("admin:scheduling_meetingpattern_changelist"), data)
    assert list(Meeting.objects.filter(status="cancelled", pattern=one)) == [first]
    assert not other.meetings.standing().exists()
    assert Claim.objects.filter(active=True).count() == 14


@pytest.mark.row("S02")
def test_a_closure_cancels_moves_and_opens_by_the_operations(office):
    pattern = planned()
    add = reverse("admin:scheduling_closure_add")
    data = {"name": "Break", "start_date": "2031-10-13", "end_date": "2031-10-13"}
    assert office.post(add, data).status_code == 302
    closure = Closure.objects.get()
    assert pattern.meetings.standing().count() == 14
    change = reverse("admin:scheduling_closure_change", args=[closure.pk])
    assert office.post(change, {"start_date": "2031-10-14", "end_date": "2031-10-14"}).status_code == 302
    assert pattern.meetings.standing().count() == 15
    data = {"action": "remove", "_selected_action": [closure.pk]}
    office.post(reverse("admin:scheduling_closure_changelist"), data)
    assert not Closure.objects.exists()


def test_a_closure_that_ends_before_it_starts_is_refused_on_the_form(office):
    data = {"name": "Break", "start_date": "2031-10-14", "end_date": "2031-10-13"}
    page = office.post(reverse("admin:scheduling_closure_add"), data)
    assert "The last day cannot be before the first." in page.content.decode()
    assert not Closure.objects.exists()


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", MODELS)
def test_lists_ask_as_many_queries_for_three_as_for_thirty(office, name):
    counts = []
    for more in (3, 27):
        for _number in range(more):
            Closure.objects.create(name="Day", start_date=FIRST, end_date=FIRST)
            make_pattern(make_section(), "T", room=make_room(), instructors=[], start_date=FIRST, end_date=LAST)
        office.get(reverse(f"admin:scheduling_{name}_changelist"))
        with CaptureQueriesContext(connection) as seen:
            assert office.get(reverse(f"admin:scheduling_{name}_changelist")).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15
