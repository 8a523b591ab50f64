"""Which parts of the site are for whom."""

from typing import Any


def teaches_anywhere(user: Any) -> bool:
    """Whether pages of teaching are for `user`: who may host, unless that comes from advising alone."""
    if not user.has_perm("appointments.host_appointments"):
        return False
    return not user.has_perm("accounts.advise_students") or user.section_roles.exists()
