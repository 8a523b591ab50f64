"""The built-in roles are groups; which permissions they hold is written in `settings.ROLES` alone."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

from accounts.ranks import RESERVED


def grant_roles() -> None:
    """Make the groups and give each exactly its permissions. LookupError when one is not defined by any model."""
    known = _known()
    for role, names in settings.ROLES.items():
        missing = [name for name in names if name not in known]
        if missing:
            raise LookupError(f"The role {role} names permissions that do not exist: {', '.join(missing)}")
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names])


def _known() -> dict[str, Permission]:
    return {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}


def named_permissions() -> dict[str, Permission]:
    """Return the permissions of which an administrator may assemble a role, by name.

    They are those that a built-in role holds or that a model of the same apps names; what makes an administrator is
    left out, and so are the framework's own for each table.
    """
    held = {name for names in settings.ROLES.values() for name in names}
    labels = {name.partition(".")[0] for name in held}
    models = [model for model in apps.get_models() if model._meta.app_label in labels]
    named = {f"{model._meta.app_label}.{code}" for model in models for code, _words in model._meta.permissions}
    return {name: permission for name, permission in _known().items() if name in (held | named) - RESERVED}


def words_of(name: str, permission: Permission) -> str:
    """Return what a permission lets one do, in a sentence."""
    return str(settings.PERMISSION_WORDS.get(name, permission.name))


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
