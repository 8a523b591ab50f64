"""An instructor grades and a student reads it, on a wide screen, on a phone, and without scripts."""

import pytest

from accounts.tests.makers import alice, ivan, make_user
from students.models import FinalGrade, GradeEntry
from students.tests.makers import enroll_directly, make_class, make_student

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.row("B01", "X05", "X06", "Z15", "G06", "W12")
def test_work_is_added_scored_posted_and_read(visitor):
    section, [enrolled] = make_class()
    long_name = make_user(roles=["student"], given_name="Maximiliane", family_name="Featherstonehaugh")
    other = enroll_directly(make_student(user=long_name), section)
    teacher = visitor()
    teacher.sign_in(ivan().email)
    teacher.go(f"/classes/{section.public_id}/grades/")
    teacher.press("Add graded work")
    teacher.fill(title="Essay", points="20", weight="1")
    teacher.press("Add the work")
    cell, second = (f"c-{row.public_id.hex}" for row in (enrolled, other))
    teacher.fill(**{cell: "25", second: "12"})
    teacher.press("Save")
    assert teacher.sees("Nothing was saved yet")
    assert teacher.sees("The score is from 0 to 20.")
    assert teacher.page.locator(f"[name={second}]").input_value() == "12"
    teacher.fill(**{cell: "15"})
    teacher.press("Save")
    assert dict(GradeEntry.objects.values_list("enrollment", "score")) == {enrolled.pk: 15, other.pk: 12}
    student = visitor()
    student.sign_in(alice().email)
    student.go("/progress/")
    assert "75 %" not in student.page.content()
    with teacher.page.expect_navigation():
        teacher.page.get_by_role("button", name="Post Essay").click()
    assert teacher.sees("Students see Essay and its scores now.")
    student.go("/progress/")
    assert student.sees("75 %")
    student.press(str(section))
    assert student.sees("15 of 20")


@pytest.mark.row("B01", "X06")
def test_final_grades_are_entered_and_posted(visitor):
    section, [enrolled] = make_class()
    teacher = visitor()
    teacher.sign_in(ivan().email)
    teacher.go(f"/classes/{section.public_id}/grades/")
    teacher.press("Final grades")
    teacher.fill(**{f"c-{enrolled.public_id.hex}": "a-"})
    teacher.press("Save")
    teacher.press("Post 1 grade")
    assert teacher.sees("Students see the grades at once.")
    teacher.press("Post the grades")
    assert FinalGrade.objects.get().posted_at
    assert teacher.errors == []


@pytest.mark.row("X05")
def test_scores_are_entered_by_keyboard_alone(visitor, screen):
    section, [first, second] = make_class(2)
    teacher = visitor()
    teacher.sign_in(ivan().email)
    teacher.go(f"/classes/{section.public_id}/grades/new/")
    teacher.fill(title="Essay", points="20", weight="1")
    teacher.press("Add the work")
    names = [cell.get_attribute("name") for cell in teacher.page.locator("[data-cell]").all()]
    onward = "Tab" if screen == "no scripts" else "Enter"
    teacher.page.locator(f"[name={names[0]}]").focus()
    teacher.page.keyboard.type("7")
    teacher.page.keyboard.press(onward)
    teacher.page.keyboard.type("EX")
    with teacher.page.expect_navigation():
        teacher.page.keyboard.press("Enter" if screen == "no scripts" else "Control+Enter")
    assert teacher.sees("2 changes are saved.")
    marks = set(GradeEntry.objects.values_list("enrollment", "score", "is_exempt"))
    by_name = {f"c-{row.public_id.hex}": row.pk for row in (first, second)}
    assert marks == {(by_name[names[0]], 7, False), (by_name[names[1]], None, True)}
