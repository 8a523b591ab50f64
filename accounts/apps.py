from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # The models of both are loaded only now.
        from allauth.account import signals

        from accounts import operations, roles

        post_migrate.connect(roles.grant_after_migrate, dispatch_uid="accounts.roles")
        signals.email_confirmed.connect(roles.welcome, dispatch_uid="accounts.welcome")
        for changed in (signals.password_changed, signals.password_reset, signals.password_set, signals.email_changed):
            changed.connect(operations.end_tokens_of_change, dispatch_uid="accounts.end_tokens")
