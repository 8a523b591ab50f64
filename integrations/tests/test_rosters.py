"""Enroll and drop by a file: checked first, all or none or line by line, and taken back as a whole."""

import codecs
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.tests.makers import ivan, make_user, rita
from integrations.errors import FileRefused, HasRefusedLines, MayNotImport, NotApplied, NotChecked, UndoRefused
from integrations.models import ImportRow
from integrations.operations import apply_run, carry_out, check_run, create_run, rosters, undo_run
from integrations.queries.roster_file import read_roster
from notifications.models import OutboxMessage
from students.models import Enrollment, EnrollmentEvent, PreEnrollment, WaitlistEntry
from students.operations import claim_seats, drop, join_waitlist
from students.tests.makers import enroll_directly, fill, make_open_section, make_open_term, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("E20", "R82")]


@pytest.fixture
def term():
    return make_open_term(kind="semester")


@pytest.fixture
def section(term):
    return make_open_section(5, term=term)


def roster(*lines, header="student,section"):
    return "\n".join([header, *(",".join(str(cell) for cell in line) for line in lines)]).encode()


def check(term, content, **more):
    return create_run(content, term, by=rita(), file_name="roster.csv", reason="Agreed with the school", **more)


def results(run):
    return list(run.rows.values_list("line", "result", "code"))


def live(section):
    return set(Enrollment.objects.live().filter(section=section).values_list("student", flat=True))


def test_a_check_says_what_each_line_would_do_and_changes_nothing(term, section):
    new, there = make_student(), make_student()
    enroll_directly(there, section)
    events = EnrollmentEvent.objects.count()
    run = check(
        term,
        roster(
            (new.institutional_id, section.crn),
            (there.user.email.upper(), section.crn),
            ("nobody@many.example", section.crn),
            (new.institutional_id, "none"),
            (new.user.email, section.crn),
        ),
    )
    assert run.state == "checked"
    assert results(run) == [
        (2, "done", ""),
        (3, "unchanged", ""),
        (4, "refused", "unknown_person"),
        (5, "refused", "unknown_section"),
        (6, "refused", "repeated"),
    ]
    assert live(section) == {there.pk}
    assert EnrollmentEvent.objects.count() == events
    assert not OutboxMessage.objects.exists()


def test_a_checked_file_is_applied_and_the_same_file_changes_nothing_more(term, section):
    people = [make_student() for _ in range(3)]
    content = roster(*((one.institutional_id, section.crn) for one in people))
    run = apply_run(check(term, content), by=rita())
    assert run.state == "applied"
    assert live(section) == {one.pk for one in people}
    event = EnrollmentEvent.objects.last()
    assert (event.actor, event.reason, event.enrollment.source) == (rita(), "Agreed with the school", "import")
    again = apply_run(check(term, content), by=rita())
    assert {row.result for row in again.rows.all()} == {"unchanged"}


def test_all_lines_or_none(term, section):
    fits, full = make_student(), make_open_section(0, term=term)
    run = check(term, roster((fits.institutional_id, section.crn), (fits.institutional_id, full.crn)))
    with pytest.raises(HasRefusedLines):
        apply_run(run, by=rita())
    assert live(section) == set()


def test_a_seat_that_is_gone_since_the_check_fails_the_whole_and_says_which_line(term):
    section = make_open_section(1, term=term)
    run = check(term, roster((make_student().institutional_id, section.crn)))
    fill(section, 1)
    run = apply_run(run, by=rita())
    assert run.state == "failed"
    assert results(run) == [(2, "refused", "section_full")]
    assert len(live(section)) == 1


def test_line_by_line_takes_what_can_be_taken(term, section):
    fits, full = make_student(), make_open_section(0, term=term)
    content = roster((fits.institutional_id, full.crn), (fits.institutional_id, section.crn))
    run = apply_run(check(term, content, is_whole=False), by=rita())
    assert run.state == "applied"
    assert results(run) == [(2, "refused", "section_full"), (3, "done", "")]
    assert live(section) == {fits.pk}


