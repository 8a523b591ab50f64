"""A schedule goes into a term whole, once, with shared lectures as one meeting and clashes kept soft."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.tests.makers import adam, alice, ivan, rita
from courses.models import Course, CrossListGroup, Section
from integrations import layouts
from integrations.errors import MayNotImport
from integrations.operations import import_schedule
from integrations.queries.schedule_file import ParsedSchedule, read_schedule
from integrations.tests.makers import LECTURE, ROWS
from scheduling.models import Claim, Meeting, MeetingPattern, Room

pytestmark = pytest.mark.django_db
COUNTS = ["sections", "courses", "rooms", "meetings", "created", "updated", "unchanged"]


def counts(said):
    return [said[name] for name in COUNTS]


def test_a_dry_run_says_what_it_would_do_and_keeps_nothing(term, write, run):
    said = run(write(*ROWS), apply=False)
    assert counts(said) == [4, 3, 2, 6, 4, 0, 0]
    left = [model.objects.count() for model in (Section, Course, Room, User, MeetingPattern, Meeting, Claim)]
    assert left == [0] * 7


@pytest.mark.row("S17")
def test_a_shared_lecture_is_one_meeting_without_clash(term, write, run):
    said = run(write(*ROWS))
    assert counts(said) == [4, 3, 2, 6, 4, 0, 0]
    assert said["clashes"] == []
    lecture = MeetingPattern.objects.get(schedule_type="LE")
    assert sorted(lecture.sections.values_list("crn", flat=True)) == ["1", "2", "3"]
    assert Meeting.objects.filter(pattern=lecture).count() == 12
    assert not Claim.objects.filter(hard=False).exists()
    assert CrossListGroup.objects.count() == 1
    assert Section.objects.get(crn="3").capacity is None
    assert MeetingPattern.objects.get(is_tba=True).meetings.count() == 0


@pytest.mark.row("S17")
def test_one_class_in_several_rooms_or_without_one_takes_its_instructor_once(term, write, run):
    final = f"FI,{term.start_date + timedelta(days=26)},8:00 - 10:59"
    said = run(
        write(
            f"CSE 21\tA01\t1\tNowak, Ada\t30\t{final},OAK 101",
            f"CSE 21\tB01\t2\tNowak, Ada\t30\t{final},OAK 102",
            "HIST 1\tA00\t3\tNowak, Ada\t30\tLE,M,9:00 - 9:50,OAK 101",
            "HIST 2\tA00\t4\tNowak, Ada\t30\tLE,M,9:00 - 9:50,RCLAS R01",
        )
    )
    assert said["clashes"] == []


@pytest.mark.row("S17")
def test_weekly_classes_end_before_finals_begin(term, write, run):
    final = term.start_date + timedelta(days=21)
    row = f"CSE 21\tA01\t1\tNowak, Ada\t30\tLE,M,9:00 - 9:50,OAK 101|FI,{final},8:00 - 10:59,OAK 101"
    said = run(write(row))
    assert (said["classes_end"], said["clashes"]) == ((final - timedelta(days=1)).isoformat(), [])
    assert Meeting.objects.filter(pattern__schedule_type="LE").count() == 3


@pytest.mark.row("S12", "S17")
def test_true_clashes_arrive_soft_and_name_both_sides(term, write, run):
    said = run(
        write(
            *ROWS,
            "HIST 1\tA00\t5\tNowak, Ada\t20\tLE,M,9:30 - 10:20,ELM 1",
            "HIST 2\tA00\t6\tAlm, Bo\t20\tLE,W,14:30 - 15:20,OAK 102",
        )
    )
    lecture = {
        "sections": [
            {"crn": "1", "course": "CSE 21"}, {"crn": "2", "course": "CSE 21"}, {"crn": "3", "course": "MATH 15B"},
        ],
        "type": "LE", "days": ["Monday", "Wednesday", "Friday"], "from": "09:00", "to": "09:50", "room": "OAK 101",
    }  # fmt: skip
    other = {
        "sections": [{"crn": "5", "course": "HIST 1"}],
        "type": "LE", "days": ["Monday"], "from": "09:30", "to": "10:20", "room": "ELM 1",
    }  # fmt: skip
    mondays = [(term.start_date + timedelta(weeks=n)).isoformat() for n in range(4)]
    [person] = [clash for clash in said["clashes"] if clash["kind"] == "instructor"]
    assert person == {"kind": "instructor", "who": "Nowak, Ada", "dates": mondays, "sides": [lecture, other]}
    rooms = [clash for clash in said["clashes"] if clash["kind"] == "room"]
    assert {clash["who"] for clash in rooms} == {"OAK 102"}
    assert sorted(clash["sides"][1]["sections"][0]["crn"] for clash in rooms) == ["6", "6"]
    assert Claim.objects.filter(hard=False).count() == 8


@pytest.mark.row("R82")
def test_the_second_time_nothing_changes(term, write, run):
    rows = [*ROWS, "HIST 1\tA00\t5\tNowak, Ada & Alm, Bo\t20\tLE,M,9:30 - 10:20,ELM 1"]
    first = run(write(*rows))
    before = [list(model.objects.order_by("pk").values()) for model in (Section, MeetingPattern, Meeting, Claim, User)]
    again = run(write(*rows))
    assert counts(again) == [5, 4, 3, 7, 0, 0, 5]
    assert again["clashes"] == first["clashes"] != []
    after = [list(model.objects.order_by("pk").values()) for model in (Section, MeetingPattern, Meeting, Claim, User)]
    assert after == before


def test_a_dated_meeting_outside_the_term_is_taken_and_said(term, write, run):
    late = term.end_date + timedelta(days=60)
    said = run(write(f"CSE 21\tA01\t1\tStaff\t30\tFI,{late},8:00 - 10:59,OAK 101", *ROWS[2:]))
    assert said["outside_term"] == [{"line": 2, "crn": "1", "day": late.isoformat()}]
    assert said["classes_end"] == term.end_date.isoformat()
    assert Meeting.objects.filter(pattern__schedule_type="FI").count() == 1


def test_people_of_one_spelling_are_one_over_terms(term, write, run):
    run(write("CSE 1\tA00\t1\tLee, Jo\t30\t"))
    term.end_date = term.start_date + timedelta(days=6)
    term.save()
    type(term).objects.create(
        code="T2", name="T2", kind="quarter",
        start_date=term.end_date + timedelta(days=1), end_date=term.end_date + timedelta(days=27),
    )  # fmt: skip
    run(write("CSE 1\tA00\t1\tLee, Jo\t30\t", "CSE 2\tA00\t2\tLee Jo\t30\t"), term="T2")
    taught = {s.term.code + s.crn: s.instructors.get().pk for s in Section.objects.all()}
    assert taught["T11"] == taught["T21"] != taught["T22"]
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.parametrize(("who", "allowed"), [(alice, False), (ivan, False), (rita, True), (adam, True)])
def test_imports_are_for_staff(term, write, who, allowed):
    layout = layouts.load("ucsd")
    parsed = read_schedule(write(*ROWS), layout)
    if allowed:
        assert import_schedule(parsed, term, layout, by=who(), apply=True).created == 4
    else:
        with pytest.raises(MayNotImport):
            import_schedule(ParsedSchedule(), term, layout, by=who(), apply=True)


@pytest.mark.parametrize(
    ("term_code", "layout", "message"),
    [("T1", "nowhere", "There is no layout “nowhere”. Known: ucsd."), ("T9", "ucsd", "There is no term “T9”.")],
)
def test_an_unknown_layout_or_term_is_refused(term, write, term_code, layout, message):
    with pytest.raises(CommandError, match=message):
        call_command("import_schedule", write(*ROWS), "--term", term_code, "--layout", layout)


def test_a_meeting_of_many_types_has_the_first(term, write, run):
    run(write(f"CSE 21\tA01\t1\tNowak, Ada\t30\t{LECTURE}"))
    section = Section.objects.get()
    assert (section.schedule_type, section.status, section.course.status) == ("LE", "open", "published")
