"""The catalogue brings titles, credit hours and descriptions, once, and says what it cannot read."""

import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.makers import alice, ivan, rita
from courses.models import Course, Subject
from courses.queries.search import matching
from integrations.errors import MayNotImport
from integrations.layouts import load
from integrations.operations import import_catalog
from integrations.queries.catalog_file import ParsedCatalog, codes_of, read_catalog
from integrations.queries.text_file import Malformed
from integrations.tests.makers import CATALOG_HEADER, ROWS

ROW = "CSE\tCSE 21\tMathematics for Algorithms\t4\tProofs and counting. Prerequisites: CSE 20."


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("CSE 21", ["CSE 21"]),
        ("EDS 31/CHEM 96", ["EDS 31", "CHEM 96"]),
        ("BENG/BIMM/CSE 181", ["BENG 181", "BIMM 181", "CSE 181"]),
        ("CHIN 160/260", ["CHIN 160", "CHIN 260"]),
        ("HITO 193/COM GEN 194", ["HITO 193", "COM GEN 194"]),
        ("BGGN 249A-B-C", ["BGGN 249A", "BGGN 249B", "BGGN 249C"]),
        ("EDS 128 A-B", ["EDS 128A", "EDS 128B"]),
        ("MUS 2AK-BK", ["MUS 2AK", "MUS 2BK"]),
        ("GSS 21-22-25", ["GSS 21", "GSS 22", "GSS 25"]),
        ("VIS 128A\u2013D", ["VIS 128A", "VIS 128B", "VIS 128C", "VIS 128D"]),
        ("LISP 15, 16", ["LISP 15", "LISP 16"]),
        ("POLI 5 or 5D", ["POLI 5", "POLI 5D"]),
        ("CSE 21/CSE 21", ["CSE 21"]),
    ],
)
def test_an_entry_names_one_course_or_several(entry, codes):
    assert [" ".join(code) for code in codes_of(entry, load("ucsd"))] == codes


@pytest.mark.parametrize(
    "entry", ["", "ANTH", "21", "Electives", "CSE 21/MATH", "CSE 21 Proofs", "A-B", "CSE 12345678901"]
)
def test_an_entry_without_a_course_is_malformed(entry):
    with pytest.raises(Malformed, match="is not a subject and a course number"):
        codes_of(entry, load("ucsd"))


@pytest.fixture
def parse(write):
    def parse(*rows, leave_out=False):
        return read_catalog(write(*rows, header=CATALOG_HEADER), load("ucsd"), leave_out=leave_out)

    return parse


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("4", [(4, 4)]),
        ("2.5", [("2.5", "2.5")]),
        ("1\u20134", [(1, 4)]),
        ("2 or 4", [(2, 4)]),
        ("1, 2, or 3", [(1, 3)]),
        ("1 to 4", [(1, 4)]),
        ("4\u20146", [(4, 6)]),
        ("", [None]),
    ],
)
def test_credit_hours_are_a_number_or_a_range(parse, units, expected):
    [course] = parse(f"CSE\tCSE 198\tGroup study\t{units}\t").courses
    assert course.credits == (None if expected == [None] else tuple(map(Decimal, expected[0])))


def test_courses_described_together_have_their_own_credit_hours(parse):
    found = parse(
        "MUS\tMUS 2A-B\tBasics\t4-2\t", "EDS\tEDS 31/CHEM 96\tTeaching\t1\u20134\t", "X\tX 1/Y 1/Z 1\tT\t0\u20134\t"
    )
    assert [(c.number, *map(int, c.credits)) for c in found.courses] == [
        ("2A", 4, 4), ("2B", 2, 2), ("31", 1, 1), ("96", 4, 4), ("1", 0, 4), ("1", 0, 4), ("1", 0, 4),
    ]  # fmt: skip


def run(path, tmp_path, *more):
    report = tmp_path / "catalog.json"
    call_command("import_catalog", path, "--layout", "ucsd", "--report", str(report), *more)
    return json.loads(report.read_text())


def counts(said):
    return [said[name] for name in ("rows", "courses", "created", "updated", "unchanged")]


@pytest.mark.django_db
def test_a_catalogue_is_written_once(write, tmp_path):
    path = write(ROW, "MATH\tMATH 199\tReading\t2 or 4\t", header=CATALOG_HEADER)
    assert counts(run(path, tmp_path)) == [2, 2, 2, 0, 0]
    assert not Course.objects.exists()
    assert counts(run(path, tmp_path, "--apply")) == [2, 2, 2, 0, 0]
    before = list(Course.objects.order_by("pk").values())
    assert counts(run(path, tmp_path, "--apply")) == [2, 2, 0, 0, 2]
    assert list(Course.objects.order_by("pk").values()) == before
    shown = Course.objects.values_list("subject__code", "number", "credit_hours_min", "credit_hours_max", "status")
    assert list(shown) == [("CSE", "21", 4, 4, "published"), ("MATH", "199", 2, 4, "published")]
    assert [course.number for course in matching(Course.objects.all(), "counting")] == ["21"]


