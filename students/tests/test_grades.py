"""Scores, what students see of them, and final grades."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from core.errors import DomainError
from courses.models import SectionInstructor
from notifications.models import OutboxMessage
from students import operations
from students.models import FinalGradeChange, GradeChange, GradeEntry
from students.queries.grades import grade_sheet, posted_sheet, student_view, weighted_total
from students.tests.makers import enroll_directly, make_class, make_grade_item, make_open_term, make_student
from students.validators import Mark, parse_mark

pytestmark = pytest.mark.django_db
NOTHING = Mark()


def score(number):
    return Mark(Decimal(number))


def refused(deed, *args, **fields):
    with pytest.raises(DomainError) as caught:
        deed(*args, **fields)
    return caught.value


def codes(error):
    assert error.code == "marks_refused"
    return [cell["code"] for cell in error.facts["cells"]]


def helper(section, role):
    person = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=section, instructor=person, role=role, can_grade=role == "grader")
    return person


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("", NOTHING),
        ("  ", NOTHING),
        ("0", score("0.00")),
        ("87.5", score("87.50")),
        ("87,25", score("87.25")),
        ("ex", Mark(is_exempt=True)),
        ("Exempt", Mark(is_exempt=True)),
    ],
)
def test_a_cell_is_read_as_people_type_it(typed, mark):
    assert parse_mark(typed) == mark


@pytest.mark.parametrize(
    "typed", ["-1", "1e3", "NaN", "87.555", "1000000", "e", "A", "१२", "=1+1", "1\u00a0000", "8 7"]
)
def test_a_cell_that_is_no_score_is_refused(typed):
    with pytest.raises(ValidationError):
        parse_mark(typed)


def test_a_mark_reads_as_it_was_typed():
    assert [mark.text for mark in (NOTHING, Mark(is_exempt=True), score("100.00"), score("87.50"), score("0.00"))] == [
        "", "EX", "100", "87.5", "0",
    ]  # fmt: skip


def test_only_instructors_of_the_section_make_and_post_work():
    section, _enrolled = make_class()
    other, _others = make_class()
    SectionInstructor.objects.filter(section=other).update(instructor=make_user(roles=["instructor"]))
    item = operations.create_item(section, by=ivan(), title="Essay")
    for person in (helper(section, "grader"), helper(section, "assistant"), rita(), alice(), oscar()):
        assert refused(operations.create_item, section, by=person, title="X").code == "may_not_manage_grades"
        assert refused(operations.change_item, item, by=person, title="X").code == "may_not_manage_grades"
        assert refused(operations.post_item, item, by=person).code == "may_not_manage_grades"
        assert refused(operations.submit_finals, section, {}, by=person).code == "may_not_manage_grades"
        assert refused(operations.post_finals, section, by=person).code == "may_not_manage_grades"
    assert refused(operations.create_item, other, by=ivan(), title="X").code == "may_not_manage_grades"


def test_graders_enter_scores_but_nobody_from_outside_does():
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    assert operations.enter_marks(item, {enrolled.pk: score(5)}, by=helper(section, "grader"))
    for person in (helper(section, "assistant"), rita(), alice(), oscar()):
        assert refused(operations.enter_marks, item, {enrolled.pk: score(6)}, by=person).code == "may_not_grade"
    assert GradeEntry.objects.get().score == 5


@pytest.mark.parametrize("fields", [{"points": 0}, {"weight": -1}, {"points": -5}, {"title": ""}, {"points": 10**9}])
def test_impossible_work_is_refused(fields):
    section, _enrolled = make_class()
    with pytest.raises(ValidationError):
        operations.create_item(section, by=ivan(), **{"title": "Essay", **fields})


def test_points_do_not_fall_below_a_score():
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    operations.enter_marks(item, {enrolled.pk: score(50)}, by=ivan())
    error = refused(operations.change_item, item, by=ivan(), points=Decimal(49))
    assert (error.code, error.facts) == ("points_below_scores", {"highest": Decimal(50)})
    assert operations.change_item(item, by=ivan(), points=Decimal(50), title="Exam").title == "Exam"


def test_work_without_scores_can_be_taken_back():
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    scored = make_grade_item(section)
    operations.enter_marks(scored, {enrolled.pk: score(5)}, by=ivan())
    operations.remove_item(item, by=ivan())
    assert refused(operations.remove_item, scored, by=ivan()).code == "item_has_scores"
    assert [row.pk for row in section.grade_items.all()] == [scored.pk]


@pytest.mark.row("G05", "R96")
def test_every_change_of_a_score_is_kept_with_actor_and_reason():
    section, [enrolled] = make_class()
    item, grader = make_grade_item(section), helper(section, "grader")
    operations.enter_marks(item, {enrolled.pk: score(5)}, by=grader)
    operations.enter_marks(item, {enrolled.pk: score(5)}, by=grader, reason="Nothing new")
    operations.enter_marks(item, {enrolled.pk: Mark(is_exempt=True)}, by=ivan(), reason="Ill")
    operations.enter_marks(item, {enrolled.pk: NOTHING}, by=ivan())
    fields = ("old_score", "new_score", "old_exempt", "new_exempt", "actor", "reason")
    assert list(GradeChange.objects.values_list(*fields)) == [
        (None, 5, False, False, grader.pk, ""),
        (5, None, False, True, ivan().pk, "Ill"),
        (None, None, True, False, ivan().pk, ""),
    ]
    with pytest.raises(DatabaseError), transaction.atomic():
        GradeChange.objects.update(reason="Another")
    with pytest.raises(DatabaseError), transaction.atomic():
        GradeChange.objects.all().delete()


def test_a_sheet_with_one_bad_cell_changes_nothing():
    section, enrolled = make_class(3)
    item = make_grade_item(section, points=10)
    outside = enroll_directly(make_student(), make_class()[0])
    marks = {enrolled[0].pk: score(5), enrolled[1].pk: score(11), enrolled[2].pk: score(-1), outside.pk: score(1)}
    error = refused(operations.enter_marks, item, marks, by=ivan())
    assert codes(error) == ["out_of_range", "out_of_range", "not_on_sheet"]
    assert error.facts["count"] == 3
    assert not GradeEntry.objects.exists()
    assert operations.enter_marks(item, {enrolled[0].pk: score(0), enrolled[1].pk: score(10)}, by=ivan())


@pytest.mark.row("R19")
def test_two_graders_of_one_sheet_lose_nothing():
    section, enrolled = make_class(2)
    item, grader = make_grade_item(section), helper(section, "grader")
    first, second = (enrollment.pk for enrollment in enrolled)
    seen = {first: NOTHING, second: NOTHING}
    operations.enter_marks(item, {first: score(70), second: NOTHING}, by=ivan(), seen=seen)
    # The other sheet was loaded before that: what it leaves alone stays, another cell is saved.
    operations.enter_marks(item, {first: NOTHING, second: score(80)}, by=grader, seen=seen)
    assert dict(GradeEntry.objects.values_list("enrollment", "score")) == {first: 70, second: 80}
    error = refused(operations.enter_marks, item, {first: score(60)}, by=grader, seen=seen)
    [cell] = error.facts["cells"]
    assert (cell["code"], cell["current"]) == ("changed_meanwhile", "70")
    assert "70" in cell["detail"]
    assert "60" in cell["detail"]
    assert GradeEntry.objects.get(enrollment=first).score == 70
    # Both typed the same: nobody is in the way.
    assert operations.enter_marks(item, {first: score(70)}, by=grader, seen=seen) == []


@pytest.mark.row("G06")
def test_the_total_weighs_posted_and_scored_work_alone():
    section, [enrolled] = make_class()
    half = make_grade_item(section, posted=True, weight=1, points=10)
    full = make_grade_item(section, posted=True, weight=3, points=50)
    exempt, open_work = make_grade_item(section, posted=True, weight=9), make_grade_item(section, posted=True, weight=9)
    draft, free = make_grade_item(section, weight=9), make_grade_item(section, posted=True, weight=0)
    for item, mark in [
        (half, score(5)),
        (full, score(50)),
        (exempt, Mark(is_exempt=True)),
        (draft, score(1)),
        (free, score(1)),
    ]:
        operations.enter_marks(item, {enrolled.pk: mark}, by=ivan())
    view = student_view(enrolled)
    assert view.total == Decimal("87.50")
    assert [row.item.pk for row in view.items] == [half.pk, full.pk, exempt.pk, open_work.pk, free.pk]
    assert [row.item.pk for row in view.missing] == [open_work.pk]
    assert [row.percent for row in view.items] == [50, 100, None, None, 1]


def test_a_total_of_nothing_is_no_total():
    assert weighted_total([]) is None
    section, [enrolled] = make_class()
    make_grade_item(section, posted=True, due_at=timezone.now() + timedelta(days=1))
    view = student_view(enrolled)
    assert (view.total, view.final, view.missing) == (None, "", [])


def test_thirds_are_rounded_half_up():
    section, [enrolled] = make_class()
    item = make_grade_item(section, posted=True, points=3)
    operations.enter_marks(item, {enrolled.pk: score(2)}, by=ivan())
    assert student_view(enrolled).total == Decimal("66.67")


@pytest.mark.row("G06")
def test_unposting_hides_the_item_again():
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    operations.enter_marks(item, {enrolled.pk: score(50)}, by=ivan())
    assert student_view(enrolled).items == []
    operations.post_item(item, by=ivan())
    posted_at = operations.post_item(item, by=ivan()).posted_at
    assert posted_at == type(item).objects.get().posted_at
    assert student_view(enrolled).total == 50
    operations.unpost_item(item, by=ivan())
    assert (student_view(enrolled).items, student_view(enrolled).total) == ([], None)


MARKS = st.one_of(
    st.just(NOTHING),
    st.just(Mark(is_exempt=True)),
    st.decimals(0, 100, places=2).map(Mark),
)


@pytest.mark.row("G06", "R68")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(st.tuples(st.booleans(), st.integers(0, 5), MARKS, MARKS), max_size=6))
def test_changing_what_is_not_posted_changes_nothing_that_students_read(items):
    sid = transaction.savepoint()
    section, [enrolled] = make_class()
    rows = []
    for posted, weight, before, after in items:
        item = make_grade_item(section, posted=posted, weight=weight)
        operations.enter_marks(item, {enrolled.pk: before}, by=ivan())
        rows.append((item, posted, after))
    seen = student_view(enrolled)
    staff = posted_sheet(section)
    for item, posted, after in rows:
        if not posted:
            operations.enter_marks(item, {enrolled.pk: after}, by=ivan())
    make_grade_item(section)
    operations.submit_finals(section, {enrolled.pk: "A"}, by=ivan())
    assert student_view(enrolled) == seen
    assert posted_sheet(section) == staff
    transaction.savepoint_rollback(sid)


def test_a_final_grade_is_seen_once_it_is_posted():
    section, [enrolled] = make_class()
    operations.submit_finals(section, {enrolled.pk: "B+"}, by=ivan())
    assert student_view(enrolled).final == ""
    assert grade_sheet(section).waiting == 1
    operations.post_finals(section, by=ivan())
    assert student_view(enrolled).final == "B+"
    enrolled.refresh_from_db()
    assert enrolled.status == "registered"
    assert refused(operations.post_finals, section, by=ivan()).code == "nothing_to_post"


@pytest.mark.row("E19", "G05")
def test_posting_completes_the_enrollment_when_the_class_is_over():
    section, [passed, open_end, left, none] = make_class(4, term=over())
    left.status = "withdrawn"
    left.save()
    grades = {passed.pk: "A-", open_end.pk: "I", left.pk: "W"}
    operations.submit_finals(section, grades, by=ivan())
    operations.post_finals(section, by=ivan())
    for enrollment in (passed, open_end, left, none):
        enrollment.refresh_from_db()
    assert [e.status for e in (passed, open_end, left, none)] == ["completed", "incomplete", "withdrawn", "registered"]
    event = passed.events.get(to_status="completed")
    assert (event.from_status, event.actor, event.reason) == ("registered", ivan(), "Final grade posted")
    assert not OutboxMessage.objects.filter(kind="dropped").exists()
    steps = FinalGradeChange.objects.filter(final_grade__enrollment=passed)
    assert list(steps.values_list("old_grade", "new_grade", "is_posting")) == [("", "A-", False), ("", "A-", True)]


def over():
    today = timezone.localdate()
    return make_open_term(start_date=today - timedelta(days=100), end_date=today - timedelta(days=2))


def test_grades_posted_early_complete_when_the_class_ends():
    section, [enrolled] = make_class()
    operations.submit_finals(section, {enrolled.pk: "P"}, by=ivan())
    operations.post_finals(section, by=ivan())
    assert operations.complete_graded() == 0
    assert operations.complete_graded(timezone.now() + timedelta(days=200)) == 1
    assert operations.complete_graded(timezone.now() + timedelta(days=200)) == 0
    enrolled.refresh_from_db()
    assert (enrolled.status, enrolled.events.last().actor) == ("completed", None)


def test_a_completed_section_ends_enrollments_before_the_term_does():
    section, [enrolled] = make_class(status="completed")
    operations.submit_finals(section, {enrolled.pk: "NP"}, by=ivan())
    operations.post_finals(section, by=ivan())
    enrolled.refresh_from_db()
    assert enrolled.status == "completed"


def test_an_incomplete_is_seen_until_its_grade_is_posted():
    section, [enrolled] = make_class(term=over())
    operations.submit_finals(section, {enrolled.pk: "I"}, by=ivan())
    operations.post_finals(section, by=ivan())
    operations.submit_finals(section, {enrolled.pk: "B"}, by=ivan(), reason="Paper came")
    assert student_view(enrolled).final == "I"
    assert grade_sheet(section).rows[0].submitted == "B"
    operations.submit_finals(section, {enrolled.pk: "I"}, by=ivan())
    assert refused(operations.post_finals, section, by=ivan()).code == "nothing_to_post"
    operations.submit_finals(section, {enrolled.pk: "B"}, by=ivan())
    operations.post_finals(section, by=ivan())
    enrolled.refresh_from_db()
    assert (student_view(enrolled).final, enrolled.status) == ("B", "completed")
    last = FinalGradeChange.objects.filter(is_posting=True).last()
    assert (last.old_grade, last.new_grade) == ("I", "B")


def test_a_posted_grade_stands_and_locks_the_scores_of_its_student():
    section, [first, second] = make_class(2)
    item = make_grade_item(section)
    operations.submit_finals(section, {first.pk: "A"}, by=ivan())
    operations.post_finals(section, by=ivan())
    assert codes(refused(operations.submit_finals, section, {first.pk: "B"}, by=ivan())) == ["grade_is_final"]
    assert operations.submit_finals(section, {first.pk: "A"}, by=ivan()) == []
    marks = {first.pk: score(1), second.pk: score(2)}
    assert codes(refused(operations.enter_marks, item, marks, by=ivan())) == ["grade_is_final"]
    assert operations.enter_marks(item, {second.pk: score(2)}, by=ivan())
    operations.submit_finals(section, {second.pk: "F"}, by=ivan())
    operations.post_finals(section, by=ivan())
    for deed, fields in [
        (operations.change_item, {"weight": 5}),
        (operations.post_item, {}),
        (operations.unpost_item, {}),
        (operations.remove_item, {}),
    ]:
        assert refused(deed, item, by=ivan(), **fields).code == "grades_final"
    assert refused(operations.create_item, section, by=ivan(), title="Late").code == "grades_final"


@pytest.mark.parametrize(
    ("status", "grade", "code"),
    [
        ("registered", "E", "grade_unknown"),
        ("registered", "W", "withdrawn_only"),
        ("withdrawn", "A", "withdrawn_only"),
        ("dropped", "A", "not_on_sheet"),
        ("auditing", "A", "not_on_sheet"),
    ],
)
def test_a_grade_that_does_not_fit_is_refused(status, grade, code):
    section, [enrolled] = make_class()
    enrolled.status = status
    enrolled.save()
    assert codes(refused(operations.submit_finals, section, {enrolled.pk: grade}, by=ivan())) == [code]


def test_an_entered_grade_can_be_taken_back_until_it_is_posted():
    section, [enrolled] = make_class()
    operations.submit_finals(section, {enrolled.pk: "C"}, by=ivan())
    operations.submit_finals(section, {enrolled.pk: ""}, by=ivan())
    assert refused(operations.post_finals, section, by=ivan()).code == "nothing_to_post"
    steps = FinalGradeChange.objects.values_list("old_grade", "new_grade")
    assert list(steps) == [("", "C"), ("C", "")]
