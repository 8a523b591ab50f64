"""Refusals and lists name what the reader may see and say "Busy" of everything else."""

from datetime import time, timedelta

import pytest

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from appointments import operations as office_hours
from appointments.models import Appointment
from appointments.tests.makers import at, future_day, make_type
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.errors import InstructorTaken, RoomTaken
from scheduling.models import Claim
from scheduling.queries.busy import busy_times, describe
from scheduling.tests.makers import make_pattern, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.row("S12")]


def booked():
    return office_hours.book(make_type(ivan()), alice(), at(9), by=alice(), topic="Private matter")


def names(viewer):
    return {title for title, _url in describe(Claim.objects.filter(source="appointment"), viewer).values()}


@pytest.mark.row("K08")
def test_an_appointment_is_named_to_its_parties_and_busy_to_everyone_else():
    item = booked()
    assert names(alice()) == {"Appointment with Ivan Example"}
    assert names(ivan()) == {"Appointment with Alice Example"}
    for other in (oscar(), rita(), make_user(roles=["instructor"])):
        assert names(other) == {"Busy"}
    claims = list(Claim.objects.filter(source="appointment"))
    assert {url for _title, url in describe(claims, rita()).values()} == {""}
    assert {url for _title, url in describe(claims, alice()).values()} == {f"/appointments/{item.public_id}/"}


def test_the_system_itself_names_no_party():
    booked()
    assert names(None) == {"Appointment"}


def test_a_group_is_named_to_its_host_by_what_they_came_for(django_assert_num_queries):
    type = make_type(ivan(), seats=5, title="Lab help")
    for student in (alice(), make_user(roles=["student"])):
        office_hours.book(type, student, at(9), by=student)
    host = list(Claim.objects.filter(person=ivan()))
    assert [title for title, _url in describe(host, ivan()).values()] == ["Lab help"]
    assert [title for title, _url in describe(host, alice()).values()] == ["Appointment with Ivan Example"]
    reader = ivan()
    with django_assert_num_queries(3):
        describe(host, reader)


def test_the_registrar_is_told_that_the_instructor_is_busy_and_not_with_whom():
    booked()
    day = future_day()
    with pytest.raises(InstructorTaken) as caught:
        make_pattern(
            make_section(), "MTWRFSU", time(9), time(10), instructors=[ivan()], by=rita(),
            start_date=day, end_date=day + timedelta(days=1), room=None,
        )  # fmt: skip
    assert (caught.value.facts["event"], caught.value.facts["url"]) == ("Busy", "")
    assert "Alice" not in str(caught.value)


def test_a_hidden_class_is_busy_to_those_who_may_not_see_it():
    room, hidden = make_room(), make_section(status="planned")
    day = future_day()
    make_pattern(hidden, "MTWRFSU", room=room, start_date=day, end_date=day)
    claims = list(Claim.objects.all())
    assert list(describe(claims, oscar()).values()) == [("Busy", "")]
    assert list(describe(claims, rita()).values()) == [(str(hidden), f"/classes/{hidden.public_id}/")]
    with pytest.raises(RoomTaken) as caught:
        make_pattern(make_section(), "MTWRFSU", room=room, start_date=day, end_date=day, by=rita())
    assert caught.value.facts["event"] == str(hidden)


def test_busy_times_are_named_for_the_viewer():
    booked()
    span = (at(8), at(12))
    seen = {viewer: {busy.title for busy in busy_times([ivan()], *span, viewer)} for viewer in (alice(), rita())}
    assert seen == {alice(): {"Appointment with Ivan Example"}, rita(): {"Busy"}}
    assert Appointment.objects.count() == 1
    operations.release([claim.pk for claim in Claim.objects.all()])
    assert busy_times([ivan()], *span) == []
