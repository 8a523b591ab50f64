"""Week timetables of a room, a section and somebody who teaches: as a grid, as a list, and on paper."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import RecordAccess, User
from accounts.operations import note_access
from core.history import route_of
from scheduling.policies import can_edit_rooms, can_see_week_of
from scheduling.queries import grid
from scheduling.views.meetings import section_of
from scheduling.views.rooms import room_of

WORKDAYS, WHOLE_WEEK = 5, 7


def monday_of(request: Any, zone: Any) -> date:
    """Return the Monday of ?week=2031-09-01, else of the present week."""
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
        if not 2000 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        day = timezone.now().astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _week(request: Any, items: list[grid.Item], monday: date, zone: ZoneInfo, **context: Any) -> Any:
    closures = grid.closure_items(monday, zone)
    saturday = monday + timedelta(days=WORKDAYS)
    is_long = any(item.ends_at.astimezone(zone).date() >= saturday for item in items)
    context |= {
        "grid": grid.week_grid([*closures, *items], monday, zone, WHOLE_WEEK if is_long else WORKDAYS),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "previous": monday - timedelta(days=7),
        "next": monday + timedelta(days=7),
        "zone": str(zone),
        "as_list": request.GET.get("view") == "list",
        "is_empty": not items and not closures,
        "has_place": any(item.subtitle for item in items),
    }
    return render(request, "scheduling/week.html", context)


@login_required
def room_week(request, public_id):
    """A week in a room, on its own wall clock."""
    room = room_of(request, public_id)
    zone = ZoneInfo(room.building.zone)
    monday = monday_of(request, zone)
    items = grid.room_week(room, monday, zone, request.user)
    context = {"title": str(room), "room": room, "may_edit": can_edit_rooms(request.user)}
    return _week(request, items, monday, zone, **context)


@login_required
def section_week(request, public_id):
    """A week of a section, in the reader's zone."""
    section = section_of(request, public_id)
    zone = _reader_zone()
    monday = monday_of(request, zone)
    items = grid.section_week(section, monday, zone, request.user)
    back = reverse("scheduling:section_meetings", args=[section.public_id])
    return _week(request, items, monday, zone, title=f"{section}, {section.name}", meetings_href=back)


@login_required
def instructor_week(request, public_id):
    """A week of somebody who teaches, for that person and for those who look after timetables."""
    person = get_object_or_404(User, public_id=public_id)
    if not can_see_week_of(request.user, person):
        # Whether there is such a person is nobody else's business.
        raise Http404
    note_access([person.pk], RecordAccess.What.TIMETABLE, by=request.user, route=route_of(request))
    zone = _reader_zone()
    monday = monday_of(request, zone)
    items = grid.instructor_week(person, monday, zone, request.user)
    return _week(request, items, monday, zone, title=person.display_name)


def _reader_zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
