"""Pages of rooms, their weeks and the clashes."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from scheduling.models import Room
from scheduling.queries.clashes import clashes_of, soft_claims
from scheduling.queries.grid import room_week as week_of_room
from scheduling.queries.grid import week_grid

PAGE = 50


def monday_of(request, zone):
    """Return the Monday of ?week=2031-09-01, else of the present week."""
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
        if not 2000 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        day = timezone.now().astimezone(zone).date()
    return day - timedelta(days=day.weekday())


@login_required
def room_list(request):
    rooms = Room.objects.visible_to(request.user).select_related("building").order_by("building__code", "code", "pk")
    page = Paginator(rooms, PAGE).get_page(request.GET.get("page"))
    return render(request, "scheduling/room_list.html", {"page_obj": page})


@login_required
def room_week(request, public_id):
    rooms = Room.objects.visible_to(request.user).select_related("building")
    room = get_object_or_404(rooms, public_id=public_id)
    zone = ZoneInfo(room.building.zone)
    monday = monday_of(request, zone)
    items = week_of_room(room, monday, zone, request.user)
    context = {
        "room": room,
        "grid": week_grid(items, monday, zone),
        "monday": monday,
        "previous": monday - timedelta(days=7),
        "next": monday + timedelta(days=7),
        "zone": str(zone),
    }
    return render(request, "scheduling/room_week.html", context)


@login_required
def clash_list(request):
    if not request.user.has_perm("scheduling.resolve_clashes"):
        raise PermissionDenied
    page = Paginator(soft_claims(), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "scheduling/clash_list.html", {"page_obj": page, "clashes": clashes_of(list(page), request.user)}
    )
