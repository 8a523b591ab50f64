from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed

        from accounts import roles

        post_migrate.connect(roles.grant_after_migrate, dispatch_uid="accounts.roles")
        email_confirmed.connect(roles.welcome, dispatch_uid="accounts.welcome")
