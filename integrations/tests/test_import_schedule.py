"""A schedule goes into a term whole, once, with shared lectures as one meeting and clashes kept soft."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.models import CrossListGroup, Section, Term
from scheduling.models import Claim, Meeting, MeetingPattern

HEADER = "subj_course_id\tsec_code\tsec_id\tinstructor\ttotal_seats\tmeetings\n"
LECTURE = "LE,MWF,9:00 - 9:50,OAK 101"
ROWS = (
    f"CSE 21\tA01\t1\tNowak, Ada\t30\t{LECTURE}|DI,W,14:00 - 14:50,OAK 102\n"
    f"CSE 21\tA02\t2\tNowak, Ada\t30\t{LECTURE}|DI,W,15:00 - 15:50,OAK 102\n"
    f"MATH 15B\tA01\t3\tNowak, Ada\t9999\t{LECTURE}\n"
    "CSE 99\t001\t4\tStaff\t9999\tIN,N/A,0:00 - 0:00,TBA TBA\n"
)
# The same person at the same time in another room.
CLASH = "HIST 1\tA00\t5\tNowak, Ada\t20\tLE,M,9:30 - 10:20,SCI 1\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def term():
    return Term.objects.create(
        code="T1", name="Term", start_date=date(2027, 3, 1), end_date=date(2027, 3, 14), kind="quarter"
    )


@pytest.fixture
def schedule(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "schedule.tsv"
        path.write_text(HEADER + text, "utf-8")
        return path

    return write


def run(path, *more, report=None):
    options = {"report": report} if report else {}
    call_command("import_schedule", path, "--term", "T1", "--layout", "ucsd", *more, **options)


def test_a_dry_run_keeps_nothing(term, schedule):
    run(schedule(ROWS))
    assert not Section.objects.exists()


@pytest.mark.row("S17")
def test_a_shared_lecture_is_one_meeting_without_clash(term, schedule, tmp_path):
    report = tmp_path / "report.json"
    run(schedule(ROWS), "--apply", report=report)
    said = json.loads(report.read_text())
    assert (said["sections"], said["courses"], said["created"], said["clashes"]) == (4, 3, 4, [])
    lecture = MeetingPattern.objects.get(schedule_type="LE")
    assert sorted(lecture.sections.values_list("crn", flat=True)) == ["1", "2", "3"]
    assert Meeting.objects.filter(pattern=lecture).count() == 6
    assert not Claim.objects.filter(hard=False).exists()
    assert CrossListGroup.objects.count() == 1
    assert Section.objects.get(crn="3").capacity is None
    assert MeetingPattern.objects.get(is_tba=True).meetings.count() == 0


def test_the_second_time_nothing_changes(term, schedule, tmp_path):
    path, report = schedule(ROWS), tmp_path / "report.json"
    run(path, "--apply")
    before = (Meeting.objects.count(), Claim.objects.count())
    run(path, "--apply", report=report)
    said = json.loads(report.read_text())
    assert (said["created"], said["updated"], said["unchanged"]) == (0, 0, 4)
    assert (Meeting.objects.count(), Claim.objects.count()) == before


def test_a_true_clash_arrives_soft_and_is_listed(term, schedule, tmp_path):
    report = tmp_path / "report.json"
    run(schedule(ROWS + CLASH), "--apply", report=report)
    clashes = json.loads(report.read_text())["clashes"]
    assert [(clash["kind"], clash["who"]) for clash in clashes] == [("instructor", "Nowak, Ada")] * 2
    assert Claim.objects.filter(hard=False).count() == 2


def test_one_bad_line_writes_nothing(term, schedule):
    with pytest.raises(CommandError, match="1 errors; nothing was imported"):
        run(schedule(ROWS + "HIST 1\tA00\t5\tX\t20\tLE,M,24:30 - 25:00,SCI 1\n"), "--apply")
    assert not Section.objects.exists()


@pytest.mark.parametrize(("term_code", "layout"), [("T1", "nowhere"), ("T9", "ucsd")])
def test_an_unknown_layout_or_term_is_refused(term, schedule, term_code, layout):
    with pytest.raises(CommandError):
        call_command("import_schedule", schedule(ROWS), "--term", term_code, "--layout", layout)
