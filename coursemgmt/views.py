"""The home page, the style guide, and the pages of errors."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from coursemgmt.dashboards import dashboard
from coursemgmt.health import live, ready
from coursemgmt.samples import (
    ReasonForm,
    SampleForm,
    sample_agenda,
    sample_check,
    sample_days,
    sample_grid,
    sample_page,
    sample_slots,
)

__all__ = ["live", "ready"]

logger = logging.getLogger(__name__)
YEAR = 365 * 24 * 60 * 60


def home(request: HttpRequest) -> HttpResponse:
    context = dashboard(request.user) if request.user.is_authenticated else {}
    return render(request, "home.html", context)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in every state, with made-up content; asks the database for nothing."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    context = {
        "now": now,
        "later": now + timedelta(minutes=50),
        "next_day": now + timedelta(days=1),
        "check": sample_check(),
        "days": sample_days(),
        "slots": sample_slots(),
        "page_obj": sample_page(),
        "agenda": sample_agenda(now),
        "trail": [{"href": "#grid", "label": "Courses"}, {"href": "#grid", "label": "CSE 21"}],
        "reason": ReasonForm(),
        "filters": SampleForm(prefix="filter"),
        "grid": sample_grid(),
        "form": SampleForm({"title": "", "email": "nobody"}),
        "stats": [
            {"label": "Seats left", "value": 12},
            {"label": "Waiting", "value": 3},
            {"label": "Rooms", "value": 140},
        ],
        "entries": [
            {"at": now, "text": "Rita Vance dropped Alice Ng.", "who": "Rita Vance", "reason": "Asked by phone."},
            {"at": now - timedelta(days=2), "text": "Alice Ng took a seat.", "who": "Alice Ng"},
        ],
    }
    return render(request, "styleguide.html", context)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    # Not `redirect`, which takes what has no slash in it for the name of a page.
    response = HttpResponseRedirect(target)
    theme = request.POST.get("theme", "")
    if theme in {"light", "dark"}:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    else:
        response.delete_cookie("theme")
    return response


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request, so that no context processor asks what may be the very thing that failed.
    theme = request.COOKIES.get("theme", "")
    incident = uuid.uuid4().hex
    logger.error("Incident %s", incident)
    context = {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in {"light", "dark"} else "",
        "incident": incident,
    }
    return HttpResponse(render_to_string("errors/500.html", context), status=500)
