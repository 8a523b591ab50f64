"""Who sits where: every seat and place in line is planned so that no rule refuses it, then taken by the deeds."""

import random
from dataclasses import dataclass, field

from coursemgmt.demo.classes import ONE_CLASS, PLAN, TOGETHER, Classes
from coursemgmt.demo.names import PREREQUISITES
from coursemgmt.demo.people import People
from courses.models import Section
from courses.operations import change_section
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.operations import accept_offer, drop, enroll, grant_override, join_waitlist

ALICE = ["CS 102 001", "MATH 20B 001", "BIO 1L 001"]
WAITED_FOR = "ART 30 001"
# A class of sixteen whose line is offered seats: student 18 was passed over, Alice, who was next, has accepted hers,
# and the one after her has yet to answer.
TOLD = "LIT 55 001"
INSTEAD = "ECON 1 001"
# Who tries the site out finds a place in every line.
PLACES_LEFT = 2
OPEN_TO_ALL = [f"{code} {number}" for code, number, *_rest in PLAN] + [*ONE_CLASS, "ECON 1 900"]


@dataclass
class Plan:
    """What has been given so far; the deeds are asked only for what this says is free."""

    people: People
    classes: Classes
    passed: dict[int, set[str]]
    slots: dict[int, set[int]] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    courses: dict[int, set[str]] = field(default_factory=dict)

    def section(self, code: str) -> Section:
        return self.classes.sections[code]

    def fits(self, n: int, code: str) -> bool:
        course, slot = code.rsplit(" ", 1)[0], self.classes.times[code]
        needed = {before for after, before in PREREQUISITES if after == course}
        known = course in self.passed[n] | self.courses.setdefault(n, set())
        return needed <= self.passed[n] and not known and slot not in self.slots.setdefault(n, set())

    def take(self, n: int, code: str) -> Enrollment | WaitlistEntry | None:
        """Give student `n` a seat, else a place in line, else nothing."""
        section, student = self.section(code), self.people.students[n]
        capacity, line = section.capacity, section.waitlist_capacity
        if capacity is None or (self.taken.get(code, 0) < capacity and self._is_free(code)):
            self.taken[code] = self.taken.get(code, 0) + 1
            return self._note(n, code, enroll(student, section, by=student.user))
        if line is None or self.waiting.get(code, 0) >= line - PLACES_LEFT:
            return None
        self.waiting[code] = self.waiting.get(code, 0) + 1
        return self._note(n, code, join_waitlist(student, section, by=student.user))

    def _is_free(self, code: str) -> bool:
        """Return whether the sections that are one class have a seat left together."""
        return code not in ONE_CLASS or sum(self.taken.get(one, 0) for one in ONE_CLASS) < TOGETHER

    def _note(self, n: int, code: str, made: Enrollment | WaitlistEntry) -> Enrollment | WaitlistEntry:
        self.slots.setdefault(n, set()).add(self.classes.times[code])
        self.courses.setdefault(n, set()).add(code.rsplit(" ", 1)[0])
        return made


def take_seats(people: People, classes: Classes, passed: dict[int, set[str]]) -> None:
    plan = Plan(people, classes, passed)
    for code in ALICE:
        plan.take(0, code)
    _a_line_that_moved(plan)
    chance = random.Random(20)  # noqa: S311  the same university every time, not a secret
    for n in range(2, len(people.students)):
        wishes = chance.sample(OPEN_TO_ALL, len(OPEN_TO_ALL))
        for code in wishes:
            if len(plan.courses.get(n, ())) == 4 + n % 2:
                break
            if plan.fits(n, code):
                plan.take(n, code)
    join_waitlist(people.alice, plan.section(WAITED_FOR), by=people.alice.user)
    student = people.students[3]
    reason = "Passed an equivalent course at another university."
    grant_override(student, plan.section("CS 330 001"), "prerequisite", by=people.registrar, reason=reason)


def _a_line_that_moved(plan: Plan) -> None:
    seated: list[StudentProfile] = []
    for n in [*range(2, 18), 18, 0, *range(19, 23)]:
        plan.take(n, TOLD)
        seated.append(plan.people.students[n])
    plan.take(18, INSTEAD)  # at the same time: no seat for this student when one is free
    section = change_section(plan.section(TOLD), by=None, waitlist_mode=Section.WaitlistMode.OFFER)
    for leaver in seated[:2]:
        freed = Enrollment.objects.get(student=leaver, section=section)
        drop(freed, by=leaver.user, reason="")
        plan.waiting[TOLD] -= 1
        if offered := section.waitlist_entries.filter(status="offered", student=plan.people.alice).first():
            accept_offer(offered, by=plan.people.alice.user)
