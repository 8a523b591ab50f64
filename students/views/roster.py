"""Who is in a section, for those who teach it and for staff."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render

from students.errors import MayNotSeeRoster
from students.policies import can_drop_late, can_enroll_others, can_see_contacts, can_see_records, can_see_roster
from students.queries.roster import roster_of
from students.views.sections import section_links, visible_section

PAGE = 50


@login_required
def roster(request, public_id):
    """The people of a section, 50 a page; assistants see names without addresses and numbers."""
    section = visible_section(request, public_id)
    if not can_see_roster(request.user, section):
        raise MayNotSeeRoster()
    shows_former = request.GET.get("former") == "1"
    page = Paginator(roster_of(section, former=shows_former), PAGE).get_page(request.GET.get("page"))
    links = section_links(request.user, section)
    sees_records = can_see_records(request.user)
    context = {
        "section": section,
        "page_obj": page,
        "links": links,
        "shows_former": shows_former,
        "shows_contacts": can_see_contacts(request.user, section),
        "shows_grades": sees_records or links["sheet"],
        "sees_records": sees_records,
        "may_drop": can_drop_late(request.user),
        "may_enroll_others": can_enroll_others(request.user, section),
    }
    return render(request, "students/roster.html", context)
