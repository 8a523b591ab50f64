"""When and where a section meets: to read for who may see it, to plan and change for the registrar's office."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.forms import attempt as plainly
from courses.models import Section
from scheduling import operations
from scheduling.forms import MoveForm, PatternForm, ReasonForm, attempt
from scheduling.models import Meeting, MeetingPattern, Room
from scheduling.policies import can_edit_meetings, can_resolve_clashes, can_see_any_week
from scheduling.queries.meetings import coming_of, meetings_of_section

# A list of suggestions for the browser; past this many it would weigh more than it helps.
SUGGESTED = 1_000
OVER = {Section.Status.CANCELLED, Section.Status.COMPLETED}


def section_of(request: Any, public_id: Any) -> Section:
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term")
    return get_object_or_404(sections, public_id=public_id)


@login_required
def section_meetings(request, public_id):
    """The patterns of a section and its dated meetings."""
    section = section_of(request, public_id)
    context = {
        "section": section,
        "may_edit": can_edit_meetings(request.user),
        "may_plan": can_edit_meetings(request.user) and section.status not in OVER,
        "may_resolve": can_resolve_clashes(request.user),
        "may_see_weeks": can_see_any_week(request.user),
    }
    return render(request, "scheduling/section_meetings.html", context | meetings_of_section(section, request.user))


def _editable(request: Any, rows: Any, public_id: Any) -> Any:
    """Return the row of the address: 404 when it is hidden, 403 for those who may only read it."""
    row = get_object_or_404(rows.visible_to(request.user), public_id=public_id)
    if not can_edit_meetings(request.user):
        raise PermissionDenied
    return row


def _section_shown(request: Any, pattern: MeetingPattern) -> Section:
    """Return the section to go back to: the one that was come from, else the first that is seen."""
    sections = (
        Section.objects.visible_to(request.user).filter(patterns=pattern).select_related("course__subject", "term")
    )
    wanted = request.GET.get("section", "")
    return next((one for one in sections if str(one.public_id) == wanted), None) or sections[0]


def _rooms() -> Any:
    return Room.objects.filter(is_active=True).select_related("building")[:SUGGESTED]


@login_required
def pattern_create(request, public_id):
    """Plan when and where a section meets."""
    section = section_of(request, public_id)
    if not can_edit_meetings(request.user):
        raise PermissionDenied
    form = PatternForm(request.POST or None, section=section)
    if request.method == "POST" and form.is_valid():

        def deed() -> MeetingPattern:
            return operations.schedule_pattern(form.sections(), by=request.user, **form.given())

        saved = attempt(form, deed, may_resolve=can_resolve_clashes(request.user))
        if saved is not None:
            messages.success(request, _planned(saved))
            return redirect("scheduling:section_meetings", section.public_id)
    context = {"form": form, "section": section, "pattern": None, "rooms": _rooms()}
    return render(request, "scheduling/pattern_form.html", context)


def _planned(pattern: MeetingPattern) -> str:
    count = pattern.meetings.standing().count()
    if pattern.is_tba:
        return _("The meetings are to be arranged.")
    return ngettext("%(n)s meeting is planned.", "%(n)s meetings are planned.", count) % {"n": count}


@login_required
def pattern_edit(request, public_id):
    """Change a pattern from now on."""
    pattern = _editable(request, MeetingPattern.objects.select_related("room__building"), public_id)
    section = _section_shown(request, pattern)
    form = PatternForm(request.POST or None, section=section, pattern=pattern)
    if request.method == "POST" and form.is_valid():

        def deed() -> MeetingPattern:
            return operations.change_pattern(pattern, by=request.user, **form.given())

        if attempt(form, deed, may_resolve=can_resolve_clashes(request.user)) is not None:
            messages.success(request, _("The meetings are changed from now on."))
            return redirect("scheduling:section_meetings", section.public_id)
    context = {"form": form, "section": section, "pattern": pattern, "rooms": _rooms()}
    return render(request, "scheduling/pattern_form.html", context)


@login_required
def pattern_end(request, public_id):
    """Ask before the coming meetings of a pattern are cancelled."""
    pattern = _editable(request, MeetingPattern.objects.select_related("room__building"), public_id)
    section = _section_shown(request, pattern)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def deed() -> bool:
            operations.cancel_pattern(pattern, by=request.user, reason=form.cleaned_data["reason"])
            return True

        if plainly(form, deed):
            messages.success(request, _("The coming meetings are cancelled."))
            return redirect("scheduling:section_meetings", section.public_id)
    context = {"form": form, "section": section, "coming": coming_of(pattern), "pattern": pattern}
    return render(request, "scheduling/pattern_end.html", context)


@login_required
def meeting_cancel(request, public_id):
    """Ask before one dated meeting is cancelled."""
    meeting = _editable(request, Meeting.objects.select_related("pattern", "room__building"), public_id)
    section = _section_shown(request, meeting.pattern)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def deed() -> Meeting:
            return operations.cancel_meeting(meeting, by=request.user, reason=form.cleaned_data["reason"])

        if plainly(form, deed):
            messages.success(request, _("The meeting is cancelled."))
            return redirect("scheduling:section_meetings", section.public_id)
    return render(request, "scheduling/meeting_cancel.html", {"form": form, "section": section, "meeting": meeting})


@login_required
def meeting_move(request, public_id):
    """Move one dated meeting to another time or room."""
    meeting = _editable(request, Meeting.objects.select_related("pattern", "room__building"), public_id)
    section = _section_shown(request, meeting.pattern)
    form = MoveForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():

        def deed() -> Meeting:
            return operations.move_meeting(meeting, by=request.user, **form.given())

        if attempt(form, deed, may_resolve=can_resolve_clashes(request.user)):
            messages.success(request, _("The meeting is moved."))
            return redirect("scheduling:section_meetings", section.public_id)
    context = {"form": form, "section": section, "meeting": meeting, "zone": str(form.zone), "rooms": _rooms()}
    return render(request, "scheduling/meeting_move.html", context)
