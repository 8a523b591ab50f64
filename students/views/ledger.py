"""What happened to a line, for everybody who is signed in."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render

from students.models import WaitlistEntry
from students.policies import can_see_records, rights_in
from students.queries.ledger import earlier_lines, ledger
from students.views.sections import links_of, visible_section

PAGE = 100


@login_required
def section_ledger(request, public_id):
    """The steps of the line, the newest first, by numbers; staff see names and reasons beside them."""
    section = visible_section(request, public_id)
    steps = ledger(section)
    own = WaitlistEntry.objects.filter(section=section, student__user=request.user).values_list("seq", flat=True)
    context = {
        "section": section,
        "page_obj": Paginator(steps[::-1], PAGE).get_page(request.GET.get("page")),
        "own": list(own.order_by("seq")),
        "in_order": all(step.is_in_order for step in steps),
        "earlier": earlier_lines(section),
        "sees_records": can_see_records(request.user),
        "links": links_of(request.user, rights_in(request.user, section)),
    }
    return render(request, "students/section_ledger.html", context)
