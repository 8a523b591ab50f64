"""A schedule file is read by its layout, and what is wrong is said with its line."""

from pathlib import Path

import pytest

from integrations.layouts import UnknownLayout, load
from integrations.queries.schedule_file import read_schedule

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata"
HEADER = "subj_course_id\tsec_code\tsec_id\tinstructor\ttotal_seats\tmeetings\n"

needs_data = pytest.mark.skipif(not REAL.is_dir(), reason="the real schedules are not beside this checkout")


def parse(tmp_path: Path, text: str | bytes):
    path = tmp_path / "schedule.tsv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_schedule(path, load("ucsd"))


@needs_data
@pytest.mark.parametrize(
    ("term", "figures"),
    [("FA24", (8716, 8688, 2335, 472, 14971)), ("WI25", (7244, 7222, 2263, 481, 13315))],
)
def test_real_term_has_the_figures_of_its_source(term, figures):
    found = read_schedule(REAL / "ucsd-schedule" / f"{term}.tsv.gz", load("ucsd"))
    assert found.errors == []
    assert (found.rows, len(found.sections), len(found.courses), len(found.rooms), found.meetings) == figures


@needs_data
def test_an_lfs_pointer_is_named_as_what_it_is():
    found = read_schedule(REAL / "csv-corpus" / "git-lfs-pointers" / "courses.csv", load("ucsd"))
    assert [str(error) for error in found.errors] == [
        "This is a Git LFS pointer, not the file itself: fetch the file first."
    ]


def test_rows_of_one_id_merge_their_meetings(tmp_path):
    found = parse(
        tmp_path,
        HEADER
        + "CCE 2\t001\t1\tNowak, Ada\t20\tSE,TuTh,9:30 - 10:50,PODEM 0274\n"
        + "CCE 2\t001\t1\tNowak, Ada\t20\tFI,2024-12-12,8:00 - 10:59,PODEM 0274\n",
    )
    assert [len(section.meetings) for section in found.sections] == [2]
    assert found.meetings == 2


def test_9999_is_no_limit_and_staff_is_nobody(tmp_path):
    (section,) = parse(tmp_path, HEADER + "CSE 198\t001\t5\tStaff\t9999\tIN,N/A,0:00 - 0:00,TBA TBA\n").sections
    assert (section.capacity, section.instructors) == (None, [])
    assert [(m.is_timed, m.room) for m in section.meetings] == [(False, "")]


def test_days_that_run_together_are_told_apart(tmp_path):
    (section,) = parse(tmp_path, HEADER + "AESE 278A\tA00\t5\tA & B\t4\tLE,FSa,9:00 - 18:00, \n").sections
    assert (section.meetings[0].days, section.instructors) == (0b0110000, ["A", "B"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("CSE 1\tA00\t1\tX\t20\tLE,M,24:30 - 25:00,A 1", "line 2: “24:30” is not a time of day."),
        ("CSE 1\tA00\t1\tX\t20\tLE,M,10:00 - 9:00,A 1", "line 2: “10:00 - 9:00” ends before it starts."),
        ("CSE 1\tA00\t1\tX\t20\tLE,MX,9:00 - 10:00,A 1", 
         "line 2: “MX” is not a list of weekdays (M, Tu, W, Th, F, Sa, Su)."),
        ("CSE 1\tA00\t1\tX\t20\tLE,2024-02-30,9:00 - 10:00,A 1", "line 2: “2024-02-30” is not a day of the calendar."),
        ("CSE 1\tA00\t1\tX\tmany\t", "line 2: “many” is not a number of seats."),
        ("CSE1\tA00\t1\tX\t2\t", "line 2: “CSE1” is not a subject and a course number."),
        ("CSE 1\tA00\t\tX\t2\t", "line 2: The line has no section id."),
        ("CSE 1\tA00\t1", "line 2: The line has more or fewer columns than the first line."),
        ("CSE 1\tA00\t1\tX\t2\tLE,M", "line 2: “LE,M” is not a meeting of schedule_type, days, time, room."),
    ],
)  # fmt: skip
def test_a_malformed_line_is_named(tmp_path, row, message):
    assert [str(error) for error in parse(tmp_path, HEADER + row + "\n").errors] == [message]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (HEADER.encode(), "The file has no rows."),
        (b"a\tb\n1\t2\n", "needs the columns"),
        ("CSE\u00e9".encode("latin-1"), "The file is not text in utf-8: see line 1."),
        (HEADER.encode("utf-16"), "The file is not text in utf-8"),
        (b"\x1f\x8bnothing", "The file is compressed, but damaged."),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(tmp_path, content, message):
    (error,) = parse(tmp_path, content).errors
    assert message in str(error)


def test_an_unknown_layout_is_refused():
    with pytest.raises(UnknownLayout):
        load("../settings")
