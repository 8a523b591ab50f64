"""Who may ask, see and decide what becomes of somebody's data."""

from typing import Any

from coursemgmt.models import DataRequest


def can_see_requests(user: Any) -> bool:
    """The list of the office: who asked for what and how far it is, never what a copy holds."""
    return bool(user.has_perm("coursemgmt.decide_data_requests"))


def can_ask_copy(user: Any, person: Any) -> bool:
    return bool(user.pk == person.pk)


def can_ask_erasure(user: Any, person: Any) -> bool:
    """The person, and the course office for anybody else."""
    return user.pk == person.pk or can_see_requests(user)


def can_decide(user: Any, request: DataRequest) -> bool:
    """The course office, never the person concerned."""
    return can_see_requests(user) and user.pk != request.subject_id
