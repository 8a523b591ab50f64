"""Forms with a password or an address; apart from the others, since the library reads them before its own."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm, SignupForm
from allauth.account.forms import default_token_generator as reset_tokens
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.errors import LinkUsed
from core.locks import lock


def hash_in_vain() -> None:
    """Take the time of a password: who waits for an answer must not tell by it which way it was found."""
    make_password("nobody's")


class EvenSignupForm(SignupForm):
    """An address that is known takes as long as one that gets an account."""

    def try_save(self, request: Any) -> tuple[Any, Any]:
        if self.account_already_exists:
            self._save_in_vain(request)
        return super().try_save(request)

    def _save_in_vain(self, request: Any) -> None:
        """Make an account as a newcomer gets one, under an address that nobody can have, and take it back at once."""
        given = self.cleaned_data["email"]
        self.account_already_exists, self.cleaned_data["email"] = False, f"{uuid4().hex}@in-vain.invalid"
        try:
            with transaction.atomic():
                self.save(request)
                transaction.set_rollback(True)
        finally:
            self.account_already_exists, self.cleaned_data["email"] = True, given


class EvenResetPasswordForm(ResetPasswordForm):
    """The few statements more for a known address are lost in the time of a hash that both take."""

    def save(self, request: Any, **kwargs: Any) -> str:
        hash_in_vain()
        return super().save(request, **kwargs)


class OnceResetPasswordKeyForm(ResetPasswordKeyForm):
    """Of several who follow one link at once, one chooses the password."""

    @transaction.atomic
    def save(self) -> None:
        (fresh,) = lock(self.user)
        if not reset_tokens.check_token(fresh, self.temp_key):
            raise LinkUsed()
        self.user: Any = fresh
        super().save()


class CountedChangePasswordForm(ChangePasswordForm):
    """A wrong old password counts with those at every other door."""

    def clean_oldpassword(self) -> str:
        given = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, given):
            raise adapter.validation_error("enter_current_password")
        return given
