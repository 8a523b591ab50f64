"""What a later file has otherwise is changed through the deeds; what is past, or not in the file, stays."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError
from django.utils import timezone

from accounts.tests.makers import make_user, rita
from courses.models import Course, Section, SectionInstructor
from courses.operations import cancel_section
from integrations import layouts
from integrations.operations import import_schedule
from integrations.operations.meetings import NOT_IN_THE_FILE
from integrations.queries.schedule_file import read_schedule
from integrations.tests.makers import LECTURE, ROWS, make_import_term
from scheduling.models import Claim, Meeting, MeetingPattern
from students.models import Enrollment
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_student

pytestmark = pytest.mark.django_db


def changes(said):
    return said["created"], said["updated"], said["unchanged"]


def test_seats_people_and_times_that_changed_are_updates(term, write, run):
    run(write(*ROWS))
    said = run(
        write(
            ROWS[0].replace("\t30\t", "\t35\t"),
            ROWS[1].replace("15:00 - 15:50", "16:00 - 16:50"),
            ROWS[2],
            ROWS[3].replace("Staff", "Alm, Bo"),
        )
    )
    assert changes(said) == (0, 3, 1)
    assert Section.objects.get(crn="1").capacity == 35
    assert Section.objects.get(crn="4").instructors.get().sort_name == "Alm, Bo"
    moved = MeetingPattern.objects.filter(sections__crn="2", schedule_type="DI")
    assert [(p.start_time.hour, p.meetings.count()) for p in moved] == [(16, 4)]
    assert Claim.objects.filter(active=True, room__isnull=False).count() == 12 + 4 + 4


def test_another_instructor_of_a_shared_lecture_takes_over_its_claims(term, write, run):
    run(write(*ROWS))
    rows = [row.replace("Nowak, Ada", "Alm, Bo") for row in ROWS]
    assert changes(run(write(*rows))) == (0, 3, 1)
    assert changes(run(write(*rows))) == (0, 0, 4)
    people = Claim.objects.filter(active=True, person__isnull=False).values_list("person__family_name", flat=True)
    assert set(people) == {"Alm"}


def test_a_new_discussion_joins_the_lecture_that_stands(term, write, run):
    run(write(*ROWS))
    lecture = MeetingPattern.objects.get(schedule_type="LE")
    said = run(write(*ROWS, f"CSE 21\tA03\t9\tNowak, Ada\t30\t{LECTURE}"))
    assert changes(said) == (1, 0, 4)
    assert MeetingPattern.objects.get(schedule_type="LE") == lecture
    assert lecture.sections.count() == 4


def test_a_section_that_left_a_shared_lecture_leaves_the_others_in_it(term, write, run):
    run(write(*ROWS))
    said = run(write(*ROWS[:2], "MATH 15B\tA01\t3\tNowak, Ada\t9999\t", ROWS[3]))
    assert changes(said) == (0, 1, 3)
    lecture = MeetingPattern.objects.get(schedule_type="LE")
    assert set(lecture.sections.values_list("crn", flat=True)) == {"1", "2"}


def test_past_meetings_stay_as_they_were(write, run):
    today = timezone.localdate()
    term = make_import_term(today - timedelta(days=14 + today.weekday()))
    row = "CSE 21\tA01\t1\tNowak, Ada\t30\tLE,MTuWThFSaSu,{},OAK 101"
    run(write(row.format("9:00 - 9:50")))
    now = timezone.now()
    past = list(Meeting.objects.filter(starts_at__lte=now).values_list("pk", "starts_at").order_by("pk"))
    later = row.format("11:00 - 11:50")
    assert changes(run(write(later))) == (0, 1, 0)
    assert changes(run(write(later))) == (0, 0, 1)
    assert list(Meeting.objects.filter(starts_at__lte=now).values_list("pk", "starts_at").order_by("pk")) == past
    coming = Meeting.objects.standing().filter(starts_at__gt=now)
    hours = {
        at.astimezone(ZoneInfo(term.patterns.first().zone)).hour for at in coming.values_list("starts_at", flat=True)
    }
    assert hours == {11}


def test_a_term_that_is_over_keeps_its_meetings_and_says_so(write, run):
    make_import_term(timezone.localdate() - timedelta(days=90))
    run(write(*ROWS))
    before = list(Meeting.objects.order_by("pk").values())
    said = run(write(ROWS[0].replace("14:00 - 14:50", "16:00 - 16:50"), *ROWS[1:]))
    assert (changes(said), said["past_left"]) == ((0, 0, 4), 1)
    assert list(Meeting.objects.order_by("pk").values()) == before


def test_a_meeting_moved_by_hand_stays_moved(term, write, run):
    run(write(*ROWS))
    meeting = Meeting.objects.filter(pattern__schedule_type="DI").first()
    at = meeting.starts_at + timedelta(hours=6)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=at, ends_at=at + timedelta(hours=1), status="moved")
    assert changes(run(write(*ROWS))) == (0, 0, 4)
    meeting.refresh_from_db()
    assert meeting.starts_at == at


def test_assistants_and_what_the_file_does_not_list_stay(term, write, run):
    run(write(*ROWS))
    section = Section.objects.get(crn="1")
    helper = make_user()
    SectionInstructor.objects.create(section=section, instructor=helper, role="assistant")
    rows = [row.replace("Nowak, Ada", "Alm, Bo") for row in ROWS[:3]]
    assert changes(run(write(*rows))) == (0, 3, 0)
    assert set(section.section_instructors.values_list("instructor__family_name", "role", "is_primary")) == {
        ("Alm", "instructor", True), (helper.family_name, "assistant", False),
    }  # fmt: skip
    assert Section.objects.filter(crn="4").exists()


def test_a_section_cancelled_here_stays_cancelled(term, write, run):
    run(write(*ROWS))
    cancel_section(Section.objects.get(crn="3"), by=None)
    said = run(write(*ROWS[:2], ROWS[2].replace("9999", "10"), ROWS[3]))
    assert (changes(said), said["cancelled_here"]) == ((0, 0, 4), 1)
    assert Section.objects.get(crn="3").capacity is None


@pytest.mark.row("R07")
def test_more_seats_in_the_file_promote_the_line(write, run):
    term = make_import_term(timezone.localdate() - timedelta(days=7))
    run(write("CSE 21\tA01\t1\tStaff\t1\t"))
    section = Section.objects.get()
    enroll_directly(make_student(), section)
    waiting = make_student()
    term.registration_opens_at = timezone.now() - timedelta(days=1)
    term.save()
    join_waitlist(waiting, section, by=None)
    run(write("CSE 21\tA01\t1\tStaff\t2\t"))
    assert Enrollment.objects.filter(student=waiting, status="registered").exists()


def refused(run, path):
    with pytest.raises(CommandError) as caught:
        run(path)
    return str(caught.value)


def test_an_id_does_not_become_a_section_of_another_course(term, write, run, capsys):
    run(write(*ROWS))
    assert refused(run, write(ROWS[0], ROWS[1].replace("CSE 21", "CSE 22"))) == "1 error; nothing was imported."
    assert "line 3: The id 2 is a section of CSE 21 in this term." in capsys.readouterr().err
    assert not Course.objects.filter(number="22").exists()


def test_a_section_number_that_is_taken_here_is_refused(term, write, run, capsys):
    run(write(*ROWS))
    assert refused(run, write(ROWS[0].replace("\t1\t", "\t77\t"))) == "1 error; nothing was imported."
    assert "line 2: CSE 21 has a section A01 with the id 1." in capsys.readouterr().err


def test_a_weekday_is_that_of_the_campus(term, write, run):
    run(write(*ROWS))
    meeting = Meeting.objects.filter(pattern__schedule_type="LE").first()
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.pattern.zone))
    assert (local.date(), local.time()) == (term.start_date, time(9))


def test_what_a_file_of_the_registrar_drops_is_ended_with_a_reason(write):
    term = make_import_term(timezone.localdate() - timedelta(days=14 + timezone.localdate().weekday()))
    row = "CSE 21\tA01\t1\tNowak, Ada\t30\tLE,MTuWThFSaSu,9:00 - 9:50,OAK 101"
    layout = layouts.load("ucsd")
    for text in (row, row.split("LE,")[0] + "IN,N/A,0:00 - 0:00,TBA TBA"):
        import_schedule(read_schedule(write(text), layout), term, layout, by=rita(), apply=True)
    ended = Meeting.objects.filter(starts_at__gt=timezone.now())
    assert set(ended.values_list("status", "reason")) == {("cancelled", NOT_IN_THE_FILE)}
