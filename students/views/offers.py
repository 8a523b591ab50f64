"""A seat that is offered: see it, take it or leave it; and one class for another. Every deed is a POST."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.forms import refuse
from core.problems import status_of
from students import operations
from students.errors import MayNotEnroll, MayNotManageLine
from students.forms import ReasonForm, SwapForm
from students.models import WaitlistEntry
from students.policies import can_enroll, can_leave_line
from students.queries.class_search import pattern_text
from students.queries.enrollments import position_text, swappable
from students.queries.registration import registration_check
from students.queries.seats import position, seats
from students.views.classes import reader
from students.views.enrollments import joined_text
from students.views.sections import form_status, posted, visible_section


def _entry(request, public_id, policy, refusal):
    entries = WaitlistEntry.objects.visible_to(request.user).select_related(
        "student__user", "section__course__subject", "section__term", "section__cross_list_group",
        "swap_enrollment__section__course__subject", "swap_enrollment__section__term",
    )  # fmt: skip
    entry = get_object_or_404(entries, public_id=public_id)
    if not policy(request.user, entry):
        raise refusal
    return entry


def _may_accept(user, entry):
    return can_enroll(user, entry.student, entry.section)


@login_required
def entry_offer(request, public_id):
    """What is offered until when, with a button to take it and one to leave it. The mail leads here."""
    return _show(request, _entry(request, public_id, _may_accept, MayNotEnroll()))


def _show(request, entry, refusal=None):
    now = timezone.now()
    is_open = entry.status == WaitlistEntry.Status.OFFERED and now < entry.offer_expires_at
    zone = timezone.get_current_timezone_name()
    context = {
        "entry": entry,
        "section": entry.section,
        "own": entry.student.user_id == request.user.pk,
        "is_open": is_open,
        "has_ended": entry.status == WaitlistEntry.Status.OFFERED and not is_open,
        "place": position_text(position(entry)),
        # What is given up with it cannot be left out of a question that writes nothing.
        "check": registration_check(entry.student, entry.section, now)
        if is_open and not entry.swap_enrollment
        else None,
        "meetings": [text for row in entry.section.patterns.order_by("pk") if (text := pattern_text(row, zone))],
        "refusal": refusal,
        "now": now,
    }
    return render(request, "students/entry_offer.html", context, status=status_of(refusal) if refusal else 200)


@require_POST
@login_required
def entry_accept(request, public_id):
    entry = _entry(request, public_id, _may_accept, MayNotEnroll())
    try:
        operations.accept_offer(entry, by=request.user)
    except Conflict as exc:
        entry.refresh_from_db(fields=["status"])
        return _show(request, entry, exc)
    messages.success(request, _("The seat in %(section)s is taken.") % {"section": entry.section})
    return redirect("students:section_detail", entry.section.public_id)


@login_required
def entry_decline(request, public_id):
    """Ask once more, then let the seat go to the next in line."""
    entry = _entry(request, public_id, can_leave_line, MayNotManageLine())
    own = entry.student.user_id == request.user.pk
    form = ReasonForm(posted(request), required=not own)
    if request.method == "POST" and form.is_valid():
        try:
            operations.decline_offer(entry, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(
                request, _("The seat in %(section)s goes to the next in line.") % {"section": entry.section}
            )
            return redirect("students:section_detail", entry.section.public_id)
    context = {"entry": entry, "form": form, "own": own}
    return render(request, "students/entry_decline.html", context, status=form_status(form))


@login_required
def section_swap(request, public_id):
    """Give up one class for this one: at once while a seat is free, else when the line gives it."""
    section = visible_section(request, public_id)
    student = reader(request.user)
    if student is None or not can_enroll(request.user, student, section):
        raise MayNotEnroll()
    form = SwapForm(posted(request), student=student, section=section)
    found = seats(section)
    waits = not found.has_free or found.waiting > 0
    if request.method == "POST" and form.is_valid():
        try:
            return _swap(request, form.cleaned_data["swap"], section, waits=request.POST.get("act") == "wait")
        except DomainError as exc:
            refuse(form, exc)
    context = {"section": section, "form": form, "seats": found, "waits": waits}
    context["has_classes"] = swappable(student, section).exists()
    return render(request, "students/section_swap.html", context, status=form_status(form))


def _swap(request, enrollment, section, *, waits):
    if waits:
        student = enrollment.student
        entry = operations.join_waitlist(student, section, by=request.user, swap=enrollment)
        messages.success(request, joined_text(entry) % {"section": section})
    else:
        operations.swap(enrollment, section, by=request.user)
        text = _("You are enrolled in %(section)s and no longer in %(old)s.")
        messages.success(request, text % {"section": section, "old": enrollment.section})
    return redirect("students:section_detail", section.public_id)
