"""Who may ask, see and decide what becomes of somebody's data."""

from typing import Any

from accounts.office_models import permissions_of
from accounts.ranks import may_give
from coursemgmt.models import DataRequest


def can_see_requests(user: Any) -> bool:
    """The list of the office: who asked for what and how far it is, never what a copy holds."""
    return bool(user.has_perm("coursemgmt.decide_data_requests"))


def can_ask_copy(user: Any, person: Any) -> bool:
    return bool(user.pk == person.pk)


def can_ask_erasure(user: Any, person: Any) -> bool:
    """The person, and the course office for anybody who ranks below, an administrator for everybody."""
    return user.pk == person.pk or _may_decide_about(user, person)


def can_decide(user: Any, request: DataRequest) -> bool:
    """The course office for anybody who ranks below, an administrator for everybody; never the person concerned."""
    return user.pk != request.subject_id and _may_decide_about(user, request.subject)


def _may_decide_about(user: Any, person: Any) -> bool:
    return can_see_requests(user) and may_give(user, permissions_of(person))
