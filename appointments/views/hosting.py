"""Pages of a host: the week's bookings, office hours, kinds of appointments."""

from datetime import date, datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments import operations
from appointments.forms import HoursFormSet, OverrideForm, ScheduleForm, TypeForm
from appointments.models import Appointment, AppointmentType, AvailabilityOverride, AvailabilitySchedule
from appointments.operations.availability import Hours
from appointments.policies import can_host
from appointments.queries.timetable import entries_for
from appointments.views.week import week_grid
from core.errors import DomainError
from core.recurrence import end_of_day, start_of_day


def host_required(view):
    """A page for those who may offer appointments."""

    @login_required
    def inner(request, *args, **kwargs):
        if not can_host(request.user, request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return inner


def week_of(request):
    """Return the Monday of the week in the address (?week=2026-11-23), else of the present one."""
    try:
        day = date.fromisoformat(request.GET.get("week", ""))
        if not 2000 <= day.year <= 2200:
            raise ValueError
    except ValueError:
        day = timezone.now().astimezone(request.user.zone).date()
    return day - timedelta(days=day.weekday())


def span_of(monday: date, zone) -> tuple[datetime, datetime]:
    return start_of_day(monday, zone), end_of_day(monday + timedelta(days=6), zone)


@host_required
def host_week(request):
    """The bookings of one week, by day."""
    monday = week_of(request)
    zone = request.user.zone
    starts_at, ends_at = span_of(monday, zone)
    bookings = list(
        Appointment.objects.filter(
            session__host=request.user, session__starts_at__lt=ends_at, session__ends_at__gt=starts_at
        )
        .exclude(status="expired")
        .select_related("session__type", "student")
        .order_by("session__starts_at", "pk")
    )
    days = []
    for offset in range(7):
        day = monday + timedelta(days=offset)
        rows = [item for item in bookings if item.session.starts_at.astimezone(zone).date() == day]
        days.append({"day": day, "bookings": rows})
    taken = [entry for entry in entries_for(request.user, starts_at, ends_at) if entry.kind == "appointment"]
    context = {
        "grid": week_grid(taken, monday, zone),
        "days": days,
        "total": sum(item.status == "confirmed" for item in bookings),
        "asked": Appointment.objects.pending(timezone.now())
        .filter(session__host=request.user)
        .select_related("session__type", "student")
        .order_by("hold_expires_at", "pk"),
        "monday": monday,
        "previous": monday - timedelta(days=7),
        "next": monday + timedelta(days=7),
        "zone": str(zone),
        "types": AppointmentType.objects.filter(host=request.user),
    }
    return render(request, "appointments/host_week.html", context)


def _schedule(request) -> AvailabilitySchedule | None:
    return AvailabilitySchedule.objects.filter(host=request.user).first()


@host_required
def office_hours(request):
    """Weekly hours as rows, with the overrides and the types beside them."""
    schedule = _schedule(request)
    rules = list(schedule.rules.all()) if schedule else []
    initial = [
        {name: getattr(rule, name) for name in ("weekday", "start_time", "end_time", "start_date", "end_date")}
        for rule in rules
    ]
    formset = HoursFormSet(request.POST or None, initial=initial, prefix="hours")
    zone_form = ScheduleForm(request.POST or None, instance=schedule, initial={"zone": str(request.user.zone)})
    # Both are asked, so that all mistakes are shown at once.
    if request.method == "POST" and all([formset.is_valid(), zone_form.is_valid()]):
        try:
            with transaction.atomic():
                own = operations.ensure_schedule(request.user, by=request.user)
                operations.change_schedule(own, by=request.user, zone=zone_form.cleaned_data["zone"])
                operations.set_weekly_hours(own, [Hours(**row) for row in formset.kept()], by=request.user)
        except (DomainError, ValidationError) as exc:
            text = "; ".join(exc.messages) if isinstance(exc, ValidationError) else str(exc)
            formset._non_form_errors = formset.error_class([text])
        else:
            messages.success(request, _("Office hours saved. What is booked already stays."))
            return redirect("appointments:office_hours")
    context = {
        "schedule": schedule,
        "formset": formset,
        "zone_form": zone_form,
        "overrides": schedule.overrides.filter(end_date__gte=timezone.now().date()) if schedule else [],
        "types": AppointmentType.objects.filter(host=request.user),
    }
    return render(request, "appointments/office_hours.html", context)


@host_required
def override_add(request):
    form = OverrideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            schedule = operations.ensure_schedule(request.user, by=request.user)
            operations.add_override(schedule, by=request.user, **form.cleaned_data)
        except ValidationError as exc:
            form.add_error(None, exc.messages)
        else:
            messages.success(request, _("Saved. What is booked already stays; move or cancel it where needed."))
            return redirect("appointments:office_hours")
    return render(request, "appointments/override_form.html", {"form": form})


@host_required
@require_POST
def override_remove(request, public_id):
    override = get_object_or_404(AvailabilityOverride, public_id=public_id, schedule__host=request.user)
    operations.remove_override(override, by=request.user)
    messages.success(request, _("Removed. The weekly hours hold again."))
    return redirect("appointments:office_hours")


@host_required
def type_form(request, public_id=None):
    """Make or change a kind of appointment."""
    own = AppointmentType.objects.filter(host=request.user)
    type = get_object_or_404(own, public_id=public_id) if public_id else None
    form = TypeForm(request.POST or None, instance=type, host=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            if type is None:
                operations.create_type(request.user, by=request.user, **form.cleaned_data)
            else:
                operations.change_type(type, by=request.user, **form.cleaned_data)
        except ValidationError as exc:
            form.add_error(None, exc.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect("appointments:office_hours")
    return render(request, "appointments/type_form.html", {"form": form, "type": type})


@host_required
@require_POST
def type_archive(request, public_id):
    type = get_object_or_404(AppointmentType, public_id=public_id, host=request.user)
    operations.archive_type(type, by=request.user)
    messages.success(request, _("Not offered any more. What is booked stays."))
    return redirect("appointments:office_hours")


@host_required
@require_POST
def type_offer(request, public_id):
    type = get_object_or_404(AppointmentType, public_id=public_id, host=request.user)
    operations.offer_again(type, by=request.user)
    messages.success(request, _("Offered again."))
    return redirect("appointments:office_hours")
