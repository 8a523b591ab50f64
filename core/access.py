"""Doors of the API ask policies: its permissions."""

from collections.abc import Callable
from typing import Any

from rest_framework.permissions import BasePermission


class DenyAll(BasePermission):
    """The default of the API: a view that names no permission answers nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Public(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return True


class Authenticated(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)


def allowed(policy: Callable[[Any], bool]) -> type[BasePermission]:
    """Return a permission that asks `policy(user)` of those who are signed in."""

    class Allowed(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            return bool(request.user.is_authenticated and policy(request.user))

    return Allowed
