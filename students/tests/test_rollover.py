"""The sections of a term come into another: what comes along, what is in the way, once, and back again."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from accounts.tests.makers import make_user
from courses.models import Section, Term
from courses.operations import archive_course, cross_list
from courses.tests.makers import make_course, make_section, make_term
from scheduling import operations
from scheduling.errors import CopiesInUse, NoLinesReady, NotCopied, NothingToCopy, NotLookedAt, TermOver, TermsTheSame
from scheduling.models import Claim, Closure, Meeting, MeetingPattern, Rollover
from scheduling.queries.shifts import Shift
from scheduling.tests.makers import make_pattern, make_room
from students.models import GradeItem, Restriction, SeatReservation
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("C04", "D04")]


def two_terms(weeks=26):
    """Return a term that runs now and one of the same length that begins `weeks` later, on another weekday."""
    term = make_term()
    start = term.start_date + timedelta(weeks=weeks)
    return term, make_term(start_date=start, end_date=start + (term.end_date - term.start_date), kind="semester")


def roll(source, target, by, **options):
    return operations.create_rollover(source, target, by=by, **options)


def notes(rollover):
    return {str(line.section): [note["code"] for note in line.notes] for line in rollover.lines.all()}


def only(rollover):
    [line] = rollover.lines.all()
    return line


@pytest.fixture
def registrar():
    return make_user("rita@example.org", ["registrar"])


@pytest.fixture
def full(registrar):
    """Return two terms and Ivan's lecture in the first, in a room, with rules and graded work, and its lab."""
    source, target = two_terms()
    teacher = make_user("ivan@example.org", ["instructor"])
    lecture = make_section(term=source, instructor=teacher, capacity=30, crn="10010", section_number="A00")
    lecture.registration_opens_at = datetime(2026, 3, 2, 13, tzinfo=UTC)
    lecture.save()
    lab = make_section(term=source, course=lecture.course, linked_to=lecture, crn="10011", section_number="A01")
    room = make_room(capacity=80)
    pattern = make_pattern([lecture, lab], "TR", time(10), time(11), room=room, instructors=[teacher])
    SeatReservation.objects.create(section=lecture, seats=4, level="graduate")
    Restriction.objects.create(section=lecture, level="graduate")
    make_grade_item(lecture, title="Essay", posted=True)
    return {"source": source, "target": target, "lecture": lecture, "lab": lab, "room": room, "pattern": pattern}


def test_a_section_comes_with_its_times_people_rules_and_graded_work(full, registrar):
    rollover = roll(full["source"], full["target"], registrar)
    assert rollover.state == Rollover.State.PREVIEWED
    assert not Section.objects.filter(term=full["target"]).exists()
    before = {line.section.pk: (line.notes, line.meetings) for line in rollover.lines.all()}
    rollover = operations.apply_rollover(rollover, by=registrar)
    assert rollover.state == Rollover.State.APPLIED
    # What was said before is what was done.
    assert {line.section.pk: (line.notes, line.meetings) for line in rollover.lines.all()} == before
    copy = Section.objects.get(copied_from=full["lecture"])
    lab = Section.objects.get(copied_from=full["lab"])
    assert (copy.crn, copy.status, copy.capacity, copy.term) == ("10010", "planned", 30, full["target"])
    assert lab.linked_to == copy
    pattern = copy.patterns.get()
    assert lab.patterns.get() == pattern
    assert (pattern.room, pattern.start_date, pattern.end_date) == (
        full["room"], full["target"].start_date, full["target"].end_date
    )  # fmt: skip
    assert [row.instructor.email for row in copy.section_instructors.all()] == ["ivan@example.org"]
    assert pattern.meetings.count() == before[full["lecture"].pk][1] > 20
    assert not Claim.objects.filter(hard=False).exists()
    assert (copy.seat_reservations.get().seats, copy.restrictions.get().level) == (4, "graduate")
    item = copy.grade_items.get()
    assert (item.title, item.posted_at) == ("Essay", None)


def test_what_is_not_wanted_stays_behind(full, registrar):
    without = {"with_rooms": False, "with_instructors": False, "with_rules": False, "with_grading": False}
    operations.apply_rollover(roll(full["source"], full["target"], registrar, **without), by=registrar)
    copy = Section.objects.get(copied_from=full["lecture"])
    pattern = copy.patterns.get()
    assert (pattern.room, pattern.instructors.count(), copy.section_instructors.count()) == (None, 0, 0)
    counts = [rows.count() for rows in (copy.seat_reservations, copy.restrictions, copy.grade_items)]
    assert counts == [0, 0, 0]
    assert pattern.meetings.exists()


def test_without_meetings_nothing_is_planned(full, registrar):
    operations.apply_rollover(roll(full["source"], full["target"], registrar, with_meetings=False), by=registrar)
    assert not MeetingPattern.objects.filter(term=full["target"]).exists()


