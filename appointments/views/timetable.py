"""A person's week, and the secret feed for calendar programs."""

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.operations import disable_feed, feed_owner, live_feed, rotate_feed
from appointments.queries.feed import calendar_of, etag_of, feed_entries
from appointments.queries.timetable import entries_for
from appointments.views.hosting import span_of, week_of
from appointments.views.week import week_context


@login_required
def my_timetable(request):
    """Classes, taught meetings, appointments and deadlines of one week."""
    monday, zone = week_of(request), request.user.zone
    entries = entries_for(request.user, *span_of(monday, zone))
    return render(request, "appointments/my_timetable.html", week_context(request, entries, monday, zone))


@login_required
def feed_settings(request):
    """Make, replace or switch off the feed; its address is shown once."""
    address = ""
    if request.method == "POST":
        if request.POST.get("deed") == "disable":
            disable_feed(request.user, by=request.user)
            messages.success(request, _("The feed is off."))
            return redirect("appointments:feed_settings")
        # Who found a browser open must not take the calendar home; switching it off harms nobody.
        raise_if_reauthentication_required(request, app="appointments")
        address = feed_address(rotate_feed(request.user, by=request.user))
    live = live_feed(request.user)
    response = render(request, "appointments/feed_settings.html", {"address": address, "live": live})
    response["Cache-Control"] = "no-store"
    return response


def feed_address(secret):
    return settings.SITE_URL + reverse("appointments:feed", args=[secret])


@require_safe
def feed(request, token):
    """The calendar of the person whose secret this is; anything else is 404."""
    owner = feed_owner(token)
    if owner is None:
        raise Http404
    now = timezone.now()
    entries = feed_entries(owner, now)
    response = HttpResponse(calendar_of(entries, now), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="timetable.ics"'
    response["ETag"] = etag = etag_of(entries)
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["Referrer-Policy"] = "no-referrer"
    return get_conditional_response(request, etag=etag, response=response)
