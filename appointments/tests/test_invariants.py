import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.makers import ivan, make_user
from appointments import operations
from appointments.models import Appointment
from appointments.tests.makers import at, make_type
from core.errors import DomainError

steps = st.lists(
    st.tuples(st.sampled_from(["book", "move", "cancel"]), st.integers(0, 2), st.integers(0, 11), st.integers(0, 1)),
    max_size=14,
)


class Invariants(TestCase):
    @pytest.mark.row("R12", "P21")
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps)
    def test_no_two_holding_appointments_of_a_person_overlap(self, plan):
        hosts = [ivan(), make_user(roles=["instructor"])]
        types = [
            make_type(hosts[0], duration_minutes=45, interval_minutes=15, buffer_after_minutes=10),
            make_type(hosts[1], seats=2, interval_minutes=15),
        ]
        students = [make_user(roles=["student"]) for _ in range(3)]
        booked = []
        for deed, who, when, which in plan:
            student, starts_at = students[who], at(9 + when // 4, when % 4 * 15)
            try:
                if deed == "book":
                    booked.append(operations.book(types[which], student, starts_at, by=student))
                elif booked and deed == "move":
                    item = booked[when % len(booked)]
                    operations.move(item, starts_at, by=item.student)
                elif booked:
                    item = booked.pop(when % len(booked))
                    operations.cancel(item, by=item.student)
            except DomainError:
                pass
        standing = list(Appointment.objects.filter(status="confirmed").select_related("session"))
        for first in standing:
            for second in standing:
                if first.pk < second.pk:
                    self.assert_apart(first, second)
        for appointment in standing:
            assert appointment.claim is not None
            assert appointment.claim.active
            assert appointment.session.status == "open"
            assert appointment.session.host_claim.active

    def assert_apart(self, first, second):
        one, two = first.session, second.session
        if first.student_id == second.student_id:
            assert one.ends_at <= two.starts_at or two.ends_at <= one.starts_at
        if one.pk != two.pk and one.host_id == two.host_id:
            assert one.block_ends_at <= two.block_starts_at or two.block_ends_at <= one.block_starts_at
