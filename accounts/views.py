"""One's own profile and photo."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import operations
from accounts.forms import ProfileForm
from accounts.models import User
from accounts.policies import can_see_photo
from core.errors import DomainError
from core.forms import refuse


@login_required
def profile(request: Any) -> HttpResponse:
    user = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, request.FILES or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["remove_photo"]:
                operations.remove_photo(user, by=user)
            elif form.cleaned_data["photo_file"]:
                operations.set_photo(user, form.cleaned_data["photo_file"], by=user)
            form.save()
        except DomainError as exc:
            refuse(form, exc)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "person": user})


@login_required
def photo(request: HttpRequest, public_id: Any) -> FileResponse:
    person = get_object_or_404(User, public_id=public_id)
    if not person.photo or not can_see_photo(request.user, person):
        raise Http404
    response = FileResponse(person.photo.open(), content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
