"""The host's answer to a request."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import operations
from appointments.errors import MayNotAnswer
from appointments.forms import AnswerForm
from appointments.models import Appointment
from appointments.policies import can_answer
from appointments.queries.booking import stands
from appointments.views.booking import RELATED
from core.errors import DomainError
from core.forms import refuse


@login_required
def answer(request, public_id):
    """Approve or decline one request for an appointment."""
    found = Appointment.objects.visible_to(request.user).select_related(*RELATED)
    appointment = get_object_or_404(found, public_id=public_id)
    if not can_answer(request.user, appointment):
        raise MayNotAnswer()
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _answer(appointment, form.cleaned_data, request.user)
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("%(name)s is told of the answer.") % {"name": appointment.student.display_name})
            return redirect("appointments:appointment_detail", appointment.public_id)
    context = {
        "appointment": appointment,
        "session": appointment.session,
        "type": appointment.session.type,
        "form": form,
        "shows_form": appointment.status == Appointment.Status.PENDING and stands(appointment, timezone.now()),
        "zone": str(request.user.zone),
    }
    return render(request, "appointments/appointment_answer.html", context)


def _answer(appointment, data, by):
    if data["answer"] == AnswerForm.APPROVE:
        return operations.approve(appointment, by=by)
    return operations.decline(appointment, by=by, reason=data["reason"])
