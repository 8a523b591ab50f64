"""Invitations in every state: one that waits, one that was accepted, one that ended, one that was taken back."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Invitation, User
from accounts.operations import accept_invitation, invite, revoke_invitation
from coursemgmt.demo.people import LOGINS, People


def make_invitations(people: People) -> None:
    head = User.objects.get(email=LOGINS["administrator"][0])
    invite("noor.lindholm@example.edu", "instructor", by=head, note="Welcome to the department of history.")
    invite("theo.okafor@example.edu", "student", by=people.registrar)
    came = people.teachers[1]
    accept_invitation(invite(came.email, "instructor", by=head), by=came)
    revoke_invitation(invite("jana.petrov@example.edu", "registrar", by=head), by=head)
    late = invite("emil.sato@example.edu", "instructor", by=head)
    began = timezone.now() - timedelta(days=9)
    Invitation.objects.filter(pk=late.pk).update(created_at=began, expires_at=began + timedelta(days=7))
