"""Pages of rooms and clashes."""

from datetime import date, time

import pytest
from django.urls import reverse

from accounts.tests.makers import oscar, rita
from courses.tests.makers import make_section
from scheduling import operations
from scheduling.models import MeetingPattern
from scheduling.tests.makers import make_pattern, make_room

pytestmark = pytest.mark.django_db
DAY = date(2031, 9, 1)


def test_a_room_shows_its_week(client):
    room, section = make_room(), make_section()
    make_pattern(section, "M", room=room, start_date=DAY, end_date=DAY)
    client.force_login(oscar())
    assert str(room) in client.get(reverse("scheduling:room_list")).content.decode()
    page = client.get(reverse("scheduling:room_week", args=[room.public_id]), {"week": "2031-09-01"})
    assert str(section) in page.content.decode()


@pytest.mark.row("S12")
def test_the_clash_list_names_both_sides_and_is_for_staff(client):
    room, sections = make_room(), [make_section(), make_section()]
    plans = []
    for section in sections:
        fields = {"days": 1, "start_time": time(9), "end_time": time(10), "start_date": DAY, "end_date": DAY}
        pattern = MeetingPattern.objects.create(term=section.term, room=room, **fields)
        pattern.sections.set([section])
        plans.append((pattern, []))
    operations.expand_many(plans)
    client.force_login(rita())
    page = client.get(reverse("scheduling:clash_list")).content.decode()
    assert all(str(section) in page for section in sections)
    client.force_login(oscar())
    assert client.get(reverse("scheduling:clash_list")).status_code == 403
