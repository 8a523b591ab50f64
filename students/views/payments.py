"""The payment that a seat waits for, for the office."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from students import operations
from students.errors import MayNotSettle
from students.models import Enrollment
from students.policies import can_settle, is_oneself
from students.rule_forms import PaymentForm
from students.views.sections import done, form_status, posted


@login_required
def enrollment_payment(request, public_id):
    """Say until when a seat waits for its payment, or that it is paid."""
    found = Enrollment.objects.visible_to(request.user)
    related = ("student__user", "section__course__subject", "section__term", "section__cross_list_group")
    enrollment = get_object_or_404(found.select_related(*related), public_id=public_id)
    if is_oneself(request.user, enrollment.student) or not can_settle(request.user):
        raise MayNotSettle()
    form = PaymentForm(posted(request), initial={"until": enrollment.hold_expires_at})
    if done(request, form, lambda: _do(enrollment, form.cleaned_data, request.user)):
        messages.success(request, _("%(student)s is told.") % {"student": enrollment.student})
        return redirect("students:roster", enrollment.section.public_id)
    context = {"enrollment": enrollment, "form": form}
    return render(request, "students/enrollment_payment.html", context, status=form_status(form))


def _do(enrollment, data, by):
    if data["step"] == PaymentForm.PAID:
        return operations.settle_payment(enrollment, by=by, reason=data["reason"])
    return operations.await_payment(enrollment, data["until"], by=by, reason=data["reason"])
