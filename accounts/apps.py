from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        # The models of all of these are loaded only now.
        from allauth.account import signals
        from allauth.mfa.models import Authenticator

        from accounts import middleware, roles

        post_migrate.connect(roles.grant_after_migrate, dispatch_uid="accounts.roles")
        signals.email_confirmed.connect(roles.welcome, dispatch_uid="accounts.welcome")
        user_logged_in.connect(middleware.note_beginning, dispatch_uid="accounts.beginning")
        user_logged_out.connect(middleware.note_sign_out, dispatch_uid="accounts.sign_out")
        for changed in (signals.password_changed, signals.password_reset, signals.password_set, signals.email_changed):
            changed.connect(middleware.keep_only_this_session, dispatch_uid="accounts.end_sign_ins")
        signals.password_reset.connect(middleware.forget_wrong_passwords, dispatch_uid="accounts.forget_wrong")
        # In the transaction of the change itself, whoever makes it.
        post_save.connect(middleware.note_new_factor, sender=Authenticator, dispatch_uid="accounts.new_factor")
        post_delete.connect(middleware.note_lost_factor, sender=Authenticator, dispatch_uid="accounts.lost_factor")