DATES = [
    # First day of the one term and of the other, a day of the first, the day it comes to lie on.
    (date(2024, 9, 26), date(2025, 9, 25), date(2024, 9, 26), date(2025, 9, 25)),
    (date(2024, 9, 26), date(2025, 9, 25), date(2024, 10, 15), date(2025, 10, 14)),
    # A leap year between, several years on, and terms that begin on different weekdays.
    (date(2024, 1, 8), date(2025, 1, 6), date(2024, 2, 29), date(2025, 2, 27)),
    (date(2024, 1, 8), date(2029, 1, 8), date(2024, 3, 1), date(2029, 3, 2)),
    (date(2024, 1, 8), date(2024, 4, 3), date(2024, 1, 17), date(2024, 4, 10)),
]


@pytest.mark.parametrize(("first", "other", "day", "expected"), DATES)
def test_a_day_keeps_its_week_and_weekday(first, other, day, expected):
    shift = Shift(Term(start_date=first), Term(start_date=other))
    assert (shift.day(day), expected.weekday()) == (expected, day.weekday())


def test_an_instant_keeps_its_wall_clock_over_a_change_of_the_clock():
    shift = Shift(Term(start_date=date(2026, 1, 5)), Term(start_date=date(2026, 6, 1)))
    winter = datetime(2026, 1, 7, 13, tzinfo=UTC)  # 08:00 in New York
    assert shift.instant(winter) == datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert shift.instant(None) is None


def test_closed_days_are_skipped_and_said(full, registrar):
    first = full["target"].start_date
    Closure.objects.create(name="Break", start_date=first + timedelta(weeks=2), end_date=first + timedelta(days=20))
    rollover = roll(full["source"], full["target"], registrar)
    assert notes(rollover)[str(full["lab"])] == ["closed"]
    operations.apply_rollover(rollover, by=registrar)
    made = Meeting.objects.filter(pattern__term=full["target"])
    days = {one.original_start.date() for one in made}
    assert not any(first + timedelta(weeks=2) <= day <= first + timedelta(days=20) for day in days)


def test_what_is_in_the_way_is_named_before_and_left_out(full, registrar):
    other = make_section(term=full["target"], course=make_course("ART"))
    teacher = full["lecture"].section_instructors.get().instructor
    make_pattern(other, "T", time(10, 30), time(12), room=full["room"], instructors=[teacher])
    rollover = roll(full["source"], full["target"], registrar)
    line = rollover.lines.get(section=full["lecture"])
    assert line.has_clash
    assert [note["code"] for note in line.notes if note["code"] != "also"] == ["room_taken", "instructor_taken"]
    assert f"{other} on " in line.notes[0]["message"]
    operations.apply_rollover(rollover, by=registrar)
    pattern = Section.objects.get(copied_from=full["lecture"]).patterns.get()
    assert (pattern.room, list(pattern.instructors.all())) == (None, [])
    assert not Claim.objects.filter(hard=False).exists()


def test_two_copies_do_not_take_one_room(full, registrar):
    """The source has a clash that was accepted: the second copy comes without the room."""
    other = make_section(term=full["source"], course=make_course("ZOO"), capacity=5)
    make_pattern(other, "R", time(10), time(11), room=full["room"], by=registrar, clash_reason="Guests")
    rollover = roll(full["source"], full["target"], registrar)
    assert notes(rollover)[str(other)] == ["room_taken"]
    operations.apply_rollover(rollover, by=registrar)
    assert Section.objects.get(copied_from=other).patterns.get().room is None
    assert not Claim.objects.filter(hard=False, room__isnull=False, during__startswith__gt=timezone.now() + timedelta(
        weeks=20)).exists()  # fmt: skip


def test_a_small_room_stays_behind_unless_it_was_accepted(registrar):
    source, target = two_terms()
    small = make_room(capacity=10)
    section = make_section(term=source, capacity=30)
    make_pattern(section, "M", room=small, ignore_capacity=True)
    accepted = make_section(term=source, capacity=30)
    make_pattern(accepted, "T", room=small, ignore_capacity=True, capacity_reason="Few come")
    rollover = roll(source, target, registrar)
    assert notes(rollover) == {str(section): ["room_too_small"], str(accepted): []}
    operations.apply_rollover(rollover, by=registrar)
    assert Section.objects.get(copied_from=section).patterns.get().room is None
    kept = Section.objects.get(copied_from=accepted).patterns.get()
    assert (kept.room, kept.capacity_reason) == (small, "Few come")


