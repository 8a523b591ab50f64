"""Buildings and rooms: to read for those who are signed in, to change for the registrar's office."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from courses.forms import ConfirmForm, attempt
from courses.views.shared import allowed_to, page_of
from scheduling import operations
from scheduling.forms import BuildingForm, RoomFilterForm, RoomForm
from scheduling.models import Building, Room
from scheduling.policies import can_edit_rooms, can_resolve_clashes
from scheduling.queries.consequences import coming_in


@login_required
def room_list(request):
    """The rooms, by building and code."""
    form = RoomFilterForm(request.GET)
    rooms = Room.objects.visible_to(request.user)
    rooms = form.kept(rooms) if form.is_valid() else rooms.none()
    rooms = rooms.select_related("building").prefetch_related("features").order_by("building__code", "code", "pk")
    context = {
        "form": form,
        "page_obj": page_of(request, rooms),
        "may_edit": can_edit_rooms(request.user),
        "may_resolve": can_resolve_clashes(request.user),
    }
    return render(request, "scheduling/room_list.html", context)


def room_of(request: Any, public_id: Any) -> Room:
    rooms = Room.objects.visible_to(request.user).select_related("building")
    return get_object_or_404(rooms, public_id=public_id)


@allowed_to(can_edit_rooms)
def room_form(request, public_id=None):
    """Make a room, or change one."""
    room = room_of(request, public_id) if public_id else None
    form = RoomForm(request.POST or None, instance=copy(room))
    if request.method == "POST" and form.is_valid():
        given = form.given() | {"features": form.cleaned_data["features"]}
        if room is None:
            saved = attempt(form, lambda: operations.create_room(by=request.user, **given))
        else:
            saved = attempt(form, lambda: operations.change_room(room, by=request.user, **given))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("scheduling:room_week", saved.public_id)
    return render(request, "scheduling/room_form.html", {"form": form, "room": room})


@allowed_to(can_edit_rooms)
def room_retire(request, public_id):
    """Ask before a room is taken out of use."""
    room = room_of(request, public_id)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST":
        form.is_valid()
        if attempt(form, lambda: operations.change_room(room, by=request.user, is_active=False)) is not None:
            messages.success(request, _("%(name)s is out of use.") % {"name": room})
            return redirect("scheduling:room_week", room.public_id)
    context = {"form": form, "room": room, "coming": coming_in(room)}
    return render(request, "scheduling/room_retire.html", context)


@login_required
def building_list(request):
    """The buildings, with how many rooms are in use in each."""
    in_use = Count("rooms", filter=Q(rooms__is_active=True))
    buildings = Building.objects.annotate(rooms_in_use=in_use).order_by("code")
    context = {"page_obj": page_of(request, buildings), "may_edit": can_edit_rooms(request.user)}
    return render(request, "scheduling/building_list.html", context)


@allowed_to(can_edit_rooms)
def building_form(request, public_id=None):
    """Make a building, or change one."""
    building = get_object_or_404(Building, public_id=public_id) if public_id else None
    form = BuildingForm(request.POST or None, instance=copy(building))
    if request.method == "POST" and form.is_valid():
        if building is None:
            saved = attempt(form, lambda: operations.create_building(by=request.user, **form.given()))
        else:
            saved = attempt(form, lambda: operations.change_building(building, by=request.user, **form.given()))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("scheduling:building_list")
    return render(request, "scheduling/building_form.html", {"form": form, "building": building})
