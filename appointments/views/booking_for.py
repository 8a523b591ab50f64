"""A host books a time for a student, inside the own notice too."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.operations import done_once
from appointments import operations
from appointments.forms import BookForm, StudentForm
from appointments.models import AppointmentType
from appointments.views.booking import offer
from appointments.views.hosting import host_required
from core.errors import DomainError
from core.forms import refuse


@host_required
def book_for(request, public_id):
    """First the student, then the times that are free for both."""
    own = AppointmentType.objects.filter(host=request.user).select_related("host", "schedule")
    type = get_object_or_404(own, public_id=public_id)
    chooser = StudentForm(request.GET or None, host=request.user)
    student = chooser.cleaned_data["student"] if chooser.is_valid() else None
    form = BookForm(request.POST or None) if student else None
    if form and request.method == "POST" and form.is_valid():
        booked = _book(request, form, type, student)
        if booked:
            messages.success(request, _("Booked. The student gets the invitation by mail."))
            return redirect("appointments:appointment_detail", booked)
    context = {"type": type, "chooser": chooser, "student": student, "form": form}
    if student:
        context |= offer(request, type, student)
    return render(request, "appointments/book_for.html", context)


def _book(request, form, type, student):
    """Return the public id of the booking; None when it is refused, with the reason on the form."""
    data, by = form.cleaned_data, request.user

    def deed():
        return str(operations.book(type, student, data["starts_at"], by=by, topic=data["topic"]).public_id)

    try:
        return done_once(by, data["key"], deed) if data["key"] else deed()
    except DomainError as exc:
        refuse(form, exc)
        return None
