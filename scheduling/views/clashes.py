"""The clash list, and the page on which clashes of one pattern are accepted."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext

from courses.forms import attempt
from courses.views.shared import PAGE, allowed_to
from scheduling import operations
from scheduling.forms import AcceptForm, ClashFilterForm
from scheduling.models import MeetingPattern
from scheduling.policies import can_resolve_clashes
from scheduling.queries.clashes import clash_lines, named


@allowed_to(can_resolve_clashes)
def clash_list(request):
    """What overlaps: to resolve, or what somebody has accepted."""
    form = ClashFilterForm(request.GET, user=request.user)
    found, state = [], ""
    if form.is_valid():
        data = form.cleaned_data
        state = data["state"]
        found = clash_lines(kind=data["kind"], term=data["term"], accepted=state == "accepted")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "lines": named(list(page), request.user), "state": state}
    return render(request, "scheduling/clash_list.html", context)


@allowed_to(can_resolve_clashes)
def clash_accept(request, public_id):
    """Accept clashes of one pattern, with a reason."""
    pattern = get_object_or_404(MeetingPattern.objects.visible_to(request.user), public_id=public_id)
    found = clash_lines(pattern=pattern)
    lines = named(found, request.user)
    choices = [(line.key, f"{line.what}: {line.other.title}, {line.other.time}") for line in lines]
    form = AcceptForm(request.POST or None, choices=choices)
    if request.method == "POST" and form.is_valid():
        chosen = set(form.cleaned_data["lines"])
        pairs = [pair for line in found if line.key in chosen for pair in line.pairs]
        reason = form.cleaned_data["reason"]
        done = attempt(form, lambda: operations.accept_clashes(pairs, by=request.user, reason=reason))
        if done is not None:
            text = ngettext("The clash on %(n)s date is accepted.", "The clashes on %(n)s dates are accepted.", done)
            messages.success(request, text % {"n": done})
            return redirect("scheduling:clash_list")
    return render(request, "scheduling/clash_accept.html", {"form": form, "lines": lines, "pattern": pattern})
