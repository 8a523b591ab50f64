"""A schedule file is read by its layout: sections, their meetings, and what it says about itself."""

import pytest

from integrations.layouts import UnknownLayout, load
from integrations.queries.figures import figures_of
from integrations.queries.schedule_file import read_schedule


@pytest.fixture
def parse(write):
    def parse(*rows):
        found = read_schedule(write(*rows), load("ucsd"))
        assert found.errors == []
        return found

    return parse


def test_rows_of_one_id_merge_their_meetings_and_people(parse):
    found = parse(
        "CCE 2\t001\t1\tNowak, Ada\t20\tSE,TuTh,9:30 - 10:50,PODEM 0274",
        "CCE 2\t001\t1\tNowak, Ada & Alm, Bo\t20\tFI,2024-12-12,8:00 - 10:59,PODEM 0274",
        "CCE 2\t001\t1\tNowak, Ada\t20\tSE,TuTh,9:30 - 10:50,PODEM 0274",
    )
    [section] = found.sections
    assert [meeting.schedule_type for meeting in section.meetings] == ["SE", "FI"]
    assert section.instructors == ["Nowak, Ada", "Alm, Bo"]
    assert (found.rows, found.meetings) == (3, 3)


def test_9999_is_no_limit_and_staff_is_nobody(parse):
    [section] = parse("CSE 198\t001\t5\tStaff\t9999\tIN,N/A,0:00 - 0:00,TBA TBA").sections
    assert (section.capacity, section.instructors) == (None, [])
    assert [(m.is_timed, m.room) for m in section.meetings] == [(False, "")]


def test_a_section_code_that_begins_with_a_colon_is_taken(parse):
    assert [one.section_number for one in parse("CSE 198\t:00\t5\tStaff\t0\t").sections] == [":00"]


def test_days_that_run_together_are_told_apart(parse):
    [section] = parse("AESE 278A\tA00\t5\tA & B\t4\tLE,FSa,9:00 - 18:00, ").sections
    assert (section.meetings[0].days, section.instructors) == (0b0110000, ["A", "B"])


def test_an_unknown_layout_is_refused():
    with pytest.raises(UnknownLayout):
        load("../settings")


def figures(parse, *rows):
    return figures_of(parse(*rows), load("ucsd"))


def test_a_lecture_on_every_discussion_is_no_pair(parse):
    lecture = "LE,MWF,9:00 - 9:50,OAK 101"
    found = figures(
        parse,
        f"CSE 21\tA01\t1\tNowak, Ada\t30\t{lecture}",
        f"CSE 21\tA02\t2\tNowak, Ada\t30\t{lecture}",
        f"MATH 15B\tA01\t3\tNowak, Ada\t30\t{lecture}",
    )
    assert (found.room_pairs_identical, found.room_pairs_partly, found.cross_listed_courses) == (1, 0, 1)
    assert found.instructor_overlaps == []


def test_a_room_taken_for_a_part_of_the_time_is_a_pair_of_the_other_kind(parse):
    found = figures(
        parse,
        "CSE 21\tA01\t1\tStaff\t30\tLE,M,9:00 - 9:50,OAK 101",
        "HIST 1\tA01\t2\tStaff\t30\tLE,M,9:30 - 10:20,OAK 101|LE,W,9:00 - 9:50,OAK 101",
        "HIST 2\tA01\t3\tStaff\t30\tLE,M,9:00 - 9:50,RCLAS R01",
    )
    assert (found.room_pairs_identical, found.room_pairs_partly) == (0, 1)


def test_a_person_in_two_rooms_at_once_is_listed_with_both(parse):
    found = figures(
        parse,
        "CSE 21\tA01\t1\tNowak, Ada\t30\tDI,TuTh,9:00 - 9:50,OAK 101",
        "CSE 21\tA02\t2\tNowak, Ada\t30\tDI,Tu,9:00 - 9:50,OAK 102",
        "HIST 1\t001\t3\tNowak, Ada\t30\tLE,Th,9:30 - 10:20,ELM 1",
        "HIST 2\tA00\t4\tNowak, Ada\t30\tLE,Th,9:50 - 10:20,ELM 2",
    )
    sides = [
        {"course": "CSE 21", "crns": ["1"], "type": "DI", "day": "Thursday", "from": "09:00", "to": "09:50",
         "room": "OAK 101"},
        {"course": "HIST 1", "crns": ["3"], "type": "LE", "day": "Thursday", "from": "09:30", "to": "10:20",
         "room": "ELM 1"},
    ]  # fmt: skip
    assert {"instructors": ["Nowak, Ada"], "lettered": False, "sides": sides} in found.instructor_overlaps
    assert [[side["course"] for side in one["sides"]] for one in found.instructor_overlaps] == [
        ["CSE 21", "HIST 1"], ["HIST 1", "HIST 2"],
    ]  # fmt: skip
    assert found.lettered == 0
