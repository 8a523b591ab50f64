"""Who is in a section, for those who teach it and for staff."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone

from accounts.models import RecordAccess
from accounts.operations import note_access
from core.history import route_of
from students.errors import MayNotSeeRoster
from students.models import PreEnrollment
from students.policies import can_drop_late, can_enroll_others, can_see_records, can_settle, rights_in
from students.queries.roster import roster_of
from students.views.sections import links_of, visible_section

PAGE = 50


@login_required
def roster(request, public_id):
    """The people of a section, 50 a page; assistants see names without addresses and numbers."""
    section = visible_section(request, public_id)
    rights = rights_in(request.user, section)
    if not rights.roster:
        raise MayNotSeeRoster()
    shows_former = request.GET.get("former") == "1"
    page = Paginator(roster_of(section, former=shows_former), PAGE).get_page(request.GET.get("page"))
    people = [enrollment.student.user_id for enrollment in page]
    note_access(people, RecordAccess.What.ROSTER, by=request.user, route=route_of(request))
    sees_records = can_see_records(request.user)
    context = {
        "section": section,
        "page_obj": page,
        "links": links_of(request.user, rights),
        "shows_former": shows_former,
        "shows_contacts": rights.contacts,
        "shows_grades": sees_records or rights.grade,
        "sees_records": sees_records,
        "may_drop": can_drop_late(request.user),
        "may_settle": can_settle(request.user),
        "may_enroll_others": can_enroll_others(request.user, section),
        "kept": PreEnrollment.objects.visible_to(request.user).holding(timezone.now()).filter(section=section),
    }
    return render(request, "students/roster.html", context)
