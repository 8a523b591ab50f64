"""Make a term from an earlier one: choose, look at what would come, copy all or some, take it back."""

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.forms import refuse
from core.problems import status_of
from courses.views.shared import allowed_to, page_of
from scheduling import operations
from scheduling.forms import ChosenForm, LineFilterForm, RolloverForm
from scheduling.models import Rollover
from scheduling.policies import can_roll_over
from scheduling.queries.rollovers import counts_of
from scheduling.queries.shifts import Shift


def _found(request: Any, public_id: Any) -> Rollover:
    rows = Rollover.objects.visible_to(request.user).select_related("source", "target", "by", "undone_by")
    return get_object_or_404(rows, public_id=public_id)


@allowed_to(can_roll_over)
def rollover_list(request):
    rows = Rollover.objects.visible_to(request.user).select_related("source", "target", "by")
    return render(request, "scheduling/rollover_list.html", {"page_obj": page_of(request, rows)})


@allowed_to(can_roll_over)
def rollover_create(request):
    """Choose; what would come of it is shown before anything is copied."""
    initial = {name: request.GET.get(name) for name in ("source", "target") if request.GET.get(name)}
    chosen = request.GET.getlist("section")
    form = RolloverForm(request.POST or None, user=request.user, initial={**initial, "section": chosen})
    if request.method == "POST" and form.is_valid():
        source, target = form.cleaned_data["source"], form.cleaned_data["target"]
        try:
            rollover = operations.create_rollover(source, target, by=request.user, **form.options())
        except DomainError as exc:
            refuse(form, exc)
        else:
            return redirect("scheduling:rollover_detail", rollover.public_id)
    context = {"form": form, "chosen": len(chosen)}
    return render(request, "scheduling/rollover_form.html", context, status=400 if form.errors else 200)


@allowed_to(can_roll_over)
def rollover_detail(request, public_id):
    return _show(request, _found(request, public_id))


def _show(request: Any, rollover: Rollover, refusal: DomainError | None = None) -> Any:
    wanted = LineFilterForm(request.GET)
    lines = rollover.lines.select_related("section__course__subject", "copy")
    context = {
        "rollover": rollover,
        "page_obj": page_of(request, wanted.kept(lines)),
        "counts": counts_of(rollover),
        "weeks": Shift(rollover.source, rollover.target).weeks,
        "wanted": wanted,
        "refusal": refusal,
    }
    return render(request, "scheduling/rollover_detail.html", context, status=status_of(refusal) if refusal else 200)


@require_POST
@allowed_to(can_roll_over)
def rollover_apply(request, public_id):
    """Copy the chosen sections, or all that can be."""
    rollover = _found(request, public_id)
    lines = ChosenForm(request.POST, rollover=rollover).lines(rollover)
    try:
        rollover = operations.apply_rollover(rollover, by=request.user, lines=lines)
    except DomainError as exc:
        return _show(request, rollover, exc)
    if not rollover.is_busy:
        done = ngettext("%(n)s section is copied.", "%(n)s sections are copied.", rollover.done)
        messages.success(request, done % {"n": rollover.done})
    return redirect("scheduling:rollover_detail", public_id)


@require_POST
@allowed_to(can_roll_over)
def rollover_undo(request, public_id):
    """Take all copies back, or nothing."""
    rollover = _found(request, public_id)
    try:
        rollover = operations.undo_rollover(rollover, by=request.user)
    except DomainError as exc:
        return _show(request, rollover, exc)
    if not rollover.is_busy:
        messages.success(request, _("The copies are gone again."))
    return redirect("scheduling:rollover_detail", public_id)