def test_a_drop_is_a_line_that_says_so_and_nobody_is_dropped_by_being_left_out(term, section):
    leaves, stays = make_student(), make_student()
    for one in (leaves, stays):
        enroll_directly(one, section)
    content = roster((leaves.institutional_id, section.crn, "drop"), header="student,section,action")
    apply_run(check(term, content), by=rita())
    assert live(section) == {stays.pk}


def test_a_drop_gives_the_seat_to_the_line(term):
    section = make_open_section(1, term=term, waitlist_mode="auto")
    leaves, waits = make_student(), make_student()
    enroll_directly(leaves, section)
    join_waitlist(waits, section, by=waits.user)
    content = roster((leaves.institutional_id, section.crn, "drop"), header="student,section,action")
    apply_run(check(term, content), by=rita())
    assert live(section) == {waits.pk}
    assert WaitlistEntry.objects.get().status == "accepted"


def test_a_mirror_lists_whom_it_drops_and_is_refused_beyond_its_share(term):
    section = make_open_section(30, term=term)
    people = [make_student() for _ in range(10)]
    for one in people:
        enroll_directly(one, section)
    run = check(term, roster(*((one.institutional_id, section.crn) for one in people[1:])), mode="mirror")
    assert [(row.line, row.action, row.student) for row in run.rows.filter(line=None)] == [(None, "drop", people[0])]
    apply_run(run, by=rita())
    assert live(section) == {one.pk for one in people[1:]}
    run = check(term, roster((people[1].institutional_id, section.crn)), mode="mirror")
    assert run.state == "failed"
    assert "more than 10 percent" in run.message
    assert len(live(section)) == 9


@pytest.mark.row("Z05", "L05")
def test_an_import_is_undone_as_a_whole(term, section):
    comes, leaves = make_student(), make_student()
    enroll_directly(leaves, section)
    content = roster(
        (comes.institutional_id, section.crn, "enroll"),
        (leaves.institutional_id, section.crn, "drop"),
        header="student,section,action",
    )
    run = apply_run(check(term, content), by=rita())
    assert live(section) == {comes.pk}
    run = undo_run(run, by=rita(), reason="")
    assert (run.state, run.undone_by) == ("undone", rita())
    assert live(section) == {leaves.pk}
    with pytest.raises(NotApplied):
        undo_run(run, by=rita(), reason="")


@pytest.mark.row("Z05")
def test_what_changed_since_keeps_an_import_from_being_undone(term, section):
    one, other = make_student(), make_student()
    content = roster((one.institutional_id, section.crn), (other.institutional_id, section.crn))
    run = apply_run(check(term, content), by=rita())
    drop(Enrollment.objects.get(student=one), by=one.user)
    with pytest.raises(UndoRefused) as refusal:
        undo_run(run, by=rita(), reason="")
    assert one.institutional_id in str(refusal.value)
    assert live(section) == {other.pk}


@pytest.mark.row("Z05")
def test_a_seat_that_is_taken_again_keeps_a_drop_from_being_undone(term):
    section = make_open_section(1, term=term)
    leaves = make_student()
    enroll_directly(leaves, section)
    content = roster((leaves.institutional_id, section.crn, "drop"), header="student,section,action")
    run = apply_run(check(term, content), by=rita())
    fill(section, 1)
    with pytest.raises(UndoRefused):
        undo_run(run, by=rita(), reason="")
    assert run.rows.get().enrollment.status == "dropped"


def test_a_long_file_is_a_job_that_may_run_twice(term, section, monkeypatch):
    monkeypatch.setattr(rosters, "AT_ONCE", 1)
    people = [make_student() for _ in range(2)]
    run = check(term, roster(*((one.institutional_id, section.crn) for one in people)))
    assert run.state == "checking"
    assert check_run(run).state == "checked"
    run = apply_run(run, by=rita())
    assert run.state == "applying"
    assert live(section) == set()
    for _ in range(2):
        assert carry_out(run).state == "applied"
    assert Enrollment.objects.filter(section=section).count() == EnrollmentEvent.objects.count() == 2


