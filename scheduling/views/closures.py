"""Days on which nothing meets; what follows is said before it is done."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.forms import ConfirmForm, attempt
from courses.views.shared import allowed_to, page_of
from scheduling import operations
from scheduling.forms import ClosureForm
from scheduling.models import Closure
from scheduling.policies import can_edit_rooms
from scheduling.queries.consequences import ClosureEffect, of_closure


@login_required
def closure_list(request):
    """Closures, those to come first."""
    today = timezone.localdate()
    rows = Closure.objects.order_by("start_date", "pk")
    context = {
        "coming": rows.filter(end_date__gte=today),
        "page_obj": page_of(request, rows.filter(end_date__lt=today).reverse()),
        "may_edit": can_edit_rooms(request.user),
    }
    return render(request, "scheduling/closure_list.html", context)


@allowed_to(can_edit_rooms)
def closure_form(request, public_id=None):
    """Close days, or move a closure to other days: first what follows, then the deed."""
    closure = get_object_or_404(Closure, public_id=public_id) if public_id else None
    form = ClosureForm(request.POST or None, instance=copy(closure))
    effect = None
    if request.method == "POST" and form.is_valid():
        if form.is_sure():
            done = attempt(form, lambda: _close(request, closure, form))
            if done is not None:
                return redirect("scheduling:closure_list")
        else:
            effect = in_words(of_closure(closure, form.days()))
    return render(request, "scheduling/closure_form.html", {"form": form, "closure": closure, "effect": effect})


def _close(request: Any, closure: Closure | None, form: ClosureForm) -> bool:
    if closure is None:
        operations.add_closure(form.cleaned_data["name"], *form.days(), by=request.user)
        messages.success(request, _("%(name)s is closed.") % {"name": form.cleaned_data["name"]})
    else:
        clashes = operations.move_closure(closure, *form.days(), by=request.user)
        messages.success(request, _("%(name)s is moved.") % {"name": closure})
        _warn(request, len(clashes))
    return True


@allowed_to(can_edit_rooms)
def closure_remove(request, public_id):
    """Ask before the days are opened again."""
    closure = get_object_or_404(Closure, public_id=public_id)
    form = ConfirmForm(request.POST or None)
    if request.method == "POST":
        form.is_valid()
        clashes = attempt(form, lambda: operations.remove_closure(closure, by=request.user))
        if clashes is not None:
            messages.success(request, _("%(name)s is no closure any more.") % {"name": closure})
            _warn(request, len(clashes))
            return redirect("scheduling:closure_list")
    effect = in_words(of_closure(closure, None))
    return render(request, "scheduling/closure_remove.html", {"form": form, "closure": closure, "effect": effect})


def _warn(request: Any, clashes: int) -> None:
    if clashes:
        text = ngettext(
            "%(n)s claim clashes now; see the list of clashes.",
            "%(n)s claims clash now; see the list of clashes.",
            clashes,
        )
        messages.warning(request, text % {"n": clashes})


def in_words(effect: ClosureEffect) -> str:
    """Say what follows, a sentence for each kind of thing that does."""
    said = []
    if effect.cancelled:
        text = ngettext("%(n)s meeting will be cancelled.", "%(n)s meetings will be cancelled.", effect.cancelled)
        said.append(text % {"n": effect.cancelled})
    if effect.standing_again:
        text = ngettext("%(n)s meeting will stand again.", "%(n)s meetings will stand again.", effect.standing_again)
        said.append(text % {"n": effect.standing_again})
    return " ".join(said) or _("No meeting is touched.")
