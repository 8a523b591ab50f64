"""What every page shows around its content."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coursemgmt.policies import teaches_anywhere
from courses.models import Term

# The bottom bar of a phone holds five; with more areas, four and "More".
BAR_ROOM = 5


def frame(request: Any) -> dict[str, Any]:
    """Return the site's name, the areas of this person, and the chosen theme. Asks no query for strangers."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    preview = getattr(request, "preview", None)
    entries = [] if preview else areas(user, request.path)
    room = BAR_ROOM if len(entries) <= BAR_ROOM else BAR_ROOM - 1
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in {"light", "dark"} else "",
        "areas": entries,
        "bar_areas": entries[:room],
        "more_areas": entries[room:],
        "search_href": "" if preview else address("students:class_search"),
        "current_term": current_term(user),
        "campus_zone": settings.CAMPUS_TIME_ZONE,
        "viewer_zone": timezone.get_current_timezone_name(),
        "shows_local_mail": settings.SHOW_LOCAL_MAIL,
        "requires_staff_mfa": settings.REQUIRE_STAFF_MFA,
        "impersonation": getattr(request, "impersonation", None),
        "preview": preview,
    }


def current_term(user: Any) -> Callable[[], Term | None]:
    """Return a function that finds the term of today: only the pages that show it ask, and they ask once."""

    @cache
    def find() -> Term | None:
        if user is None or not user.is_authenticated:
            return None
        return Term.objects.visible_to(user).current()

    return find


def address(name: str) -> str:
    """Return the address of this name, or nothing when this site has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def areas(user: Any, path: str) -> list[dict[str, Any]]:
    """Return the entries of the rail, in order; the one that is open is marked."""
    entries = [
        {"href": href, "label": label, "icon": icon} for name, label, icon in _names(user) if (href := address(name))
    ]
    under = [entry["href"] for entry in entries if path == entry["href"] or _is_under(path, entry["href"])]
    best = max(under, key=len, default=None)
    return [entry | {"is_open": entry["href"] == best} for entry in entries]


def _is_under(path: str, href: str) -> bool:
    return href != "/" and path.startswith(href)


def _names(user: Any) -> list[tuple[str, str, str]]:
    """Return the areas of this person as name of the page, label and icon; the ones used daily come first."""
    classes = ("students:class_search", _("Classes"), "classes")
    if user is None or not user.is_authenticated:
        return [("home", _("Welcome"), "home"), classes, ("courses:course_list", _("Catalogue"), "courses")]
    found = [("home", _("Today"), "home")]
    learns, hosts = user.has_perm("students.enroll_self"), user.has_perm("appointments.host_appointments")
    if learns or hosts:
        found += [("appointments:my_timetable", _("Timetable"), "timetable")]
    if user.has_perm("accounts.advise_students"):
        found += [("students:advisee_list", _("Advisees"), "people")]
    if teaches_anywhere(user):
        found += [("courses:my_sections", _("Teaching"), "teaching")]
    if hosts:
        found += [("appointments:host_week", _("Office hours"), "hours")]
    if learns:
        found += [
            classes,
            ("appointments:mine", _("Appointments"), "appointments"),
            ("students:progress", _("Progress"), "progress"),
            ("students:enrollments", _("My classes"), "enrolled"),
        ]
    found += [entry for entry in _office(user) if entry not in found]
    if len(found) == 1:
        # Without any role: whoever is here may be the guardian of a student.
        found += [("students:ward_list", _("Reading along"), "people")]
    return found if classes in found else [*found, classes]


def _office(user: Any) -> list[tuple[str, str, str]]:
    found = []
    if user.has_perm("courses.edit_any_section"):
        found += [("courses:section_list", _("Sections"), "sections")]
    if user.has_perm("students.view_any_record"):
        found += [("students:directory", _("Students"), "people")]
    if user.has_perms(["accounts.invite_people", "accounts.grant_roles"]):
        found += [("accounts:invitation_list", _("Invitations"), "invitations")]
    if user.has_perm("students.grant_override"):
        found += [("students:request_list", _("Requests"), "requests")]
    if user.has_perm("students.place_hold"):
        found += [("students:hold_list", _("Holds"), "holds")]
    if user.has_perm("scheduling.edit_rooms"):
        found += [("scheduling:room_list", _("Rooms"), "rooms")]
    if user.has_perm("scheduling.resolve_clashes"):
        found += [("scheduling:clash_list", _("Clashes"), "clashes")]
    if user.has_perm("courses.edit_catalog"):
        found += [("courses:course_list", _("Courses"), "courses")]
    if user.has_perm("courses.edit_terms"):
        found += [("courses:term_list", _("Terms"), "terms")]
    if user.has_perm("students.enroll_any_student"):
        found += [("integrations:import_list", _("Imports"), "imports")]
        found += [("reports:report_list", _("Reports"), "reports")]
    if user.is_staff:
        found += [("admin:index", _("Admin"), "admin")]
    if user.has_perm("coursemgmt.decide_data_requests"):
        found += [("privacy:request_list", _("Data requests"), "people")]
    return found