def test_only_a_checked_import_is_applied_and_once(term, section):
    run = apply_run(check(term, roster((make_student().institutional_id, section.crn))), by=rita())
    with pytest.raises(NotChecked):
        apply_run(run, by=rita())


def test_imports_are_for_staff(term, section):
    with pytest.raises(MayNotImport):
        create_run(roster(("1", "1")), term, by=ivan(), file_name="x", reason="x")
    run = check(term, roster((make_student().institutional_id, section.crn)))
    with pytest.raises(MayNotImport):
        apply_run(run, by=ivan())
    with pytest.raises(MayNotImport):
        undo_run(run, by=ivan(), reason="")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"student,section\n", "The file has no rows."),
        (b"student\n1\n", "The file needs the columns section."),
        (b"student,section,mood\n1,2,3\n", "Unknown columns: mood."),
        (b"student,section\n1\n", "line 2: The line has more or fewer columns than the first line."),
        (b"student,section\n1,2\n,3\n", "line 3: Student and section are needed."),
        (b"student,section,action\n1,2,paint\n", "line 2: The action is enroll or drop."),
        ("student,section\nZoë,2\n".encode("latin-1"), "The file is not text in UTF-8: see line 2."),
        (b"student,section\n1,\x00\n", "The file is not text: it contains NUL characters."),
        (b'student,section\n"1,2\n', "The file is no CSV: unexpected end of data."),
        (b"student,student,section\n1,2,3\n", "A column stands in the first line twice."),
        (b"student,section\n" + b"x" * 300 + b",2\n", "line 2: A value is too long."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(term, content, said):
    with pytest.raises(FileRefused) as refusal:
        check(term, content)
    assert said in str(refusal.value)
    assert not ImportRow.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + b"student,section\r\nA1,7\r\n",
        b"student;section\nA1;7\n",
        "student\tsection\nA1\t7".encode("utf-16"),
        b"Section, Student\n7, A1\n\n , \n",
    ],
)
def test_marks_line_ends_separators_and_the_order_of_columns_do_not_matter(content):
    parsed = read_roster(content)
    assert parsed.errors == []
    assert [(one.student, one.section, one.action) for one in parsed.lines] == [("A1", "7", "enroll")]


def test_a_file_with_too_many_lines_is_refused(monkeypatch):
    monkeypatch.setattr("integrations.queries.roster_file.MOST_LINES", 2)
    assert "at most 2 lines" in str(read_roster(roster(*[(n, n) for n in range(3)])).errors[0])


def uploaded(content, name="roster.csv"):
    return SimpleUploadedFile(name, content, "text/csv")


def test_the_pages_check_apply_and_undo(client, term, section):
    new = make_student()
    client.force_login(rita())
    fields = {"term": term.code, "reason": "Agreed", "mode": "add", "most_percent": 10}
    file = uploaded(roster((new.institutional_id, section.crn), ("nobody", section.crn)))
    answer = client.post("/imports/new/", fields | {"file": file, "by_line": "on"})
    page = answer["Location"]
    assert "No student has this number or address." in client.get(page).text
    assert "No student has this number" not in client.get(page, {"result": "done"}).text
    assert client.get("/imports/").text.count(page) == 1
    client.post(f"{page}apply/")
    assert live(section) == {new.pk}
    assert "Undo this import" in client.get(page).text
    client.post(f"{page}undo/", {"reason": "Wrong file"})
    assert live(section) == set()
    assert EnrollmentEvent.objects.last().reason == "Wrong file"
    answer = client.post(f"{page}undo/")
    assert answer.status_code == 409
    assert "Only an import that was applied can be undone." in answer.text


def test_a_page_says_what_is_wrong_with_a_file_and_keeps_what_was_typed(client, term):
    client.force_login(rita())
    fields = {"term": term.code, "reason": "Agreed with the school", "mode": "add", "most_percent": 10}
    answer = client.post("/imports/new/", fields | {"file": uploaded(b"student,mood\n1,2\n")})
    assert answer.status_code == 400
    assert "Unknown columns: mood." in answer.text
    assert "Agreed with the school" in answer.text


