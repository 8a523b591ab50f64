"""The people whom a schedule names."""

from collections.abc import Iterable
from itertools import count

from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User
from courses.models import SectionInstructor, Term

# The top-level name is reserved: nothing sent there arrives.
DOMAIN = "@import.invalid"
BATCH = 2_000


def instructors_named(names: Iterable[str], term: Term) -> dict[str, User]:
    """Return the person of each name "Family, Given", made where there is none.

    One name is one person: of those whom an import made, or who teach in the term. Who is made gets an account that
    cannot sign in until it is given an address.
    """
    wanted = {name: _parts(name) for name in names}
    people = list(User.objects.filter(Q(email__endswith=DOMAIN) | Q(pk__in=teachers_of(term))).order_by("-pk"))
    known = {(user.family_name, user.given_name): user for user in people}
    taken = {user.email for user in people}
    fresh = {parts: None for parts in sorted(wanted.values()) if parts not in known}
    made = [
        User(email=_free_email(family, given, taken), family_name=family, given_name=given, password="!")  # noqa: S106
        for family, given in fresh
    ]
    User.objects.bulk_create(made, batch_size=BATCH)
    known |= {(user.family_name, user.given_name): user for user in made}
    return {name: known[parts] for name, parts in wanted.items()}


def teachers_of(term: Term) -> set[int]:
    """Return the keys of those who teach in the term; a join would cost minutes where a term has thousands."""
    return set(SectionInstructor.objects.filter(section__term=term).values_list("instructor", flat=True))


def _parts(name: str) -> tuple[str, str]:
    family, _, given = name.partition(", ")
    return family, given


def _free_email(family: str, given: str, taken: set[str]) -> str:
    stem = slugify(f"{family} {given}")[:150] or "instructor"
    candidates = (f"{stem}{DOMAIN}" if n == 1 else f"{stem}-{n}{DOMAIN}" for n in count(1))
    email = next(one for one in candidates if one not in taken)
    taken.add(email)
    return email
