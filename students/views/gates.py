"""Self-enrollment by key, invitation or domain, and seats that are kept for an address."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from courses.models import Section
from students import operations
from students.errors import MayNotEnroll
from students.forms import ReasonForm
from students.models import ClassInvitation, PreEnrollment, SelfEnrollment
from students.policies import can_edit_registration, can_enroll_others
from students.rule_forms import KeyForm, PreEnrollmentForm, SelfEnrollmentForm
from students.views.sections import done, form_status, posted, visible_section


@login_required
def section_key(request, public_id):
    """Show the key of a class; then the seat can be taken on its page."""
    section = visible_section(request, public_id)
    if not request.user.has_perm("students.enroll_self"):
        raise MayNotEnroll()
    form = KeyForm(posted(request))

    def deed():
        student = operations.ensure_profile(request.user)
        return operations.show_key(student, section, form.cleaned_data["key"], by=request.user)

    if done(request, form, deed):
        messages.success(request, _("The key is right. Now take a seat."))
        return redirect("students:section_detail", section.public_id)
    return _form(request, section, form, _("Enter the key"), _("Send the key"), "students:section_detail")


@login_required
def self_enrollment_edit(request, public_id):
    """Say what those who enroll themselves show."""
    if not can_edit_registration(request.user):
        raise PermissionDenied
    section = visible_section(request, public_id)
    row = SelfEnrollment.objects.filter(section=section).first()
    invited = ClassInvitation.objects.filter(section=section).values_list("email", flat=True)
    initial: dict[str, Any] = {"invited": "\n".join(invited)}
    if row is not None:
        initial |= {"domains": row.domains, "by_invitation": row.by_invitation}
    form = SelfEnrollmentForm(posted(request), initial=initial)
    if row is None or not row.hash:
        del form.fields["without_key"]
    if done(request, form, lambda: [operations.set_self_enrollment(section, by=request.user, **form.given())]):
        messages.success(request, _("Self-enrollment is saved. Seats that were taken stay."))
        return redirect("students:section_rules", section.public_id)
    return _form(request, section, form, _("Self-enrollment"), _("Save"))


@login_required
def pre_enrollment_create(request, public_id):
    """Keep a seat for an address."""
    section = visible_section(request, public_id)
    if not can_enroll_others(request.user, section):
        raise MayNotEnroll()
    form = PreEnrollmentForm(posted(request))
    if done(request, form, lambda: operations.pre_enroll(section, by=request.user, **form.cleaned_data)):
        messages.success(request, _("A seat is kept for %(email)s.") % {"email": form.cleaned_data["email"]})
        return redirect("students:roster", section.public_id)
    return _form(request, section, form, _("Keep a seat for an address"), _("Keep a seat"), "students:roster")


@login_required
def pre_enrollment_drop(request, public_id):
    """Ask why, then give the kept seat to the line."""
    found = PreEnrollment.objects.visible_to(request.user)
    found = found.filter(section__in=Section.objects.visible_to(request.user))
    row = get_object_or_404(found.select_related("section__course__subject", "section__term"), public_id=public_id)
    form = ReasonForm(posted(request), required=True)
    if done(
        request,
        form,
        lambda: operations.drop_pre_enrollment(row, by=request.user, reason=form.cleaned_data["reason"]),
    ):
        messages.success(request, _("The seat that was kept for %(email)s is free.") % {"email": row.email})
        return redirect("students:roster", row.section.public_id)
    title = _("Take back the seat of %(email)s?") % {"email": row.email}
    return _form(request, row.section, form, title, _("Take it back"), "students:roster")


def _form(request, section, form, title, label, back="students:section_rules"):
    context = {"section": section, "form": form, "title": title, "label": label, "back_name": back}
    return render(request, "students/section_rule_form.html", context, status=form_status(form))
