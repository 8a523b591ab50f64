"""Pages of those who book: hosts, free times, own appointments."""

from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import FormView, ListView

from accounts.models import User
from accounts.operations import done_once
from appointments import operations
from appointments.forms import BookForm, CancelForm, MoveForm
from appointments.models import Appointment, AppointmentType
from appointments.policies import can_answer, can_book, can_restore, is_party
from appointments.queries.booking import acts_for_host, booking_check, cancel_check, move_check, offer_check, stands
from appointments.queries.slots import SlotList, bookable_span, slot_list
from core.errors import DomainError
from core.forms import refuse

WEEKS = 4
RELATED = ("session__type__schedule", "session__type__host", "session__host", "student")


class HostList(LoginRequiredMixin, ListView):
    """People who offer appointments."""

    template_name = "appointments/host_list.html"
    context_object_name = "hosts"
    paginate_by = 50

    def get_queryset(self):
        offered = Q(appointment_types__status="active")
        hosts = User.objects.active().annotate(offers=Count("appointment_types", filter=offered))
        if text := self.request.GET.get("q", "").strip()[:100]:
            hosts = hosts.filter(
                Q(given_name__icontains=text) | Q(family_name__icontains=text) | Q(preferred_name__icontains=text)
            )
        return hosts.filter(offers__gt=0).order_by("family_name", "given_name", "pk")

    def get_context_data(self, **kwargs):
        return super().get_context_data(q=self.request.GET.get("q", "").strip()[:100], **kwargs)


@login_required
def type_list(request, public_id):
    """What one host offers."""
    host = get_object_or_404(User.objects.active(), public_id=public_id)
    types = list(AppointmentType.objects.visible_to(request.user).filter(host=host, status="active"))
    if not types:
        raise Http404
    return render(request, "appointments/type_list.html", {"host": host, "types": types})


def _page_of(request):
    """Return which four weeks are asked for, 0 being those from now on."""
    raw = request.GET.get("page", "0")
    return min(int(raw), 60) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0


def offer(request, type, student, *, moving=None):
    """Return what the list of free times shows, in the viewer's zone and, where it differs, in the host's."""
    now, page = timezone.now(), _page_of(request)
    starts_at = now + timedelta(weeks=WEEKS * page)
    despite_class = bool(request.GET.get("classes")) and type.allow_class_conflict
    check = offer_check(type, student, now=now, moving=moving)
    ends_at = starts_at + timedelta(weeks=WEEKS)
    _opens_at, closes_at = bookable_span(type, student.zone, now)
    found = SlotList([], 0)
    if check.ok:
        found = slot_list(
            type,
            student,
            starts_at,
            ends_at,
            now=now,
            exempt=acts_for_host(request.user, type.host),
            despite_class=despite_class,
            moving=moving,
        )
    zone, host_zone = request.user.zone, ZoneInfo(type.schedule.zone)
    rows = [
        {
            "slot": slot,
            "value": slot.starts_at.isoformat(),
            "local": slot.starts_at.astimezone(zone),
            "local_end": slot.ends_at.astimezone(zone),
            "host_local": slot.starts_at.astimezone(host_zone),
            "clock": clock_of(slot.starts_at, zone),
        }
        for slot in found.slots
    ]
    return {
        "type": type,
        "check": check,
        "is_group": type.seats > 1,
        "chosen": request.POST.get("starts_at", ""),
        "days": [(day, list(items)) for day, items in groupby(rows, key=lambda row: row["local"].date())],
        "hidden": found.hidden,
        "zone": str(zone),
        "host_zone": str(host_zone) if str(host_zone) != str(zone) else "",
        "page": page,
        "previous_page": page - 1 if page else None,
        "next_page": page + 1 if ends_at < closes_at else None,
        "first": starts_at.astimezone(zone).date(),
        "last": ends_at.astimezone(zone).date(),
        # The last day on which a start can lie.
        "until": (closes_at - timedelta(seconds=1)).astimezone(zone).date(),
        "despite_class": despite_class,
    }


def clock_of(at, zone):
    """Return which clock it is, EDT or EST, for a wall time that comes twice; else nothing."""
    local = at.astimezone(zone)
    return local.tzname() if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() else ""


def _type(request, public_id):
    types = AppointmentType.objects.visible_to(request.user).select_related("host", "schedule")
    return get_object_or_404(types, public_id=public_id)


@login_required
def slot_list_page(request, public_id):
    """The free times of one type, as radio buttons."""
    type = _type(request, public_id)
    context = offer(request, type, request.user)
    context["may_book"] = can_book(request.user, type, request.user)
    return render(request, "appointments/slot_list.html", context)


