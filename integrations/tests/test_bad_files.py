"""A file that cannot be taken: what is wrong is said with its line, nothing is written, and the command fails."""

import gzip
import json
import os

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from courses.models import Course, Section, Subject
from integrations.layouts import load
from integrations.queries import text_file
from integrations.tests.makers import CATALOG_HEADER, HEADER, ROWS
from scheduling.models import Building, MeetingPattern, Room
from scheduling.tests.makers import make_building, make_room

pytestmark = [pytest.mark.django_db, pytest.mark.row("R82")]
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\n"
    "size 526\n"
)
GOOD = "CSE 21\tA01\t1\tNowak, Ada\t30\tLE,MWF,9:00 - 9:50,OAK 101"


def row(meetings="", crn="9", course="CSE 22", number="A01", seats="20", people="Staff"):
    return "\t".join([course, number, crn, people, seats, meetings])


@pytest.fixture
def refused(term, tmp_path, capsys):
    """Import a file that must be refused, and return what was said about its lines."""

    def refused(content, *more):
        path = tmp_path / "schedule.csv"
        if isinstance(content, bytes | str):
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        else:
            path = content
        report = tmp_path / "report.json"
        with pytest.raises(CommandError) as caught:
            call_command(
                "import_schedule",
                str(path),
                "--term",
                "T1",
                "--layout",
                "ucsd",
                "--apply",
                "--report",
                str(report),
                *more,
            )
        assert caught.value.returncode == 1
        written = [model.objects.count() for model in (Section, Course, Subject, MeetingPattern, User)]
        assert written == [0] * 5
        errors = json.loads(report.read_text())["errors"]
        said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("[")]
        assert said == [f"line {one['line']}: {one['message']}" if one["line"] else one["message"] for one in errors]
        return said

    return refused


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (HEADER, "The file has no rows."),
        (POINTER, "This is a Git LFS pointer, not the file itself: fetch the file first."),
        (gzip.compress(POINTER.encode()), "This is a Git LFS pointer, not the file itself: fetch the file first."),
        ((HEADER + GOOD).encode("utf-16"), "The file is not text in utf-8: it contains NUL bytes."),
        ((HEADER + GOOD).encode("utf-16-be"), "The file is not text in utf-8: it contains NUL bytes."),
        (f"{HEADER}{GOOD}\n{row(people='Zoë')}".encode("mac-roman"), "The file is not text in utf-8: see line 3."),
        (b"\x1f\x8bnothing", "The file is compressed, but damaged."),
        (gzip.compress((HEADER + GOOD * 50).encode())[:-20], "The file is compressed, but damaged."),
        (gzip.compress((HEADER + GOOD).encode())[:-8] + b"\0" * 8, "The file is compressed, but damaged."),
        (
            CATALOG_HEADER + "CSE\tCSE 21\tProofs\t4\t\n",
            "line 1: The layout ucsd needs the columns subj_course_id, sec_code, sec_id, instructor, total_seats, "
            "meetings, which the file does not have.",
        ),
        (
            HEADER.replace("\t", ",") + GOOD.replace("\t", ","),
            "line 1: The layout ucsd needs the columns subj_course_id, sec_code, sec_id, instructor, total_seats, "
            "meetings, which the file does not have.",
        ),
        (
            "subj_course_id\tsec_code\tsec_id\tinstructor\nCSE 21\tA01\t1\tX\n",
            "line 1: The layout ucsd needs the columns total_seats, meetings, which the file does not have.",
        ),
        (
            HEADER.replace("sec_code", "sec_id"),
            "line 1: The layout ucsd needs the columns sec_code, which the file does not have.",
        ),
        (
            HEADER.rstrip("\n") + "\tsec_id\n" + GOOD + "\t1\n",
            "line 1: The file has the columns sec_id more than once.",
        ),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_in_words(refused, content, said):
    assert refused(content) == [said]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row("LE,M,24:30 - 25:00,OAK 1"), "“24:30” is not a time of day."),
        (row("LE,M,9:60 - 10:00,OAK 1"), "“9:60” is not a time of day."),
        (row("LE,M,10:00 - 9:00,OAK 1"), "“10:00 - 9:00” ends before it starts."),
        (row("LE,M,10:00 - 10:00,OAK 1"), "“10:00 - 10:00” ends before it starts."),
        (row("LE,M,10:00,OAK 1"), "“10:00” is not a start and an end."),
        (row("LE,FX,9:00 - 10:00,OAK 1"), "“FX” is not a list of weekdays (M, Tu, W, Th, F, Sa, Su)."),
        (row("LE,MM,9:00 - 10:00,OAK 1"), "“MM” is not a list of weekdays (M, Tu, W, Th, F, Sa, Su)."),
        (row("LE,2027-02-30,9:00 - 10:00,OAK 1"), "“2027-02-30” is not a day of the calendar."),
        (row("LE,9999-12-31,9:00 - 10:00,OAK 1"), "“9999-12-31” is not in any term."),
        (row("LE,M,9:00 - 10:00,OAK"), "“OAK” is not a building and a room."),
        (row("LE,M,9:00 - 10:00,O@K 1"), "“O@K” is not a building: Use letters, digits, spaces and . : & _ / - only."),
        (row("LE,M,9:00 - 10:00,OAK " + "1" * 31), f"“{'1' * 31}” is too long for a room: 30 characters at most."),
        (row("LE,M"), "“LE,M” is not a meeting of schedule_type, days, time, room."),
        (row(",M,9:00 - 10:00,OAK 1"), "The line has no meeting type."),
        (row(seats="many"), "“many” is not a number of seats."),
        (row(seats="-1"), "“-1” is not a number of seats."),
        (row(seats="٣"), "“٣” is not a number of seats."),
        (row(course="CSE22"), "“CSE22” is not a subject and a course number."),
        (row(course="C" * 11 + " 1"), f"“{'C' * 11}” is too long for a subject: 10 characters at most."),
        (row(crn=""), "The line has no section id."),
        (row(crn="1 ?"), "“1 ?” is not a section id: Use letters, digits, spaces and . : & _ / - only."),
        (row(number=""), "The line has no section number."),
        (row(people="N" * 151), f"“{'N' * 60}” is too long for a name."),
        ("CSE 22\tA01\t9", "The line has more or fewer columns than the first line."),
        (row() + "\tmore", "The line has more or fewer columns than the first line."),
        (row(crn="1"), "The id 1 stands for another section on line 2."),
        (GOOD.replace("\t30\t", "\t31\t"), "The id 1 has another number of seats on line 2."),
        (GOOD.replace("\t1\t", "\t9\t"), "The section A01 stands with the id 1 on line 2."),
    ],
)
def test_one_bad_line_is_named_and_nothing_is_written(refused, bad, said):
    assert refused(f"{HEADER}{GOOD}\n{bad}\n") == [f"line 3: {said}"]


