"""Invented students with credits earned, and what they wish for."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from bench.bulk import load
from coursemgmt.demo.names import FAMILY_NAMES, FORENAMES
from courses.models import Course, Section, Subject, Term
from students.models import Enrollment, EnrollmentEvent, FinalGrade, StudentProfile

YEARS = ["Senior", "Junior", "Sophomore", "First year"]
WAVES_A_YEAR = 3
WAVES = WAVES_A_YEAR * len(YEARS)
# Credits between the tickets of two waves.
STEP = 15
# How many of the wishes are for the own subject, and how many other sections of a course would do as well.
OWN_SUBJECT, ALTERNATIVES = 0.55, 2


@dataclass(frozen=True)
class Wisher:
    """A student with a ticket; each wish is a course, as the sections that would do, best first."""

    student: int
    wave: int
    wishes: list[list[int]] = field(default_factory=list)


def year_of(wave: int) -> str:
    return YEARS[wave // WAVES_A_YEAR]


def credits_from(wave: int) -> int:
    """Return how many credits one must have earned for the ticket of this wave; the first are those with most."""
    return (WAVES - 1 - wave) * STEP


def make_students(count: int, chance: random.Random) -> list[tuple[int, int]]:
    """Make `count` students, as many for each wave, and return each with the wave."""
    users = load(
        User,
        ["email", "given_name", "family_name", "password"],
        (
            (f"wisher{n:06}@bench.invalid", chance.choice(FORENAMES), chance.choice(FAMILY_NAMES), "!measured")
            for n in range(count)
        ),
    )
    group = Group.objects.get(name="student")
    load(User.groups.through, ["user_id", "group_id"], ((user, group.pk) for user in users))
    profiles = load(
        StudentProfile, ["user_id", "institutional_id"], ((user, f"W{n:07}") for n, user in enumerate(users))
    )
    waves = [n % WAVES for n in range(count)]
    _earn(profiles, [credits_from(wave) + chance.randrange(STEP) for wave in waves])
    return list(zip(profiles, waves, strict=True))


def _earn(students: Sequence[int], earned: list[int]) -> None:
    """Put the credits on the records: one completed class each, of a term that is over."""
    today = timezone.localdate()
    past = Term.objects.create(
        code="BEFORE", name="Before", start_date=today - timedelta(days=400), end_date=today - timedelta(days=300)
    )
    subject = Subject.objects.create(code="EARNED", name="Earned before")
    course = Course.objects.create(subject=subject, number="1", title="Earned before", status="published")
    section = Section.objects.create(course=course, term=past, crn="EARNED", section_number="001", status="completed")
    at = timezone.now() - timedelta(days=300)
    rows = load(
        Enrollment,
        ["student_id", "section_id", "status", "credit_hours", "source", "enrolled_at", "status_at"],
        (
            (student, section.pk, "completed", Decimal(credits), "import", at, at)
            for student, credits in zip(students, earned, strict=True)
        ),
    )
    load(EnrollmentEvent, ["enrollment_id", "to_status", "at"], ((key, "completed", at) for key in rows))
    load(FinalGrade, ["enrollment_id", "grade", "posted_at"], ((key, "A", at) for key in rows))


def wishes(
    students: list[tuple[int, int]], term: Term, chance: random.Random, each: int, eager: float = 1.0
) -> list[Wisher]:
    """Return every student with `each` courses: some of the own subject, the others of any, big classes more often.

    A class is wished for as often as it has seats, times a popularity of its own: some are wished for by many more
    than fit in, most by fewer. `eager` is how far popularity spreads.
    """
    offered = _offered(term)
    courses = list(offered)
    weight = {
        course: sum(seats for _key, seats in found) * chance.lognormvariate(0, eager)
        for course, found in offered.items()
    }
    subject_of = dict(Course.objects.filter(pk__in=courses).values_list("pk", "subject_id"))
    of_subject: dict[int, list[int]] = defaultdict(list)
    for course in courses:
        of_subject[subject_of[course]].append(course)
    subjects = list(of_subject)
    sizes = [sum(weight[course] for course in of_subject[subject]) for subject in subjects]
    everything = [weight[course] for course in courses]
    found = []
    for student, wave in students:
        own = of_subject[chance.choices(subjects, sizes)[0]]
        chosen: list[int] = []
        for _n in range(4 * each):
            pool = own if chance.random() < OWN_SUBJECT else courses
            course = chance.choices(pool, everything if pool is courses else [weight[one] for one in pool])[0]
            if course not in chosen:
                chosen.append(course)
            if len(chosen) == each:
                break
        found.append(Wisher(student, wave, [_sections(offered[course], chance) for course in chosen]))
    return found


def _offered(term: Term) -> dict[int, list[tuple[int, int]]]:
    """Return the sections of each course that have seats, with how many."""
    rows = Section.objects.filter(term=term, status="open", capacity__gt=0).order_by("pk")
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for key, course, capacity in rows.values_list("pk", "course", "capacity"):
        found[course].append((key, capacity))
    return found


def _sections(found: list[tuple[int, int]], chance: random.Random) -> list[int]:
    keys = [key for key, _seats in found]
    return chance.sample(keys, min(len(keys), 1 + ALTERNATIVES))
