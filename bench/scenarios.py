"""What is asked of the site: sessions and tokens made beforehand, and endless requests of each kind."""

import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.api import tokens
from accounts.models import User
from appointments.models import AppointmentType
from bench.client import Ask
from core.recurrence import window
from courses.models import Section, Subject
from scheduling.models import MeetingPattern
from students.models import Enrollment, StudentProfile

VISITORS = 200
TERM = "NOW"
SPREAD = 1000


class Cast:
    """People of the synthetic university who ask; each student writes once."""

    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        self.students = list(StudentProfile.objects.select_related("user").order_by("pk"))
        self._sessions: list[str] = []
        self._fresh = iter(self.students)
        # The first half of the students holds appointments already.
        self._free = iter(self.students[len(self.students) // 2 :])
        kinds = list(AppointmentType.objects.order_by("pk").values_list("public_id", flat=True))
        self._times = itertools.product(_later_starts(ZoneInfo(settings.CAMPUS_TIME_ZONE)), kinds)

    # People ---------------------------------------------------------------------------------------------------------

    def sessions(self) -> list[str]:
        """Return cookies of some signed-in students."""
        if not self._sessions:
            for student in self.chance.sample(self.students, min(VISITORS, len(self.students))):
                self._sessions.append(f"{settings.SESSION_COOKIE_NAME}={_signed_in(student.user)}")
        return self._sessions

    def cookie(self) -> tuple[tuple[str, str], ...]:
        return (("Cookie", self.chance.choice(self.sessions())),)

    def next_students(self, count: int) -> list[StudentProfile]:
        """Return students who were not asked for before."""
        return list(itertools.islice(self._fresh, count))

    # Pages ----------------------------------------------------------------------------------------------------------

    def class_search(self) -> Iterator[Ask]:
        subjects = list(Subject.objects.values_list("code", flat=True))
        while True:
            page, subject = self.chance.randint(1, 2), self.chance.choice(subjects)
            yield Ask(f"/classes/?subject={subject}&page={page}", self.cookie())

    def class_search_text(self) -> Iterator[Ask]:
        """Searches by words and for free seats over the whole term."""
        words = ["analysis", "data", "s07 101", "modern", "bio", "law"]
        while True:
            yield Ask(f"/classes/?q={self.chance.choice(words).replace(' ', '+')}&open=on", self.cookie())

    def section_page(self) -> Iterator[Ask]:
        sections = list(Section.objects.filter(term__code=TERM).values_list("public_id", flat=True))
        while True:
            yield Ask(f"/classes/{self.chance.choice(sections)}/", self.cookie())

    def dashboard(self) -> Iterator[Ask]:
        while True:
            yield Ask("/", self.cookie())

    def booking_page(self) -> Iterator[Ask]:
        types = list(AppointmentType.objects.values_list("public_id", flat=True))
        while True:
            yield Ask(f"/appointments/types/{self.chance.choice(types)}/", self.cookie())

    # API ------------------------------------------------------------------------------------------------------------

    def api_classes(self) -> Iterator[Ask]:
        """The list of sections with seats, times and rooms, first pages of 20."""
        subjects = list(Subject.objects.values_list("code", flat=True))
        headers = [bearer(student) for student in self.chance.sample(self.students, min(50, len(self.students)))]
        while True:
            path = f"/api/v1/classes/?page_size=20&subject={self.chance.choice(subjects)}"
            yield Ask(path, self.chance.choice(headers))

    def enroll(self, count: int) -> list[Ask]:
        """Students with sections that have seats at a time they are free, spread over a thousand sections."""
        taken = Q(enrollments__status__in=["registered", "auditing"])
        open_sections = (
            Section.objects.filter(term__code=TERM, status="open")
            .annotate(n=Count("enrollments", filter=taken))
            .filter(capacity__gte=F("n") + 3)
            .exclude(crn__startswith="R")
        )
        ids = dict(open_sections.values_list("pk", "public_id"))
        slot_of = {
            section: slot
            for section, *slot in MeetingPattern.objects.values_list("sections", "days", "start_time")
            if section in ids
        }
        busy: dict[int, list[Any]] = defaultdict(list)
        for student, *slot in Enrollment.objects.filter(status="registered").values_list(
            "student", "section__patterns__days", "section__patterns__start_time"
        ):
            busy[student].append(slot)
        chosen = self.chance.sample(sorted(ids), min(SPREAD, len(ids)))
        turn = itertools.cycle(chosen)
        asks = []
        for student in self.next_students(count):
            section = next(one for one in itertools.islice(turn, 500) if slot_of[one] not in busy[student.pk])
            asks.append(post("/api/v1/enrollments/", student, {"section": str(ids[section])}))
        return asks

    def rush(self, section: Section, count: int) -> list[Ask]:
        """Many students who want a seat in one section."""
        path = f"/api/v1/sections/{section.public_id}/request-seat/"
        return [post(path, student, {}) for student in self.next_students(count)]

    def book(self, count: int) -> list[Ask]:
        """Free students with free times of all hosts, none of them twice."""
        return [
            post("/api/v1/appointments/", student, {"type": str(kind), "starts_at": at.isoformat()})
            for student, (at, kind) in zip(itertools.islice(self._free, count), self._times, strict=False)
        ]


def rush_sections() -> list[Section]:
    return list(Section.objects.filter(crn__startswith="R", term__code=TERM).order_by("pk"))


def _later_starts(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield starts of office hours from the fifth week on: nothing is booked there."""
    from bench.generate import OFFICE, OFFICE_MINUTES  # it prepares the environment when imported

    today = timezone.localdate(timezone=zone)
    for day in (today + timedelta(days=n) for n in range(28, 85)):
        if day.weekday() < 5 and (span := window(day, *OFFICE, zone)):
            yield from (span[0] + timedelta(minutes=OFFICE_MINUTES) * n for n in range(6))


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def bearer(student: StudentProfile) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {tokens.issue(student.user)['access']}"),)


def post(path: str, student: StudentProfile, body: dict[str, str]) -> Ask:
    return Ask(path, bearer(student), json.dumps(body).encode(), expected=201)
