"""What is asked about accounts beyond their own rows."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

# Recovery codes alone are none: they stand in for a factor that was lost.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_second_factor(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def has_one_time_codes(user: Any) -> bool:
    """Return whether `user` can be asked for a code; one who has passkeys alone has only recovery codes to send."""
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def must_set_up_factor(user: Any) -> bool:
    """Return whether `user` is staff without a second factor where one is required."""
    return bool(settings.REQUIRE_STAFF_MFA and user.is_staff and not has_second_factor(user))
