"""The pages on which the registrar plans, changes, moves and cancels; what is refused is said on the form."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, rita
from courses.operations import cross_list
from courses.tests.makers import make_section
from scheduling.models import ConflictOverride, Meeting, MeetingPattern
from scheduling.tests.makers import make_building, make_pattern, make_room

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2031, 9, 1), date(2031, 12, 12)
PLAN = {
    "days": ["0", "2"], "start_time": "10:00", "end_time": "10:50", "start_date": "2031-09-01",
    "end_date": "2031-12-12", "interval_weeks": "1", "kind": "class", "schedule_type": "LE",
}  # fmt: skip


def url(name, row):
    return reverse(f"scheduling:{name}", args=[row.public_id])


def section(**more):
    return make_section(start_date=FIRST, end_date=LAST, **more)


def codes(response):
    """Return the codes of what is said on the form, by field."""
    assert response.status_code == 200
    return {
        name: [error.code for error in errors] for name, errors in response.context["form"].errors.as_data().items()
    }


@pytest.fixture
def office(client):
    client.force_login(rita())
    return client


@pytest.mark.row("S01")
def test_the_registrar_plans_meetings_in_a_room_typed_by_hand(office):
    one, room = section(instructor=ivan()), make_room("101", make_building("OAK"))
    page = office.get(url("pattern_create", one))
    initial = page.context["form"].initial
    assert (initial["start_date"], initial["end_date"]) == (FIRST, LAST)
    assert initial["instructors"] == [ivan().public_id]
    data = PLAN | {"room": "oak  101", "instructors": [str(ivan().public_id)]}
    done = office.post(url("pattern_create", one), data, follow=True)
    assert "30 meetings are planned." in done.content.decode()
    pattern = MeetingPattern.objects.get()
    assert (pattern.days, pattern.room, pattern.start_time) == (0b101, room, time(10))
    assert list(pattern.instructors.all()) == [ivan()]
    shown = office.get(url("section_meetings", one)).content.decode()
    assert "Mon, Wed 10:00\N{EN DASH}10:50" in shown
    assert len(office.get(url("section_meetings", one)).context["coming"]) == 30


def test_meetings_can_be_left_to_be_arranged(office):
    one = section()
    data = {"is_tba": "on", "interval_weeks": "1", "kind": "class", "days": ["0"], "start_time": "10:00"}
    assert office.post(url("pattern_create", one), data).status_code == 302
    pattern = MeetingPattern.objects.get()
    assert (pattern.is_tba, pattern.days, pattern.start_time) == (True, 0, None)
    assert "To be arranged" in office.get(url("section_meetings", one)).content.decode()


@pytest.mark.row("S03", "S12")
def test_a_taken_room_is_refused_by_name_and_link_and_nothing_typed_is_lost(office):
    room, other = make_room("101", make_building("OAK")), section()
    make_pattern(other, "M", room=room)
    one = section()
    page = office.post(url("pattern_create", one), PLAN | {"room": "OAK 101"})
    assert codes(page) == {"room": ["room_taken"]}
    text = page.content.decode()
    assert f'<a href="/classes/{other.public_id}/">{other}</a>' in text
    assert 'name="clash_reason"' in text
    assert all(f'value="{value}"' in text for value in ("10:00", "10:50", "2031-09-01", "OAK 101", "LE"))
    assert not one.patterns.exists()
    kept = office.post(url("pattern_create", one), PLAN | {"room": "OAK 101", "clash_reason": "Outdoors"})
    assert kept.status_code == 302
    assert ConflictOverride.objects.filter(reason="Outdoors", by=rita()).count() == 15


@pytest.mark.row("S12")
def test_a_refusal_offers_rooms_that_are_free_at_these_times_and_large_enough(office):
    oak, elm = make_building("OAK"), make_building("ELM")
    wanted, also, small = (make_room(code, oak, seats) for code, seats in (("1", 50), ("2", 60), ("3", 20)))
    free, nearer = make_room("9", elm, 45), make_room("4", oak, 90)
    make_room("8", elm, 45, is_active=False)
    for room in (wanted, also):
        make_pattern(section(capacity=10), "W", room=room)
    make_pattern(section(capacity=10), "T", room=nearer)
    page = office.post(url("pattern_create", section(capacity=40)), PLAN | {"room": "OAK 1"})
    assert page.context["form"].free == [nearer, free]
    assert "Free at these times:" in page.content.decode()
    assert small not in page.context["form"].free
    meeting = make_pattern(section(capacity=40), "F", room=nearer).meetings.first()
    data = {"day": "2031-09-03", "start_time": "10:30", "end_time": "11:30", "room": "OAK 2", "reason": "x"}
    assert office.post(url("meeting_move", meeting), data).context["form"].free == [nearer, free]


@pytest.mark.row("S04", "S12")
def test_a_taken_instructor_is_refused_on_the_instructors(office):
    make_pattern(section(), "M", instructors=[ivan()])
    one = section(instructor=ivan())
    page = office.post(url("pattern_create", one), PLAN | {"instructors": [str(ivan().public_id)]})
    assert codes(page) == {"instructors": ["instructor_taken"]}


@pytest.mark.row("S06")
def test_a_small_room_is_used_anyway_with_a_reason(office):
    make_room("1", make_building("OAK"), capacity=10)
    one = section(capacity=11)
    page = office.post(url("pattern_create", one), PLAN | {"room": "OAK 1"})
    assert codes(page) == {"room": ["room_too_small"]}
    assert 'name="capacity_reason"' in page.content.decode()
    done = office.post(url("pattern_create", one), PLAN | {"room": "OAK 1", "capacity_reason": "Half attend online"})
    assert done.status_code == 302
    assert MeetingPattern.objects.get().capacity_reason == "Half attend online"


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"room": "OAK"}, "room", "several"),
        ({"room": "ELM 9"}, "room", "unknown_room"),
        ({"room": "x" * 81}, "room", "max_length"),
        ({"days": []}, "days", "required"),
        ({"days": ["9"]}, "days", "invalid_choice"),
        ({"start_time": "25:00"}, "start_time", "invalid"),
        ({"start_time": ""}, "start_time", "required"),
        ({"end_time": "09:00"}, "__all__", None),
        ({"end_date": "2031-08-01"}, "__all__", None),
        ({"end_date": "2099-08-01"}, "end_date", None),
        ({"start_date": "soon"}, "start_date", "invalid"),
        ({"interval_weeks": "9"}, "interval_weeks", "invalid_choice"),
        ({"kind": "party"}, "kind", "invalid_choice"),
        ({"instructors": ["00000000-0000-0000-0000-000000000000"]}, "instructors", "invalid_choice"),
        ({"instructors": ["me"]}, "instructors", "invalid"),
    ],
)
def test_what_is_malformed_is_said_on_its_field(office, typed, field, code):
    oak = make_building("OAK")
    for number in "12":
        make_room(number, oak)
    found = codes(office.post(url("pattern_create", section()), PLAN | typed))
    assert field in found
    assert code is None or code in found[field]
    assert not MeetingPattern.objects.exists()


def test_a_pattern_is_changed_and_ended(office):
    one = section(instructor=ivan())
    pattern = make_pattern(one, "MW", instructors=[ivan()])
    page = office.get(url("pattern_edit", pattern))
    assert page.context["form"]["days"].value() == [0, 2]
    data = PLAN | {"days": ["1"], "start_time": "15:00", "end_time": "16:00", "instructors": []}
    assert office.post(url("pattern_edit", pattern), data).status_code == 302
    pattern.refresh_from_db()
    assert (pattern.days, pattern.start_time, pattern.instructors.count()) == (0b10, time(15), 0)
    assert "15 coming meetings will be cancelled" in office.get(url("pattern_end", pattern)).content.decode()
    assert codes(office.post(url("pattern_end", pattern), {"reason": ""})) == {"reason": ["required"]}
    assert office.post(url("pattern_end", pattern), {"reason": "Too few students"}).status_code == 302
    assert set(pattern.meetings.values_list("status", "reason")) == {("cancelled", "Too few students")}


@pytest.mark.row("S08")
def test_one_meeting_is_cancelled_with_its_reason_for_those_who_come(office):
    pattern = make_pattern(section(), "M")
    meeting = pattern.meetings.first()
    assert codes(office.post(url("meeting_cancel", meeting), {"reason": ""})) == {"reason": ["required"]}
    assert office.post(url("meeting_cancel", meeting), {"reason": "The instructor is ill"}).status_code == 302
    assert Meeting.objects.filter(status="cancelled").get() == meeting
    office.force_login(alice())
    shown = office.get(url("section_meetings", pattern.sections.get())).content.decode()
    assert "The instructor is ill" in shown


@pytest.mark.row("S08")
def test_one_meeting_is_moved_on_the_wall_clock_of_its_place(office):
    zone = "America/New_York"
    room = make_room("1", make_building("OAK", zone=zone))
    pattern = make_pattern(section(), "M", room=room)
    meeting = pattern.meetings.first()
    data = {"day": "2031-09-02", "start_time": "18:00", "end_time": "19:00", "room": "", "reason": "Fire drill"}
    assert office.post(url("meeting_move", meeting), data).status_code == 302
    meeting.refresh_from_db()
    assert meeting.starts_at == datetime(2031, 9, 2, 18, tzinfo=ZoneInfo(zone))
    assert (meeting.room, meeting.status, meeting.reason) == (room, "moved", "Fire drill")


@pytest.mark.row("S08", "S12")
def test_a_move_onto_another_class_is_refused_or_kept_with_a_reason(office):
    room, other = make_room("1", make_building("OAK")), section()
    make_pattern(other, "T", room=room)
    meeting = make_pattern(section(), "M", room=room).meetings.first()
    data = {"day": "2031-09-02", "start_time": "10:30", "end_time": "11:00", "room": "OAK 1", "reason": "Holiday"}
    page = office.post(url("meeting_move", meeting), data)
    assert codes(page) == {"room": ["room_taken"]}
    assert f'<a href="/classes/{other.public_id}/">{other}</a>' in page.content.decode()
    assert office.post(url("meeting_move", meeting), data | {"clash_reason": "Outdoors"}).status_code == 302
    assert ConflictOverride.objects.get().reason == "Outdoors"


@pytest.mark.row("R20")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"day": "2027-03-14", "start_time": "02:30", "end_time": "04:00"}, "start_time"),
        ({"day": "2027-03-14", "start_time": "01:30", "end_time": "02:30"}, "end_time"),
        ({"day": "2027-03-15", "start_time": "10:00", "end_time": "09:00"}, "__all__"),
        ({"day": "0001-01-02"}, "__all__"),
        ({"day": "9999-12-30"}, "__all__"),
    ],
)
def test_times_that_cannot_be_are_refused(office, typed, field):
    room = make_room("1", make_building("OAK", zone="America/New_York"))
    meeting = make_pattern(section(), "M", room=room).meetings.first()
    data = {"day": "2031-09-02", "start_time": "18:00", "end_time": "19:00", "reason": "x"} | typed
    page = office.post(url("meeting_move", meeting), data)
    assert field in codes(page)


@pytest.mark.parametrize("name", ["pattern_create", "pattern_edit", "pattern_end", "meeting_move", "meeting_cancel"])
def test_only_the_registrar_plans_and_what_is_hidden_is_not_there(client, name):
    hidden, shown = section(status="planned"), section(instructor=ivan())
    for one, status in ((hidden, 404), (shown, 403)):
        pattern = make_pattern(one, "M", instructors=[ivan()] if one == shown else [])
        row = {"pattern": pattern, "meeting": pattern.meetings.first()}[name.split("_")[0]]
        address = url(name, one if name == "pattern_create" else row)
        client.logout()
        assert client.get(address).status_code == 302
        for person in (alice(), make_user(roles=["instructor"]), *([ivan()] if one == shown else [])):
            client.force_login(person)
            assert client.get(address).status_code == status
            assert client.post(address, PLAN | {"reason": "x"}).status_code == status
    assert set(Meeting.objects.values_list("status", flat=True)) == {"scheduled"}


@pytest.mark.parametrize(("day", "status"), [("0001-01-01", 200), ("9999-12-31", 400)])
def test_the_ends_of_the_calendar_are_refused_without_a_crash(office, day, status):
    meeting = make_pattern(section(), "M").meetings.first()
    data = {"day": day, "start_time": "00:00", "end_time": "00:00", "reason": "x"}
    assert office.post(url("meeting_move", meeting), data).status_code == status
    assert Meeting.objects.get(pk=meeting.pk).status == "scheduled"


@pytest.mark.row("S17", "T05")
def test_cross_listed_sections_are_planned_together_unless_unticked(office):
    one, other, room = section(), section(), make_room("1", make_building("OAK"))
    cross_list([one, other], by=rita(), capacity=None)
    one.refresh_from_db()
    page = office.get(url("pattern_create", one))
    assert page.context["form"]["together"].value() == [other.public_id]
    data = PLAN | {"room": "OAK 1", "together": [str(other.public_id)]}
    assert office.post(url("pattern_create", one), data).status_code == 302
    assert set(room.patterns.get().sections.all()) == {one, other}
    assert room.claims.count() == 30
    assert str(other) in office.get(url("section_meetings", one)).content.decode()
    alone = PLAN | {"room": "", "start_time": "15:00", "end_time": "16:00"}
    assert office.post(url("pattern_create", one), alone).status_code == 302
    assert other.patterns.count() == 1
