"""Registration windows of a term: who registers when, for how many credits."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.forms import ConfirmForm
from courses.models import Term
from students import operations
from students.models import RegistrationWindow
from students.policies import can_edit_registration
from students.rule_forms import TermChoiceForm, WindowForm
from students.views.sections import done, form_status, posted


def _office(request):
    if not can_edit_registration(request.user):
        raise PermissionDenied


def _list_of(term):
    return f"{reverse('students:window_list')}?term={term.code}"


@login_required
def window_list(request):
    """The windows of a term in the order in which they are asked."""
    _office(request)
    form = TermChoiceForm(request.GET, user=request.user)
    term = form.chosen() if form.is_valid() else None
    found = RegistrationWindow.objects.filter(term=term).select_related("program", "fallback")
    context = {"form": form, "term": term, "windows": list(found.order_by("priority", "pk")) if term else []}
    return render(request, "students/window_list.html", context)


@login_required
def window_create(request, public_id):
    """Set a window of a term."""
    _office(request)
    term = get_object_or_404(Term.objects.visible_to(request.user), public_id=public_id)
    if term.kind == Term.Kind.YEAR:
        raise Http404
    form = WindowForm(posted(request), term=term)
    if done(request, form, lambda: operations.create_window(term, by=request.user, **form.given())):
        messages.success(request, _("The window is set."))
        return redirect(_list_of(term))
    return _form(request, term, None, form)


def _window(request, public_id):
    found = RegistrationWindow.objects.select_related("term", "program", "fallback")
    return get_object_or_404(found, public_id=public_id)


@login_required
def window_edit(request, public_id):
    """Change a window; seats that were taken stay."""
    _office(request)
    window = _window(request, public_id)
    form = WindowForm(posted(request), instance=copy(window), term=window.term)
    if done(request, form, lambda: operations.change_window(window, by=request.user, **form.given())):
        messages.success(request, _("Saved."))
        return redirect(_list_of(window.term))
    return _form(request, window.term, window, form)


def _form(request, term, window, form):
    context = {"term": term, "window": window, "form": form, "back_href": _list_of(term)}
    return render(request, "students/window_form.html", context, status=form_status(form))


@login_required
def window_remove(request, public_id):
    """Ask once more, then take a window away."""
    _office(request)
    window = _window(request, public_id)
    form = ConfirmForm(posted(request))
    if done(request, form, lambda: operations.remove_window(window, by=request.user)):
        messages.success(request, _("The window is removed."))
        return redirect(_list_of(window.term))
    context = {"window": window, "form": form, "back_href": _list_of(window.term)}
    return render(request, "students/window_remove.html", context, status=form_status(form))