class Book(LoginRequiredMixin, FormView):
    """The chosen time and what it is about."""

    form_class = BookForm
    template_name = "appointments/book.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            self.type = _type(request, kwargs["public_id"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"allow_class_conflict": self.type.allow_class_conflict}

    def get_initial(self):
        return {"starts_at": self.request.GET.get("starts_at", "")[:60]}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | _chosen(self.request, context["form"], self.type, self.request.user)

    def form_valid(self, form):
        key = form.cleaned_data.get("key")
        try:
            booked = done_once(self.request.user, key, lambda: self._book(form)) if key else self._book(form)
        except DomainError as exc:
            refuse(form, exc)
            return self.form_invalid(form)
        if self.type.needs_confirmation:
            messages.success(self.request, _("Asked for. The time is kept for you until the host answers."))
        else:
            messages.success(self.request, _("Booked. A message with the invitation is on its way."))
        return redirect("appointments:appointment_detail", booked)

    def _book(self, form):
        user, data = self.request.user, form.cleaned_data
        more = {"topic": data.get("topic", ""), "despite_class": data.get("despite_class", False)}
        return str(operations.book(self.type, user, data["starts_at"], by=user, **more).public_id)


def _chosen(request, form, type, student, moving=None):
    """Return the chosen time in both zones and every rule about it."""
    field = form.fields["starts_at"]
    try:
        starts_at = field.clean(form["starts_at"].value())
    except Exception:
        starts_at = None
    zone, host_zone = request.user.zone, ZoneInfo(type.schedule.zone)
    context = {"type": type, "zone": str(zone), "starts_at": starts_at}
    if starts_at is not None:
        context |= {
            "local": starts_at.astimezone(zone),
            "local_end": (starts_at + timedelta(minutes=type.duration_minutes)).astimezone(zone),
            "host_local": starts_at.astimezone(host_zone),
            "host_zone": str(host_zone) if str(host_zone) != str(zone) else "",
            "check": booking_check(type, student, starts_at, by=request.user, now=timezone.now(), moving=moving),
        }
    return context


@login_required
def mine(request):
    """One's own appointments, coming and past."""
    now = timezone.now()
    own = Appointment.objects.filter(student=request.user).select_related(*RELATED)
    standing = Q(status__in=["confirmed", "pending", "held"], session__ends_at__gt=now)
    context = {
        "upcoming": own.filter(standing).order_by("session__starts_at"),
        "past": own.exclude(standing).order_by("-session__starts_at")[:50],
        "zone": str(request.user.zone),
    }
    return render(request, "appointments/mine.html", context)


def _appointment(request, public_id):
    shown = Appointment.objects.visible_to(request.user).select_related(*RELATED)
    return get_object_or_404(shown, public_id=public_id)


@login_required
def appointment_detail(request, public_id):
    appointment = _appointment(request, public_id)
    now = timezone.now()
    context = {
        "appointment": appointment,
        "session": appointment.session,
        "type": appointment.session.type,
        "is_party": is_party(request.user, appointment),
        "is_student": appointment.student_id == request.user.pk,
        "move_check": move_check(appointment, by=request.user, now=now),
        "cancel_check": cancel_check(appointment, by=request.user, now=now),
        "may_answer": can_answer(request.user, appointment) and stands(appointment, now),
        "may_restore": appointment.is_cancelled
        and now < appointment.session.starts_at
        and can_restore(request.user, appointment),
        "events": appointment.events.select_related("actor"),
        "zone": str(request.user.zone),
    }
    return render(request, "appointments/appointment_detail.html", context)


class Move(LoginRequiredMixin, FormView):
    """Choose another time for an appointment; the old one is kept until the new one is got."""

    form_class = MoveForm
    template_name = "appointments/appointment_move.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            self.appointment = _appointment(request, kwargs["public_id"])
            self.type = self.appointment.session.type
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        more = {
            "allow_class_conflict": self.type.allow_class_conflict,
            "with_reason": not is_party(self.request.user, self.appointment),
        }
        return super().get_form_kwargs() | more

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context |= offer(self.request, self.type, self.appointment.student, moving=self.appointment)
        leave = move_check(self.appointment, by=self.request.user, now=timezone.now())
        return context | {"appointment": self.appointment, "leave_check": leave}

    def form_valid(self, form):
        data = form.cleaned_data
        try:
            operations.move(
                self.appointment,
                data["starts_at"],
                by=self.request.user,
                despite_class=data.get("despite_class", False),
                reason=data.get("reason", ""),
            )
        except DomainError as exc:
            refuse(form, exc)
            return self.form_invalid(form)
        messages.success(self.request, _("Moved. Both sides get the new time by mail."))
        return redirect("appointments:appointment_detail", self.appointment.public_id)


class Cancel(LoginRequiredMixin, FormView):
    form_class = CancelForm
    template_name = "appointments/appointment_cancel.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            self.appointment = _appointment(request, kwargs["public_id"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        required = self.appointment.student_id != self.request.user.pk
        return super().get_form_kwargs() | {"reason_required": required}

    def get_context_data(self, **kwargs):
        check = cancel_check(self.appointment, by=self.request.user, now=timezone.now())
        more = {"appointment": self.appointment, "check": check, "zone": str(self.request.user.zone)}
        return super().get_context_data(**kwargs) | more

    def form_valid(self, form):
        try:
            operations.cancel(self.appointment, by=self.request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
            return self.form_invalid(form)
        messages.success(self.request, _("Cancelled. The other side is told."))
        return redirect("appointments:appointment_detail", self.appointment.public_id)
