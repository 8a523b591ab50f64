"""What the pages of the catalogue have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from courses import hooks
from courses.forms import ConfirmForm, attempt
from courses.queries import in_order

PAGE = 50


def page_of(request: Any, rows: Any) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def sections_page(request: Any, sections: Any) -> Any:
    """Return a page of sections with what a list shows of each, its seats among them."""
    page = page_of(request, in_order(sections))
    rows = list(page)
    found = {pk: seats for ask in hooks.seats_of for pk, seats in ask(rows).items()}
    for section in rows:
        section.found_seats = found.get(section.pk)
    return page


def allowed_to(policy: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """A page for those of whom `policy(user)` is true."""

    def decorate(view: Any) -> Any:
        @login_required
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> Any:
            if not policy(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return inner

    return decorate


def found_for(user: Any, rows: Any, public_id: Any, may: Callable[..., bool] | None = None) -> Any:
    """Return the row of an address: 404 when it is not among `rows`, 403 when `may(user, row)` is false."""
    row = get_object_or_404(rows, public_id=public_id)
    if may is not None and not may(user, row):
        raise PermissionDenied
    return row


@dataclass(frozen=True)
class Deed:
    """A deed that a page of its own asks to confirm. `label` is the verb, `consequence` what will happen.

    `is_harmless` is about the look of the button only.
    """

    run: Callable[..., Any]
    label: Any
    title: Any
    consequence: Callable[[Any], str]
    done: Any
    is_harmless: bool = False


def confirm(request: Any, deed: Deed, about: Any, *, possible: bool, name: str, back: str, why_not: str = "") -> Any:
    """Ask, and do it on POST; whatever refuses it is said on the same page."""
    state = _("It is “%(status)s”; this is not possible now.") % {"status": about.get_status_display()}
    form = ConfirmForm()
    if request.method == "POST":
        form = ConfirmForm(request.POST)
        form.is_valid()
        if attempt(form, lambda: deed.run(about, by=request.user)) is not None:
            messages.success(request, deed.done % {"name": name})
            return redirect(back)
    context = {
        "form": form,
        "title": deed.title % {"name": name},
        "about": about,
        "label": deed.label,
        "is_harmless": deed.is_harmless,
        "consequence": deed.consequence(about) if possible else "",
        "possible": possible,
        "why_not": why_not or state,
        "back_href": back,
    }
    return render(request, "courses/confirm.html", context)
