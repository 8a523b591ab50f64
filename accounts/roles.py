"""The four roles are groups; which permissions they hold is written in `settings.ROLES` alone."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

STAFF_ROLES = {"administrator", "registrar"}


def grant_roles() -> None:
    """Make the groups and give each exactly its permissions. LookupError when one is not defined by any model."""
    known = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    for role, names in settings.ROLES.items():
        missing = [name for name in names if name not in known]
        if missing:
            raise LookupError(f"The role {role} names permissions that do not exist: {', '.join(missing)}")
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names])


def grant_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    """Grant after the last app is migrated: only then do all permissions exist."""
    if sender.name != list(apps.get_app_configs())[-1].name:
        return
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0, using=using)
    grant_roles()


def welcome(request: Any, email_address: Any, **kwargs: Any) -> None:
    """Make a person who confirmed an address a student, unless somebody gave a role already."""
    user = email_address.user
    if not user.groups.exists():
        user.groups.add(Group.objects.get(name="student"))
