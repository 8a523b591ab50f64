"""What everybody may read of a line."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, rita
from students import operations
from students.models import WaitlistEntry, WaitlistEvent
from students.queries.ledger import earlier_lines, ledger
from students.tests.makers import make_course_entry, make_open_section, make_open_term, make_student

pytestmark = pytest.mark.django_db


def line_that_moved():
    """Return a section whose second got the seat, since the account of the first is closed."""
    section = make_open_section(capacity=1)
    holder = operations.enroll(make_student(), section, by=None)
    line = [operations.join_waitlist(make_student(), section, by=None) for _ in range(3)]
    line[0].student.user.is_active = False
    line[0].student.user.save()
    operations.drop(holder, by=None)
    return section, line


def told(section):
    return [(step.number, step.kind, step.why) for step in ledger(section)]


@pytest.mark.row("Z02")
def test_the_ledger_tells_each_step_by_number_and_kind_of_reason():
    section, _line = line_that_moved()
    assert told(section) == [
        (1, "joined", ""),
        (2, "joined", ""),
        (3, "joined", ""),
        (1, "skipped", "a rule of registration"),
        (2, "promoted", ""),
    ]
    assert all(step.is_in_order for step in ledger(section))


@pytest.mark.row("Z02")
def test_a_seat_out_of_turn_is_marked_unless_those_before_were_passed_over():
    section, line = line_that_moved()
    entry = WaitlistEntry.objects.get(pk=line[2].pk)
    event = WaitlistEvent(entry=entry, kind="promoted", run_at=entry.joined_at, at=entry.joined_at)
    event.save()
    assert [step.is_in_order for step in ledger(section)] == [True] * 5 + [False]


@pytest.mark.row("Z02")
def test_a_promotion_by_hand_is_told_without_its_reason():
    section, line = line_that_moved()
    section.capacity = 2
    section.save()
    operations.promote_entry(line[2], by=rita(), reason="Alice is a friend of the dean.")
    assert told(section)[5:] == [(1, "skipped", "passed over by staff"), (3, "promoted", "by staff")]
    assert all(step.is_in_order for step in ledger(section))


@pytest.mark.row("Z02")
def test_the_digest_changes_with_anything_before_it():
    section, _line = line_that_moved()
    before = [step.digest for step in ledger(section)]
    assert len(set(before)) == 5
    operations.join_waitlist(make_student(), section, by=None)
    assert [step.digest for step in ledger(section)][:5] == before
    WaitlistEntry.objects.filter(section=section, seq=2).update(seq=7)
    changed = [step.digest for step in ledger(section)]
    assert changed[0] == before[0]
    assert set(changed[1:5]) & set(before) == set()


@pytest.mark.row("Z02")
def test_the_page_shows_numbers_to_students_and_names_to_staff(client):
    section, line = line_that_moved()
    name, reason = line[1].student.user.display_name, "account of this student"
    address = reverse("students:section_ledger", args=[section.public_id])
    client.force_login(alice())
    page = client.get(address).content.decode()
    assert "In order" in page
    assert name not in page
    assert reason not in page
    client.force_login(rita())
    page = client.get(address).content.decode()
    assert name in page
    assert reason in page


@pytest.mark.row("Z02", "I01")
def test_the_api_gives_the_ledger_without_names(client):
    section, line = line_that_moved()
    client.force_login(alice())
    found = client.get(f"/api/v1/sections/{section.public_id}/line-ledger/")
    assert [step["number"] for step in found.json()["steps"]] == [1, 2, 3, 1, 2]
    assert line[1].student.user.display_name not in found.content.decode()
    hidden = make_open_section(status="planned")
    assert client.get(f"/api/v1/sections/{hidden.public_id}/line-ledger/").status_code == 404
    client.logout()
    assert client.get(f"/api/v1/sections/{section.public_id}/line-ledger/").status_code == 401


@pytest.mark.row("Z02", "R118")
def test_the_ledger_asks_the_same_number_of_queries_for_any_length(client, django_assert_max_num_queries):
    section, _line = line_that_moved()
    address = reverse("students:section_ledger", args=[section.public_id])
    client.force_login(alice())
    client.get(address)
    with django_assert_max_num_queries(15) as short:
        client.get(address)
    for _ in range(9):
        operations.join_waitlist(make_student(), section, by=None)
    with django_assert_max_num_queries(15) as long:
        client.get(address)
    assert len(short.captured_queries) == len(long.captured_queries)


@pytest.mark.row("E08")
def test_earlier_terms_are_told_only_where_enough_have_waited():
    course = make_course_entry()
    now = make_open_term()
    start = now.start_date - timedelta(days=200)
    past = make_open_term(start_date=start, end_date=start + timedelta(days=90))
    old = make_open_section(course=course, term=past)
    for number in range(1, 10):
        status = "accepted" if number < 7 else "closed"
        WaitlistEntry.objects.create(student=make_student(), section=old, seq=number, status=status)
    section = make_open_section(course=course, term=now)
    assert earlier_lines(section) is None
    WaitlistEntry.objects.create(student=make_student(), section=old, seq=10, status="removed")
    found = earlier_lines(section)
    assert (found.waited, found.got_in, found.percent) == (10, 6, 60)
    assert earlier_lines(old) is None
