"""Reserved seats, permits beyond capacity, and capacities that are lowered."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import ivan, rita
from core.errors import DomainError
from courses.operations import change_section, cross_list
from students import operations
from students.models import Enrollment, WaitlistEntry
from students.queries.seats import seats
from students.tests.makers import enroll_directly, make_open_section, make_open_term, make_student

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def refusal(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value


def graduate():
    return operations.change_profile(make_student(), by=None, level="graduate")


def enroll(student, section):
    return operations.enroll(student, section, by=student.user)


def reserve(section, seats, **fields):
    return operations.reserve_seats(section, by=rita(), seats=seats, **{"level": "graduate"} | fields)


@pytest.mark.row("E14")
def test_reserved_seats_are_for_those_they_fit_and_the_rest_for_everybody():
    section = make_open_section(capacity=3)
    reserve(section, 2, releases_at=timezone.now() + HOUR)
    enroll(make_student(), section)
    error = refusal(enroll, make_student(), section)
    assert error.code == "seats_reserved"
    assert "2 of 2 seats are left for Graduate until" in str(error)
    enroll(graduate(), section)
    assert refusal(enroll, make_student(), section).code == "seats_reserved"
    enroll(graduate(), section)
    assert refusal(enroll, graduate(), section).code == "section_full"


@pytest.mark.row("E14")
def test_whoever_a_seat_is_reserved_for_takes_that_one_first_and_then_a_general_one():
    section = make_open_section(capacity=3)
    reserve(section, 1)
    for _ in range(2):
        enroll(graduate(), section)
    assert [row.left for row in seats(section).reserved] == [0]
    enroll(make_student(), section)
    assert seats(section).free == 0


@pytest.mark.row("E14", "E12")
def test_the_line_passes_over_those_for_whom_the_seat_is_not_and_gives_it_to_the_next():
    section = make_open_section(capacity=2)
    reserve(section, 1)
    held = [enroll(make_student(), section), enroll(graduate(), section)]
    first, second = make_student(), graduate()
    entries = [operations.join_waitlist(student, section, by=None) for student in (first, second)]
    operations.drop(held[1], by=None)
    for entry in entries:
        entry.refresh_from_db()
    assert [entry.status for entry in entries] == ["waiting", "accepted"]
    assert entries[0].last_skip_code == "seats_reserved"


@pytest.mark.row("E14")
def test_once_released_the_seats_are_for_everybody_and_the_line_moves():
    section = make_open_section(capacity=1)
    kept = reserve(section, 1, releases_at=timezone.now() + HOUR)
    entry = operations.join_waitlist(make_student(), section, by=None)
    kept.releases_at = timezone.now()
    kept.save()
    assert operations.release_due() == 1
    entry.refresh_from_db()
    assert entry.status == "accepted"
    assert operations.release_due() == 0


@pytest.mark.row("E14")
def test_no_more_seats_are_reserved_than_there_are_and_only_by_the_office():
    section = make_open_section(capacity=2)
    reserve(section, 1)
    assert refusal(reserve, section, 2).code == "reserved_too_many"
    assert refusal(operations.reserve_seats, section, by=ivan(), seats=1, level="graduate").code == "may_not_set_rules"


@pytest.mark.row("E14", "T05")
def test_reserved_seats_of_a_cross_listed_section_never_pass_the_combined_capacity():
    term = make_open_term()
    one, two = (make_open_section(capacity=5, term=term) for _ in range(2))
    cross_list([one, two], by=None, capacity=2)
    one.refresh_from_db()
    two.refresh_from_db()
    reserve(one, 1)
    enroll(make_student(), two)
    assert refusal(enroll, make_student(), one).code == "seats_reserved"
    enroll(graduate(), one)
    assert refusal(enroll, graduate(), two).code == "section_full"


@pytest.mark.row("E15", "T09")
def test_a_permit_beyond_capacity_lets_its_student_in_and_nobody_else():
    section = make_open_section(capacity=1)
    enroll(make_student(), section)
    student = make_student()
    operations.grant_override(student, section, "capacity", by=rita(), reason="Graduates.")
    assert refusal(enroll, make_student(), section).code == "section_full"
    assert enroll(student, section).status == "registered"
    assert (seats(section).taken, seats(section).free) == (2, 0)


@pytest.mark.row("R11")
def test_a_lowered_capacity_removes_nobody_and_gives_no_seat_until_there_are_fewer():
    section = make_open_section(capacity=50)
    held = [enroll_directly(make_student(), section) for _ in range(50)]
    change_section(section, by=rita(), capacity=30)
    assert Enrollment.objects.live().filter(section=section).count() == 50
    assert seats(section).free == 0
    waiting = operations.join_waitlist(make_student(), section, by=None)
    for enrollment in held[:20]:
        operations.drop(enrollment, by=None)
        assert refusal(enroll, make_student(), section).code == "section_full"
        assert WaitlistEntry.objects.get(pk=waiting.pk).status == "waiting"
    operations.drop(held[20], by=None)
    assert WaitlistEntry.objects.get(pk=waiting.pk).status == "accepted"
    assert Enrollment.objects.live().filter(section=section).count() == 30
