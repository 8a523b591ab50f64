"""Self-enrollment by key, invitation or domain: what a section asks for, and showing its key."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.locks import lock
from courses.models import Section
from students.errors import KeyTriedTooOften, MayNotEnroll, MayNotSetRules, WrongKey
from students.models import ClassInvitation, KeyShown, SelfEnrollment, StudentProfile
from students.operations.lines import try_lines
from students.policies import can_edit_registration, can_enroll

TRIES, MINUTES = 5, 15
MOST_ADDRESSES = 1_000


@transaction.atomic
def set_self_enrollment(
    section: Section,
    *,
    by: Any,
    domains: Iterable[str] = (),
    by_invitation: bool = False,
    key: str | None = None,
    invited: Iterable[str] | None = None,
) -> SelfEnrollment | None:
    """Say what those who enroll themselves show; one of what is set is enough. Nothing set: nothing is asked.

    `key`: None keeps the one that is set, an empty one removes it. `invited` are all addresses that are invited, None
    keeps them. Return what is set now, None for nothing. MayNotSetRules, ValidationError. Locks the section.
    """
    if by is not None and not can_edit_registration(by):
        raise MayNotSetRules()
    lock(section)
    row = SelfEnrollment.objects.filter(section=section).first() or SelfEnrollment(section=section)
    row.domains = " ".join(_domains(domains))
    row.by_invitation = by_invitation
    if key is not None:
        key = key.strip()
        row.hash, row.key_set_at = (make_password(key), timezone.now()) if key else ("", None)
    if invited is not None:
        _invite(section, invited, by)
    try_lines(section=section)
    if not row.ways:
        SelfEnrollment.objects.filter(section=section).delete()
        return None
    row.full_clean()
    row.save()
    return row


def _domains(names: Iterable[str]) -> list[str]:
    found = sorted({name.strip().lower().removeprefix("@") for name in names if name.strip()})
    for name in found:
        try:
            validate_domain_name(name)
        except ValidationError as exc:
            words = _("“%(name)s” is not a domain.") % {"name": name}
            raise ValidationError({"domains": ValidationError(words, code="invalid")}) from exc
    return found


def addresses_of(texts: Iterable[str]) -> list[str]:
    """Return e-mail addresses in small letters, each once; ValidationError for what is none, and for too many."""
    found = list(dict.fromkeys(text.strip().lower() for text in texts if text.strip()))
    if len(found) > MOST_ADDRESSES:
        words = _("Give at most %(n)s addresses.") % {"n": MOST_ADDRESSES}
        raise ValidationError({"invited": ValidationError(words, code="max_length")})
    for text in found:
        try:
            validate_email(text)
        except ValidationError as exc:
            words = _("“%(text)s” is not an e-mail address.") % {"text": text[:60]}
            raise ValidationError({"invited": ValidationError(words, code="invalid")}) from exc
    return found


def _invite(section: Section, texts: Iterable[str], by: Any) -> None:
    wanted = addresses_of(texts)
    there = set(ClassInvitation.objects.filter(section=section).values_list("email", flat=True))
    ClassInvitation.objects.filter(section=section, email__in=there - set(wanted)).delete()
    ClassInvitation.objects.bulk_create(
        ClassInvitation(section=section, email=email, by=by) for email in wanted if email not in there
    )


def show_key(student: StudentProfile, section: Section, key: str, *, by: Any) -> KeyShown:
    """Keep that `student` has shown the key of the section, and return that. Twice is harmless.

    MayNotEnroll, KeyTriedTooOften after five wrong ones in a quarter of an hour, WrongKey, also where there is none.
    """
    if by is not None and not can_enroll(by, student, section):
        raise MayNotEnroll()
    counter = f"class-key:{student.user_id}:{section.pk}"
    cache.add(counter, 0, MINUTES * 60)
    # Counted before it is compared: of many at once no more than these are.
    if cache.incr(counter) > TRIES:
        raise KeyTriedTooOften(minutes=MINUTES)
    row = SelfEnrollment.objects.filter(section=section).first()
    if row is None or not row.hash or not check_password(key.strip(), row.hash):
        raise WrongKey()
    cache.delete(counter)
    shown, _made = KeyShown.objects.update_or_create(student=student, section=section, defaults={"at": timezone.now()})
    return shown
