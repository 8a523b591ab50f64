"""Doors ask policies: permissions of the API and mixins of the pages."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404
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


class LoginRequired(LoginRequiredMixin):
    """A page for those who are signed in; others are sent to the sign-in page."""


class PolicyRequired(LoginRequiredMixin):
    """A page for those of whom `policy(user)` is true; others who are signed in get the 403 page.

    With `hidden` they get the 404 page, for a page whose existence is nobody's business.
    """

    policy: Callable[[Any], bool]
    hidden = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not type(self).policy(request.user):
            raise Http404 if self.hidden else PermissionDenied
        return super().dispatch(request, *args, **kwargs)
