"""Each page in the reader's own time zone and language."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class PersonalSettingsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.campus = ZoneInfo(settings.CAMPUS_TIME_ZONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session there is nobody to ask for: a public page costs no query.
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        with timezone.override(request.user.zone if signed_in else self.campus):
            response = self.get_response(request)
        if signed_in:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
