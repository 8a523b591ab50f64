"""What every page shows around its content."""

from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _


def frame(request: Any) -> dict[str, Any]:
    """Return the site's name, the areas of this person, and the chosen theme. Asks no query for strangers."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in {"light", "dark"} else "",
        "areas": areas(user, request.path),
        "campus_zone": settings.CAMPUS_TIME_ZONE,
        "shows_local_mail": settings.SHOW_LOCAL_MAIL,
    }


def areas(user: Any, path: str) -> list[dict[str, Any]]:
    """Return the entries of the rail, in order; the one that is open is marked."""
    found = [("home", _("Today")), ("students:class_search", _("Classes"))]
    if user is not None and user.is_authenticated:
        found += [
            ("students:timetable", _("Timetable")),
            ("students:enrollments", _("My classes")),
            ("students:progress", _("Progress")),
            ("appointments:mine", _("Appointments")),
            ("courses:my_sections", _("Teaching")),
        ]
        if user.has_perm("scheduling.edit_rooms"):
            found += [("courses:section_list", _("Sections")), ("scheduling:room_list", _("Rooms"))]
        if user.is_staff:
            found.append(("admin:index", _("Admin")))
    entries = []
    for name, label in found:
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        is_open = path == href if href == "/" else path.startswith(href)
        entries.append({"href": href, "label": label, "is_open": is_open})
    return entries
