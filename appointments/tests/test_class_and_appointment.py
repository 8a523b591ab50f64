"""A class and an appointment never share a student's time, whichever comes first."""

import threading
from datetime import time

import pytest
from django.db import connections

from accounts.tests.makers import alice, ivan, make_user
from appointments import operations
from appointments.errors import ClassConflict, SlotTaken, StudentBusy
from appointments.models import Appointment
from appointments.queries.slots import slot_list
from appointments.tests.makers import at, make_schedule, make_type
from core.errors import DomainError
from scheduling.models import Meeting
from scheduling.operations import ClaimRequest, place
from students import operations as registration
from students.models import Enrollment
from students.tests.makers import make_open_section, make_student, meet


def class_at_nine(**fields):
    section = make_open_section(**fields)
    meet(section, days=127, start=time(9), end=time(10))
    return section


@pytest.mark.django_db
@pytest.mark.row("P21", "Z01")
def test_ones_own_class_is_not_offered_and_refused_until_it_is_dropped():
    section, student = class_at_nine(), make_student(user=alice())
    enrollment = registration.enroll(student, section, by=alice())
    type = make_type(ivan())
    now = enrollment.enrolled_at
    assert at(9) not in {slot.starts_at for slot in slot_list(type, alice(), at(8), at(12), now=now).slots}
    with pytest.raises(ClassConflict) as refusal:
        operations.book(type, alice(), at(9), by=alice())
    assert section.course.code in refusal.value.facts["title"]
    assert operations.book(type, alice(), at(10), by=alice()).pk
    registration.drop(enrollment, by=alice())
    assert operations.book(type, alice(), at(9), by=alice()).pk


@pytest.mark.django_db
@pytest.mark.row("P21", "Z01")
def test_a_cancelled_meeting_frees_its_time_for_booking():
    section = class_at_nine()
    registration.enroll(make_student(user=alice()), section, by=alice())
    Meeting.objects.filter(pattern__sections=section, starts_at=at(9)).update(status="cancelled")
    assert operations.book(make_type(ivan()), alice(), at(9), by=alice()).pk


@pytest.mark.django_db
@pytest.mark.row("E17", "Z01")
def test_enrolling_is_refused_while_an_appointment_stands_and_not_after_it_is_cancelled():
    section, student = class_at_nine(), make_student(user=alice())
    booked = operations.book(make_type(ivan()), alice(), at(9), by=alice())
    with pytest.raises(DomainError) as refusal:
        registration.enroll(student, section, by=alice())
    assert refusal.value.code == "time_conflict"
    operations.cancel(booked, by=alice())
    assert registration.enroll(student, section, by=alice()).status == "registered"


@pytest.mark.django_db
@pytest.mark.row("P21", "Z01")
def test_what_a_host_teaches_is_not_offered_and_what_a_student_teaches_is_refused():
    assistant = make_user(roles=["student"])
    place([
        ClaimRequest(person_id=person.pk, starts_at=at(9), ends_at=at(10), source="meeting")
        for person in (ivan(), assistant)
    ])  # fmt: skip
    type = make_type(ivan())
    with pytest.raises(SlotTaken):
        operations.book(type, alice(), at(9), by=alice())
    with pytest.raises(StudentBusy):
        operations.book(make_type(make_user(roles=["instructor"])), assistant, at(9), by=assistant)


@pytest.mark.django_db(transaction=True)
@pytest.mark.row("Z01", "R05")
def test_of_enrolling_and_booking_at_the_same_moment_one_is_done():
    for _round in range(4):
        section, person = class_at_nine(), make_user(roles=["student"])
        student = make_student(user=person)
        host = make_user(roles=["instructor"])
        type = make_type(host, schedule=make_schedule(host))
        deeds = [
            lambda s=student, c=section, p=person: registration.enroll(s, c, by=p),
            lambda t=type, p=person: operations.book(t, p, at(9), by=p),
        ]
        codes = together(deeds)
        assert codes.count("ok") == 1
        taken = Enrollment.objects.filter(student=student).count() + Appointment.objects.filter(student=person).count()
        assert taken == 1


def together(deeds):
    start, codes = threading.Barrier(len(deeds)), []

    def run(deed):
        start.wait()
        try:
            deed()
            codes.append("ok")
        except DomainError as exc:
            codes.append(exc.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