def test_running_it_twice_makes_nothing_twice(full, registrar):
    operations.apply_rollover(roll(full["source"], full["target"], registrar), by=registrar)
    counts = [model.objects.count() for model in (Section, MeetingPattern, Meeting, GradeItem)]
    again = roll(full["source"], full["target"], registrar)
    assert {line.result for line in again.lines.all()} == {"there"}
    with pytest.raises(NoLinesReady):
        operations.apply_rollover(again, by=registrar)
    assert [model.objects.count() for model in (Section, MeetingPattern, Meeting, GradeItem)] == counts


def test_chosen_lines_come_first_and_the_rest_joins_them(full, registrar):
    alone = make_section(term=full["source"], course=make_course("ZOO"))
    rollover = roll(full["source"], full["target"], registrar)
    # A lab brings its lecture.
    operations.apply_rollover(rollover, by=registrar, lines=[rollover.lines.get(section=full["lab"])])
    made = set(Section.objects.filter(term=full["target"]).values_list("copied_from", flat=True))
    assert made == {full["lecture"].pk, full["lab"].pk}
    operations.apply_rollover(rollover, by=registrar)
    assert Section.objects.filter(copied_from=alone).exists()
    assert {line.result for line in rollover.lines.all()} == {"copied"}


def test_a_shared_meeting_is_shared_whenever_its_sections_come(registrar):
    source, target = two_terms()
    one = make_section(term=source, course=make_course("ART"), section_number="1")
    two = make_section(term=source, course=make_course("HIST"), section_number="1")
    cross_list([one, two], by=None, capacity=50)
    make_pattern([one, two], "M", room=make_room())
    rollover = roll(source, target, registrar)
    for section in (one, two):
        operations.apply_rollover(rollover, by=registrar, lines=[rollover.lines.get(section=section)])
    copies = Section.objects.filter(term=target).order_by("pk")
    assert len({copy.patterns.get().pk for copy in copies}) == 1
    assert {copy.cross_list_group.capacity for copy in copies} == {50}


def test_a_crn_that_is_taken_is_another_one(full, registrar):
    make_section(term=full["target"], crn="10010")
    rollover = roll(full["source"], full["target"], registrar)
    assert "crn_changed" in notes(rollover)[str(full["lecture"])]
    operations.apply_rollover(rollover, by=registrar)
    assert Section.objects.get(copied_from=full["lecture"]).crn == "10011"
    assert Section.objects.get(copied_from=full["lab"]).crn == "10012"


def test_an_archived_course_and_what_belongs_to_a_missing_lecture_are_left_out(full, registrar):
    for section in (full["lecture"], full["lab"]):
        Section.objects.filter(pk=section.pk).update(status="completed")
    archive_course(full["lecture"].course, by=None)
    rollover = roll(full["source"], full["target"], registrar)
    assert set(rollover.lines.values_list("result", flat=True)) == {"left_out"}
    assert notes(rollover)[str(full["lecture"])] == ["course_archived"]


def test_it_is_undone_while_nobody_is_in_it(full, registrar):
    before = [model.objects.count() for model in (Section, MeetingPattern, Meeting, GradeItem, SeatReservation)]
    rollover = operations.apply_rollover(roll(full["source"], full["target"], registrar), by=registrar)
    rollover = operations.undo_rollover(rollover, by=registrar)
    assert (rollover.state, set(rollover.lines.values_list("result", flat=True))) == ("undone", {"undone"})
    after = [model.objects.count() for model in (Section, MeetingPattern, Meeting, GradeItem, SeatReservation)]
    assert after == before
    # The room is free again.
    other = make_section(term=full["target"], course=make_course("ART"))
    make_pattern(other, "T", time(10), time(11), room=full["room"])
    with pytest.raises(NotCopied):
        operations.undo_rollover(rollover, by=registrar)
    with pytest.raises(NotLookedAt):
        operations.apply_rollover(rollover, by=registrar)


def _open(copy):
    Section.objects.filter(pk=copy.pk).update(status="open")


@pytest.mark.parametrize("depend", [lambda copy: enroll_directly(make_student(), copy), _open])
def test_it_is_not_undone_once_something_depends_on_a_copy(full, registrar, depend):
    rollover = operations.apply_rollover(roll(full["source"], full["target"], registrar), by=registrar)
    copy = Section.objects.get(copied_from=full["lecture"])
    depend(copy)
    with pytest.raises(CopiesInUse) as refusal:
        operations.undo_rollover(rollover, by=registrar)
    assert str(copy) in str(refusal.value)
    assert Section.objects.filter(term=full["target"]).count() == 2
    assert SeatReservation.objects.filter(section=copy).exists()


def test_impossible_choices_are_refused(full, registrar):
    over = make_term(start_date=timezone.localdate() - timedelta(days=300))
    for source, target, refusal in (
        (full["source"], full["source"], TermsTheSame),
        (full["source"], over, TermOver),
        (full["target"], full["source"], NothingToCopy),
    ):
        with pytest.raises(refusal):
            roll(source, target, registrar)
    assert not Rollover.objects.exists()
