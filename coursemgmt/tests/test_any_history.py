"""Whatever happens in whatever order, the promises about seats and lines hold after each step.

`HISTORIES` says how many histories are tried: 200 unless given, 5,000 by `script/histories`.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.operations import deactivate, reactivate
from accounts.tests.makers import rita
from core.errors import DomainError
from courses.models import Section
from courses.operations import change_section, close_section, open_section
from notifications.models import OutboxMessage
from students import operations
from students.models import Enrollment, EnrollmentEvent, Override, WaitlistEntry, WaitlistEvent
from students.operations.endings import as_if_given_up, may_give_up, swapped
from students.queries.ledger import ledger
from students.queries.registration import registration_check
from students.queries.seats import positions, seats_of
from students.querysets import LIVE
from students.tasks import pass_on_lapsed, promote_line, release_seats
from students.tests.clock import Clock
from students.tests.makers import make_open_section, make_open_term, make_student, meet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HISTORIES = int(os.environ.get("HISTORIES", "200"))
STEPS = 50
PEOPLE, SECTIONS = 6, 3
JOBS = {"students.promote_line": promote_line, "students.release_seats": release_seats}
people, sections = st.integers(0, PEOPLE - 1), st.integers(0, SECTIONS - 1)
STATUS = {"joined": "waiting", "skipped": "waiting", "promoted": "accepted", "left": "removed"}
MAILS = {"seat_offered": "offered", "offer_reminder": "offered", "offer_expired": "expired", "line_closed": "closed"}


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch, timezone.now())


class Site:
    """Three small classes, of which the first and the last meet at the same time, and six students."""

    def __init__(self) -> None:
        self.now = timezone.now()
        term = make_open_term(end_date=timezone.localdate() + timedelta(days=120))
        self.sections = [
            make_open_section(2, term=term),
            make_open_section(1, term=term, waitlist_mode="offer"),
            make_open_section(1, term=term),
        ]
        meet(self.sections[0])
        meet(self.sections[2])
        self.students = [make_student() for _ in range(PEOPLE)]
        self.office = rita()


class Registration(RuleBasedStateMachine):
    """One history. All of it happens in a savepoint that is taken back at its end."""

    site: Site
    clock: Any
    changed = True

    @initialize()
    def begin(self) -> None:
        self.block = transaction.atomic()
        self.block.__enter__()
        self.clock.at = self.site.now
        self.seen = ProcrastinateJob.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self.sums = dict.fromkeys([section.pk for section in self.site.sections], 0)
        self.permits = 0
        self.watch = connection.execute_wrapper(self.note)
        self.watch.__enter__()

    def note(self, execute: Any, sql: Any, *args: Any) -> Any:
        """Remember that something was written: after a step that did nothing the promises need no second look."""
        self.changed = self.changed or str(sql).lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
        return execute(sql, *args)

    def teardown(self) -> None:
        if hasattr(self, "block"):
            try:
                self.run_jobs()
                self.ledgers_are_in_order()
                self.one_mail_per_event()
            finally:
                self.watch.__exit__(None, None, None)
                transaction.set_rollback(True)
                self.block.__exit__(None, None, None)

    def do(self, deed: Any, *args: Any, **kwargs: Any) -> None:
        with suppress(DomainError):
            deed(*args, **kwargs)

    def student(self, who: int) -> Any:
        return self.site.students[who]

    def section(self, which: int) -> Section:
        return Section.objects.get(pk=self.site.sections[which].pk)

    def fresh_sections(self) -> list[Section]:
        return list(Section.objects.filter(pk__in=[section.pk for section in self.site.sections]))

    def seat(self, who: int, which: int) -> Enrollment | None:
        rows = Enrollment.objects.live().select_related("student__user", "section__term")
        return rows.filter(student=self.student(who), section=self.site.sections[which]).first()

    def place(self, who: int, which: int) -> WaitlistEntry | None:
        rows = WaitlistEntry.objects.in_line().select_related("student__user", "section", "swap_enrollment__section")
        return rows.filter(student=self.student(who), section=self.site.sections[which]).first()

    @rule(who=people, which=sections)
    def ask(self, who: int, which: int) -> None:
        self.do(operations.request_seat, self.student(who), self.section(which), by=None)

    @rule(who=people, which=sections)
    def enroll(self, who: int, which: int) -> None:
        self.do(operations.enroll, self.student(who), self.section(which), by=None)

    @rule(who=people, which=sections)
    def join(self, who: int, which: int) -> None:
        self.do(operations.join_waitlist, self.student(who), self.section(which), by=None)

    @rule(who=people, which=sections)
    def drop(self, who: int, which: int) -> None:
        if seat := self.seat(who, which):
            self.do(operations.drop, seat, by=None)

    @rule(who=people, old=sections, new=sections)
    def swap(self, who: int, old: int, new: int) -> None:
        if seat := self.seat(who, old):
            self.do(operations.swap, seat, self.section(new), by=None)

    @rule(who=people, old=sections, new=sections)
    def wait_with_a_swap(self, who: int, old: int, new: int) -> None:
        if seat := self.seat(who, old):
            self.do(operations.join_waitlist, self.student(who), self.section(new), by=None, swap=seat)

    @rule(who=people, which=sections, deed=st.sampled_from(["accept", "accept", "decline", "leave"]))
    def answer(self, who: int, which: int, deed: str) -> None:
        deeds = {
            "accept": operations.accept_offer,
            "decline": operations.decline_offer,
            "leave": operations.leave_waitlist,
        }
        if place := self.place(who, which):
            self.do(deeds[deed], place, by=None)

    @rule(who=people, which=sections)
    def promote_by_hand(self, who: int, which: int) -> None:
        if place := self.place(who, which):
            self.do(operations.promote_entry, place, by=None, reason="Asked for.")

    @rule(which=sections, capacity=st.integers(0, 4))
    def set_capacity(self, which: int, capacity: int) -> None:
        self.do(change_section, self.section(which), by=None, capacity=capacity)

    @rule(which=sections, mode=st.sampled_from(["auto", "offer"]))
    def set_mode(self, which: int, mode: str) -> None:
        self.do(change_section, self.section(which), by=None, waitlist_mode=mode)

    @rule(which=sections, opens=st.booleans())
    def open_or_close(self, which: int, opens: bool) -> None:
        self.do(open_section if opens else close_section, self.section(which), by=None)

    @rule(who=people, which=sections)
    def permit(self, who: int, which: int) -> None:
        office, student, section = self.site.office, self.student(who), self.section(which)
        self.do(operations.grant_override, student, section, "capacity", by=office, reason="Asked for.")

    @rule(who=people, closed=st.booleans())
    def account(self, who: int, closed: bool) -> None:
        self.do(deactivate if closed else reactivate, self.student(who).user, by=None)
        self.student(who).user.refresh_from_db()

    @rule(who=people, which=sections)
    def owe(self, who: int, which: int) -> None:
        """Let a seat wait for its payment until in three hours."""
        if seat := self.seat(who, which):
            self.do(operations.await_payment, seat, self.clock.at + timedelta(hours=3), by=None)

    @rule(who=people, which=sections)
    def pay(self, who: int, which: int) -> None:
        if seat := self.seat(who, which):
            self.do(operations.settle_payment, seat, by=None)

    @rule(hours=st.sampled_from([1, 3, 8, 13, 25]))
    def wait(self, hours: int) -> None:
        self.clock.move(hours=hours)
        self.changed = True

    @rule()
    def run_jobs(self) -> None:
        pass_on_lapsed(timestamp=0)
        while job := self.jobs().first():
            self.seen = job.id
            JOBS[job.task_name](**job.args)
        # What the last job gave up elsewhere, or made possible, is found by the next minute's run.
        while operations.retry_lines():
            pass
        if self.jobs().exists():
            self.run_jobs()
        self.nobody_waits_beside_a_free_seat()

    def jobs(self) -> Any:
        return ProcrastinateJob.objects.filter(task_name__in=JOBS, id__gt=self.seen).order_by("id")

    def nobody_waits_beside_a_free_seat(self) -> None:
        now, found = self.clock.at, seats_of(self.fresh_sections())
        line = WaitlistEntry.objects.waiting().filter(section__in=self.site.sections)
        for entry in line.select_related("student__user", "section__term", "section__course__subject"):
            left = swapped(entry)
            if found[entry.section_id].has_free and not (left and may_give_up(left, now)):
                student, section = entry.student, entry.section
                failed = as_if_given_up(left, lambda a=student, b=section: registration_check(a, b, now, in_line=True))
                assert failed.failed, f"{entry} could have a free seat"

    @invariant()
    def no_promise_is_broken(self) -> None:
        if hasattr(self, "block") and self.changed:
            self.changed = False
            rows = list(Enrollment.objects.filter(section__in=self.site.sections).prefetch_related("events"))
            places = list(WaitlistEntry.objects.filter(section__in=self.site.sections).prefetch_related("events"))
            self.no_more_than_the_seats()
            self.one_thing_at_a_time(rows, places)
            self.ranks_without_gaps(places)
            self.events_tell_the_rows(rows, places)

    def no_more_than_the_seats(self) -> None:
        """A section grows beyond its capacity by a permit for one person alone."""
        permits = Override.objects.filter(student__in=self.site.students, used_at__isnull=False).count()
        used, self.permits = permits - self.permits, permits
        found = seats_of(self.fresh_sections())
        for key, seats in found.items():
            now = seats.taken + seats.offered
            assert now <= max(seats.capacity, self.sums[key] + used)
            self.sums[key] = now

    def one_thing_at_a_time(self, rows: list[Enrollment], places: list[WaitlistEntry]) -> None:
        seated = {(row.student_id, row.section_id) for row in rows if row.status in LIVE}
        waiting = {(place.student_id, place.section_id) for place in places if place.status in ("waiting", "offered")}
        assert seated & waiting == set()
        first, _second, last = (section.pk for section in self.site.sections)
        assert {who for who, which in seated if which == first} & {
            who for who, which in seated if which == last
        } == set()

    def ranks_without_gaps(self, places: list[WaitlistEntry]) -> None:
        ranks: dict[int, list[tuple[int, int]]] = {}
        by_key = {place.pk: place for place in places}
        for key, rank in positions(places).items():
            ranks.setdefault(by_key[key].section_id, []).append(rank)
        for found in ranks.values():
            assert sorted(found) == [(n, len(found)) for n in range(1, len(found) + 1)]

    def events_tell_the_rows(self, rows: list[Enrollment], places: list[WaitlistEntry]) -> None:
        for row in rows:
            assert list(row.events.all())[-1].to_status == row.status
        for place in places:
            last = list(place.events.all())[-1].kind
            assert STATUS.get(last, last) == place.status

    def ledgers_are_in_order(self) -> None:
        """Asked at the end alone: a ledger tells all that happened."""
        for section in self.site.sections:
            assert all(step.is_in_order for step in ledger(section))

    def one_mail_per_event(self) -> None:
        """Asked at the end alone: neither mails nor events ever become fewer."""
        mails = Counter(OutboxMessage.objects.values_list("kind", flat=True))
        kinds = Counter(WaitlistEvent.objects.values_list("kind", flat=True))
        for mail, kind in MAILS.items():
            assert mails[mail] <= kinds[kind]
        changes = EnrollmentEvent.objects.count()
        assert mails["enrolled"] + mails["promoted"] + mails["dropped"] <= changes
        assert mails["waitlisted"] <= kinds["joined"]


@pytest.mark.row("R17", "R06", "R09", "R10", "E09", "E10")
def test_every_history_keeps_the_promises(clock):
    Registration.site, Registration.clock = Site(), clock
    few = settings(
        max_examples=HISTORIES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize="HISTORIES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Registration, settings=few)
    assert WaitlistEvent.objects.count() == 0
