"""Each page in the reader's own time zone and language."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class PersonalSettingsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.campus = ZoneInfo(settings.CAMPUS_TIME_ZONE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a session there is nobody to ask for: a public page costs no query.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            with timezone.override(self.campus):
                return self.get_response(request)
        with timezone.override(request.user.zone), translation.override(request.user.locale):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
