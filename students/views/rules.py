"""What the office sets for one section: restrictions, reserved seats, and the permissions that were given."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict
from courses.models import Section
from students import operations
from students.models import Override, Restriction, SeatReservation
from students.policies import can_edit_registration, can_grant_override, rights_in
from students.queries.section_rules import rules_of
from students.rule_forms import BackForm, ReservationForm, RestrictionForm
from students.views.sections import done, form_status, links_of, posted, visible_section


def _office(request):
    if not can_edit_registration(request.user):
        raise PermissionDenied


def _back(section):
    return redirect("students:section_rules", section.public_id)


@login_required
def section_rules(request, public_id):
    """Everything that stands between students and a seat here, besides their own record."""
    _office(request)
    section = visible_section(request, public_id)
    context = {
        "section": section,
        "rules": rules_of(section),
        "links": links_of(request.user, rights_in(request.user, section)),
        "may_revoke": can_grant_override(request.user, section),
    }
    return render(request, "students/section_rules.html", context)


@login_required
def restriction_add(request, public_id):
    _office(request)
    section = visible_section(request, public_id)
    form = RestrictionForm(posted(request))
    if done(request, form, lambda: operations.restrict(form.target(section), by=request.user, **form.given())):
        messages.success(request, _("The restriction holds from now on; seats that were taken stay."))
        return _back(section)
    return _form(request, section, form, _("Restrict who may take it"), _("Restrict"))


@login_required
def reservation_add(request, public_id):
    _office(request)
    section = visible_section(request, public_id)
    form = ReservationForm(posted(request))
    if done(request, form, lambda: operations.reserve_seats(section, by=request.user, **form.given())):
        messages.success(request, _("The seats are reserved."))
        return _back(section)
    return _form(request, section, form, _("Reserve seats"), _("Reserve"))


def _form(request, section, form, title, label):
    context = {"section": section, "form": form, "title": title, "label": label}
    return render(request, "students/section_rule_form.html", context, status=form_status(form))


@require_POST
@login_required
def restriction_remove(request, public_id):
    """Take a restriction away; whoever waits and was held back by it is tried again."""
    _office(request)
    row = get_object_or_404(Restriction.objects.select_related("course", "section"), public_id=public_id)
    operations.lift_restriction(row, by=request.user)
    messages.success(request, _("The restriction is lifted."))
    form = BackForm(request.POST)
    key = form.cleaned_data["section"] if form.is_valid() else None
    return redirect("students:section_rules", key) if key else redirect("students:class_search")


@require_POST
@login_required
def reservation_release(request, public_id):
    """Give what is left of reserved seats to everybody now."""
    _office(request)
    found = SeatReservation.objects.filter(section__in=Section.objects.visible_to(request.user))
    row = get_object_or_404(found.select_related("section"), public_id=public_id)
    operations.release_seats(row, by=request.user)
    messages.success(request, _("What is left of these seats is for everybody now."))
    return _back(row.section)


@require_POST
@login_required
def override_revoke(request, public_id):
    """End an unused permission; whoever got in by it stays."""
    found = Override.objects.visible_to(request.user).select_related("student__user", "section")
    row = get_object_or_404(found, public_id=public_id)
    if not can_grant_override(request.user, row.section):
        raise PermissionDenied
    try:
        operations.revoke_override(row, by=request.user)
    except Conflict as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _("The permission is ended."))
    return _back(row.section)