def test_a_file_that_changes_nothing_offers_nothing_to_apply(client, term, section):
    there = make_student()
    enroll_directly(there, section)
    run = check(term, roster((there.institutional_id, section.crn)))
    client.force_login(rita())
    text = client.get(f"/imports/{run.public_id}/").text
    assert "There is nothing to apply." in text
    assert "Apply the import" not in text


@pytest.mark.parametrize("person", [ivan])
def test_pages_and_api_are_for_staff(client, term, section, person):
    run = check(term, roster((make_student().institutional_id, section.crn)))
    client.force_login(person())
    for address, status in [
        ("/imports/", 403),
        ("/imports/new/", 403),
        (f"/imports/{run.public_id}/", 404),
        ("/api/v1/imports/", 403),
        (f"/api/v1/imports/{run.public_id}/", 403),
    ]:
        assert client.get(address).status_code == status, address
    assert client.post(f"/imports/{run.public_id}/apply/").status_code == 404


def test_a_script_checks_applies_reads_the_rows_and_undoes(client, term, section):
    new = make_student()
    client.force_login(rita())
    body = {"term": term.code, "content": roster((new.institutional_id, section.crn)).decode(), "reason": "Agreed"}
    answer = client.post("/api/v1/imports/", body, "application/json")
    assert answer.status_code == 201
    run = answer.json()
    assert (run["state"], run["counts"]) == ("checked", {"open": 0, "done": 1, "unchanged": 0, "refused": 0})
    address = f"/api/v1/imports/{run['id']}/"
    assert client.post(f"{address}apply/").json()["state"] == "applied"
    rows = client.get(f"{address}rows/").json()["results"]
    assert [(row["line"], row["student"], row["result"]) for row in rows] == [(2, new.institutional_id, "done")]
    assert client.post(f"{address}apply/").json()["code"] == "import_not_checked"
    assert client.post(f"{address}undo/", {"reason": "x"}, "application/json").json()["state"] == "undone"
    assert live(section) == set()


def test_a_script_is_told_what_is_wrong_with_a_file(client, term):
    client.force_login(rita())
    body = {"term": term.code, "content": "mood\n1", "reason": "Agreed"}
    answer = client.post("/api/v1/imports/", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "file_refused")


@pytest.mark.row("E04")
def test_an_address_that_nobody_has_gets_a_seat_kept_where_that_is_chosen(term, section):
    until = timezone.now() + timedelta(days=9)
    text = roster(["new@example.edu", section.crn], ["NEW@example.edu", section.crn], ["N404", section.crn])
    more = {"is_whole": False, "keep_until": until}
    assert [code for _line, _result, code in results(check(term, text, is_whole=False))] == ["unknown_person"] * 3
    run = check(term, text, **more)
    assert results(run) == [(2, "done", ""), (3, "refused", "repeated"), (4, "refused", "unknown_person")]
    assert not PreEnrollment.objects.exists()
    run = apply_run(run, by=rita())
    kept = PreEnrollment.objects.get()
    assert (kept.email, kept.expires_at, kept.reason) == ("new@example.edu", until, "Agreed with the school")
    assert results(check(term, text, **more))[0] == (2, "unchanged", "")
    undo_run(run, by=rita(), reason="Wrong file")
    kept.refresh_from_db()
    assert kept.state == "dropped"


@pytest.mark.row("E04")
def test_a_seat_that_was_taken_meanwhile_is_not_taken_back_with_its_import(term, section):
    until = timezone.now() + timedelta(days=9)
    run = apply_run(check(term, roster(["new@example.edu", section.crn]), keep_until=until), by=rita())
    claim_seats(make_user("new@example.edu", ["student"]))
    with pytest.raises(UndoRefused):
        undo_run(run, by=rita(), reason="Wrong file")
    assert Enrollment.objects.get().status == "registered"