@pytest.mark.django_db
def test_a_course_that_a_schedule_made_gets_its_title(term, write, tmp_path, run):
    run(write(*ROWS))
    said = json_of(write(ROW, header=CATALOG_HEADER), tmp_path)
    assert counts(said) == [1, 1, 0, 1, 0]
    course = Course.objects.get(subject__code="CSE", number="21")
    assert (course.title, course.description[:6]) == ("Mathematics for Algorithms", "Proofs")
    assert run(write(*ROWS))["unchanged"] == 4


def json_of(path, tmp_path):
    report = tmp_path / "catalog.json"
    call_command("import_catalog", path, "--layout", "ucsd", "--report", str(report), "--apply")
    return json.loads(report.read_text())


@pytest.mark.django_db
def test_what_differs_is_updated_and_missing_credit_hours_stay(write, tmp_path):
    json_of(write(ROW, header=CATALOG_HEADER), tmp_path)
    said = json_of(write("CSE\tCSE 21\tProofs\t\tNew words", header=CATALOG_HEADER), tmp_path)
    assert (counts(said), said["without_credits"]) == ([1, 1, 0, 1, 0], 1)
    course = Course.objects.get()
    assert (course.title, course.description, course.credit_hours_max) == ("Proofs", "New words", 4)
    assert [c.number for c in matching(Course.objects.all(), "proofs")] == ["21"]


@pytest.mark.django_db
def test_an_archived_course_stays_archived(write, tmp_path):
    subject = Subject.objects.create(code="CSE", name="Computing")
    Course.objects.create(subject=subject, number="21", title="Old", status="archived")
    assert counts(json_of(write(ROW, header=CATALOG_HEADER), tmp_path)) == [1, 1, 1, 0, 0]
    assert set(Course.objects.values_list("title", "status")) == {
        ("Old", "archived"), ("Mathematics for Algorithms", "published"),
    }  # fmt: skip


@pytest.mark.django_db
def test_of_a_course_that_stands_twice_the_first_counts_and_the_second_is_said(write, tmp_path):
    said = json_of(write(ROW, "SCIS\tCSE 21\tOther\t2\t", header=CATALOG_HEADER), tmp_path)
    assert said["repeated"] == ["line 3: CSE 21 stands on line 2 already."]
    assert Course.objects.get().title == "Mathematics for Algorithms"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("ANTH\tANTH\t268, Science Studies\t4\t", "“ANTH” is not a subject and a course number."),
        ("CSE\tCSE 22\tProofs\tmany\t", "“many” is not a number of credit hours, nor a range."),
        ("CSE\tCSE 22\tProofs\t4 units\t", "“4 units” is not a number of credit hours, nor a range."),
        ("CSE\tCSE 22\tProofs\t900\t", "“900” is not a number of credit hours, nor a range."),
        ("CSE\tCSE 22\t \t4\t", "The line has no title."),
        (f"CSE\tCSE 22\t{'t' * 201}\t4\t", "The title is longer than 200 characters."),
        (f"CSE\tCSE 22\tProofs\t4\t{'t' * 20_001}", "The description is longer than 20000 characters."),
        ("CSE\tCSE 22\tProofs", "The line has more or fewer columns than the first line."),
    ],
)
def test_one_bad_line_is_named_and_nothing_is_written(write, tmp_path, capsys, bad, said):
    path = write(ROW, bad, header=CATALOG_HEADER)
    with pytest.raises(CommandError, match="1 error; nothing was imported"):
        json_of(path, tmp_path)
    assert capsys.readouterr().err == f"line 3: {said}\n"
    assert not Course.objects.exists()


@pytest.mark.django_db
def test_lines_whose_course_cannot_be_read_may_be_left_out_and_are_said(write, tmp_path):
    path = write("ANTH\tANTH\t268, Science Studies\t4\t", ROW, header=CATALOG_HEADER)
    said = run(path, tmp_path, "--apply", "--leave-out")
    assert said["left_out"] == ["line 2: “ANTH” is not a subject and a course number."]
    assert counts(said) == [2, 1, 1, 0, 0]


@pytest.mark.django_db
def test_a_schedule_is_no_catalogue(write, tmp_path, capsys):
    with pytest.raises(CommandError):
        json_of(write(*ROWS), tmp_path)
    assert capsys.readouterr().err.startswith("line 1: The layout ucsd needs the columns course_number, course_name")


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "allowed"), [(alice, False), (ivan, False), (rita, True)])
def test_the_catalogue_is_for_those_who_edit_it(parse, who, allowed):
    if allowed:
        assert import_catalog(parse(ROW), by=who(), apply=True).created == 1
    else:
        with pytest.raises(MayNotImport):
            import_catalog(ParsedCatalog(), by=who(), apply=True)
