"""The form for a new password; apart from the others, which the library reads before its own forms are there."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm


class CountedChangePasswordForm(ChangePasswordForm):
    """A wrong old password counts with those at every other door."""

    def clean_oldpassword(self) -> str:
        given = self.cleaned_data["oldpassword"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, given):
            raise adapter.validation_error("enter_current_password")
        return given