def test_every_bad_line_is_named_up_to_a_limit(refused):
    assert [line[:7] for line in refused(HEADER + "\n".join([row(crn=""), GOOD, row(seats="x")]))] == [
        "line 2:",
        "line 4:",
    ]


def test_reading_ends_after_many_errors(term, tmp_path, capsys):
    path = tmp_path / "schedule.tsv"
    path.write_text(HEADER + "".join(f"{row(crn='')}\n" for _n in range(500)))
    with pytest.raises(CommandError, match="201 errors; nothing was imported"):
        call_command("import_schedule", path, "--term", "T1", "--layout", "ucsd")
    assert capsys.readouterr().err.splitlines()[-1] == "… and 151 more."


def test_a_line_of_fifty_megabytes_is_refused(refused):
    [said] = refused(HEADER + GOOD + "\n" + row("x" * 50_000_000))
    assert said == "line 3: The line cannot be read: field larger than field limit (131072)."


def test_a_packed_file_is_not_unpacked_without_limit(refused, monkeypatch):
    monkeypatch.setattr(text_file, "MOST_BYTES", 1_000_000)
    assert refused(gzip.compress(b"x" * 2_000_000)) == ["The file is larger than 1 MB."]


def test_a_folder_and_a_file_that_is_not_there_are_refused(refused, tmp_path):
    assert refused(tmp_path) == ["The file cannot be read: Is a directory."]
    assert refused(tmp_path / "nowhere.tsv") == ["The file cannot be read: No such file or directory."]


def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "schedule.tsv").write_text(HEADER)
    was, nobody = os.geteuid(), 65534
    folder.chmod(0)
    try:
        if was == 0:
            os.seteuid(nobody)
        errors = text_file.read_rows(folder / "schedule.tsv", load("ucsd"), [], lambda _row, _line: [])
    finally:
        os.seteuid(was)
        folder.chmod(0o700)
    assert [str(error) for error in errors] == ["The file cannot be read: Permission denied."]


def test_rooms_that_are_not_there_can_be_refused(refused):
    make_room("101", make_building("OAK"))
    content = "".join(
        [HEADER, *(f"{line}\n" for line in [*ROWS, row("LE,F,9:00 - 10:00,OAK 101|DI,F,13:00 - 14:00,ELM 9")])]
    )
    assert refused(content, "--rooms", "known") == [
        "line 2: There is no room “OAK 102”.",
        "line 6: There is no room “ELM 9”.",
    ]
    assert (Building.objects.count(), Room.objects.count()) == (1, 1)


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(term, tmp_path, write):
    with pytest.raises(CommandError, match="The report cannot be written: Is a directory"):
        call_command(
            "import_schedule", write(*ROWS), "--term", "T1", "--layout", "ucsd", "--apply", "--report", str(tmp_path)
        )
    assert not Section.objects.exists()


def test_days_that_run_together_are_two_days(term, write, run):
    run(write(row("LE,FSa,9:00 - 18:00,OAK 1")))
    assert MeetingPattern.objects.get().days == 0b0110000


def test_a_byte_order_mark_and_other_line_ends_are_read(term, write, run, tmp_path):
    path = tmp_path / "windows.tsv"
    path.write_bytes(("\ufeff" + HEADER + "\n".join(ROWS)).replace("\n", "\r\n").encode())
    assert run(path)["created"] == 4
    path.write_bytes(gzip.compress((HEADER + "\n".join(ROWS)).replace("\n", "\r").encode()))
    assert run(path)["unchanged"] == 4
