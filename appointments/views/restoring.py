"""Let a cancelled appointment stand again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from appointments import operations
from appointments.models import Appointment


@require_POST
@login_required
def appointment_restore(request, public_id):
    appointment = get_object_or_404(Appointment.objects.visible_to(request.user), public_id=public_id)
    operations.restore(appointment, by=request.user)
    messages.success(request, _("The appointment stands again. Both sides are told."))
    return redirect("appointments:appointment_detail", public_id)
