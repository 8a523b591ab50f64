"""Grade sheet, scores and final grades by page: a good case, a refusal and a stranger each."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.models import SectionInstructor
from students import operations
from students.models import FinalGrade, GradeChange, GradeEntry, GradeItem
from students.tests.makers import enroll_directly, fill, make_class, make_grade_item, make_student
from students.validators import Mark

pytestmark = pytest.mark.django_db


def url(name, thing):
    return reverse(f"students:{name}", args=[thing.public_id])


def helper(section, role):
    person = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=section, instructor=person, role=role, can_grade=role == "grader")
    return person


def cell(enrollment):
    return f"c-{enrollment.public_id.hex}"


def typed(page, **cells):
    """Return what a browser would send from the sheet of this page with some cells typed anew."""
    form = page.context["form"]
    data = {name: form.initial.get(name, form.fields[name].initial) or "" for name in form.fields}
    return data | cells


@pytest.fixture
def teaching(client):
    """Ivan in a browser."""
    client.force_login(ivan())
    return client


def test_an_instructor_adds_work_and_comes_to_its_scores(teaching):
    section, _enrolled = make_class()
    assert b"No graded work yet" in teaching.get(url("grade_sheet", section)).content
    data = {"title": "Essay", "points": "50", "weight": "2", "due_at": "2031-05-01T12:00"}
    answer = teaching.post(url("grade_item_create", section), data)
    item = GradeItem.objects.get()
    assert answer["Location"] == url("grade_item_scores", item)
    assert (item.title, item.points, item.posted_at) == ("Essay", 50, None)
    sheet = teaching.get(url("grade_sheet", section)).content.decode()
    assert "Draft" in sheet
    assert url("grade_item_post", item) in sheet


@pytest.mark.parametrize(
    "data",
    [
        {"title": "", "points": "50", "weight": "2"},
        {"title": "Essay", "points": "0", "weight": "2"},
        {"title": "Essay", "points": "x", "weight": "2"},
        {"title": "Essay", "points": "50", "weight": "-1"},
        {"title": "Essay", "points": "99999999999", "weight": "1"},
        {"title": "Essay", "points": "50", "weight": "2", "due_at": "tomorrow"},
    ],
)
def test_impossible_work_is_the_form_again_with_what_was_typed(teaching, data):
    section, _enrolled = make_class()
    page = teaching.post(url("grade_item_create", section), data)
    assert page.status_code == 400
    assert "Nothing was saved yet" in page.content.decode()
    assert page.context["form"].data["points"] == data["points"]
    assert not GradeItem.objects.exists()


def test_points_below_a_score_are_refused_on_their_field(teaching):
    section, [enrolled] = make_class()
    item = make_grade_item(section, title="Essay")
    operations.enter_marks(item, {enrolled.pk: Mark(Decimal(60))}, by=ivan())
    page = teaching.post(url("grade_item_update", item), {"title": "Essay", "points": "50", "weight": "1"})
    assert page.status_code == 409
    assert "60" in page.context["form"].errors["points"][0]
    assert (
        teaching.post(url("grade_item_update", item), {"title": "Long", "points": "60", "weight": "1"}).status_code
        == 302
    )
    assert GradeItem.objects.get().title == "Long"


@pytest.mark.row("G06")
def test_work_is_posted_hidden_and_removed_by_a_button(teaching):
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    assert teaching.get(url("grade_item_post", item)).status_code == 405
    teaching.post(url("grade_item_post", item))
    item.refresh_from_db()
    assert item.posted_at
    teaching.post(url("grade_item_unpost", item))
    item.refresh_from_db()
    assert item.posted_at is None
    assert b"Remove" in teaching.get(url("grade_item_remove", item)).content
    assert GradeItem.objects.exists()
    operations.enter_marks(item, {enrolled.pk: Mark(Decimal(1))}, by=ivan())
    refused = teaching.post(url("grade_item_remove", item))
    assert refused.status_code == 409
    assert b"has scores and stays" in refused.content
    other = make_grade_item(section)
    assert teaching.post(url("grade_item_remove", other)).status_code == 302
    assert list(GradeItem.objects.all()) == [item]


@pytest.mark.row("G05")
def test_scores_are_typed_saved_and_told_in_the_students_page(teaching):
    section, [first, second] = make_class(2)
    item = make_grade_item(section, points=10, title="Essay")
    page = teaching.get(url("grade_item_scores", item))
    data = typed(page, **{cell(first): "7,5", cell(second): "EX", "reason": "First reading"})
    assert teaching.post(url("grade_item_scores", item), data).status_code == 302
    assert dict(GradeEntry.objects.values_list("enrollment", "score")) == {first.pk: Decimal("7.50"), second.pk: None}
    page = teaching.get(url("grade_item_scores", item))
    teaching.post(url("grade_item_scores", item), typed(page, **{cell(first): "8"}))
    story = teaching.get(url("grade_detail", first)).content.decode()
    assert "Essay: 7.5, then 8" in story
    assert "First reading" in story


def test_one_bad_cell_saves_nothing_and_keeps_all_that_was_typed(teaching):
    section, [first, second] = make_class(2)
    item = make_grade_item(section, points=10)
    path = url("grade_item_scores", item)
    for bad, status in (("eleven", 400), ("11", 409)):
        page = teaching.post(path, typed(teaching.get(path), **{cell(first): "9", cell(second): bad}))
        text = page.content.decode()
        assert page.status_code == status
        assert f'href="#id_{cell(second)}"' in text
        assert f'id="id_{cell(second)}" name="{cell(second)}" value="{bad}"' in text
        assert f'id="id_{cell(first)}" name="{cell(first)}" value="9"' in text
    assert not GradeEntry.objects.exists()


@pytest.mark.row("R19")
def test_a_cell_that_somebody_else_changed_shows_both_values_and_can_be_sent_again(teaching):
    section, [first, second] = make_class(2)
    item = make_grade_item(section)
    path = url("grade_item_scores", item)
    page = teaching.get(path)
    operations.enter_marks(item, {first.pk: Mark(Decimal(70))}, by=helper(section, "grader"))
    refused = teaching.post(path, typed(page, **{cell(first): "60", cell(second): "50"}))
    assert refused.status_code == 409
    assert "changed this to 70 meanwhile; you typed 60" in refused.content.decode()
    assert GradeChange.objects.count() == 1
    again = {name: refused.context["form"].data[name] for name in refused.context["form"].data}
    assert teaching.post(path, again).status_code == 302
    assert dict(GradeEntry.objects.values_list("enrollment", "score")) == {first.pk: 60, second.pk: 50}


def test_a_sheet_that_was_tampered_with_is_refused_and_who_left_is_named(teaching):
    section, [first, second] = make_class(2)
    item = make_grade_item(section)
    path = url("grade_item_scores", item)
    page = teaching.get(path)
    assert teaching.post(path, typed(page, seen="[")).status_code == 400
    assert teaching.post(path, typed(page, seen=json.dumps({"x": 1}))).status_code == 400
    operations.drop(second, by=rita(), reason="Asked")
    answer = teaching.post(path, typed(page, **{cell(first): "5", cell(second): "6"}), follow=True)
    assert "1 student has left the sheet meanwhile" in answer.content.decode()
    assert dict(GradeEntry.objects.values_list("enrollment", "score")) == {first.pk: 5}


def test_final_grades_are_typed_then_posted_on_a_page_of_their_own(teaching):
    section, [first, second] = make_class(2)
    path = url("grade_finals", section)
    assert teaching.post(path, typed(teaching.get(path), **{cell(first): "b+"})).status_code == 302
    assert FinalGrade.objects.get().grade == "B+"
    ask = teaching.get(url("grade_finals_post", section)).content.decode()
    assert "1 grade goes on the record" in ask
    assert "1 student has no grade yet" in ask
    assert FinalGrade.objects.get().posted_at is None
    assert teaching.post(url("grade_finals_post", section)).status_code == 302
    assert FinalGrade.objects.get().posted_at
    assert teaching.post(url("grade_finals_post", section)).status_code == 409
    assert b"A+" in teaching.get(path).content
    refused = teaching.post(path, typed(teaching.get(path), **{cell(second): "E"}))
    assert refused.status_code == 409
    tampered = teaching.post(path, typed(teaching.get(path), **{cell(first): "A"}))
    assert tampered.status_code == 409
    assert "The grade is final meanwhile" in tampered.content.decode()


@pytest.mark.parametrize(("who", "status"), [(alice, 403), (oscar, 403), (rita, 403)])
def test_the_sheet_is_for_those_who_grade_and_work_is_hidden_from_others(client, who, status):
    section, [enrolled] = make_class()
    item = make_grade_item(section, posted=True)
    client.force_login(who())
    for name in ("grade_sheet", "grade_item_create", "grade_finals", "grade_finals_post"):
        assert client.get(url(name, section)).status_code == status
    for name in ("grade_item_update", "grade_item_scores", "grade_item_remove"):
        assert client.get(url(name, item)).status_code == 404
    for name in ("grade_item_post", "grade_item_unpost", "grade_item_remove"):
        assert client.post(url(name, item)).status_code == 404
    operations.submit_finals(section, {enrolled.pk: "A"}, by=ivan())
    assert client.post(url("grade_finals_post", section)).status_code == 403
    item.refresh_from_db()
    assert item.posted_at
    assert FinalGrade.objects.get().posted_at is None


def test_a_grader_enters_scores_and_decides_nothing(client):
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    operations.submit_finals(section, {enrolled.pk: "A-"}, by=ivan())
    client.force_login(helper(section, "grader"))
    sheet = client.get(url("grade_sheet", section)).content.decode()
    assert "A-" not in sheet
    assert url("grade_item_update", item) not in sheet
    page = client.get(url("grade_item_scores", item))
    assert enrolled.student.institutional_id not in page.content.decode()
    assert client.post(url("grade_item_scores", item), typed(page, **{cell(enrolled): "5"})).status_code == 302
    for name in ("grade_item_update", "grade_item_remove"):
        assert client.get(url(name, item)).status_code == 403
    assert client.post(url("grade_item_post", item)).status_code == 403
    assert client.get(url("grade_finals", section)).status_code == 403
    assert "A-" not in client.get(url("grade_detail", enrolled)).content.decode()


def test_assistants_and_other_instructors_see_no_grades(client):
    section, [enrolled] = make_class()
    client.force_login(helper(section, "assistant"))
    assert client.get(url("grade_sheet", section)).status_code == 403
    assert client.get(url("grade_detail", enrolled)).status_code == 403
    client.force_login(make_user(roles=["instructor"]))
    assert client.get(url("grade_sheet", section)).status_code == 403
    assert client.get(url("grade_detail", enrolled)).status_code == 404
    client.logout()
    assert client.get(url("grade_sheet", section)).status_code == 302


@pytest.mark.row("R118")
def test_the_sheet_asks_the_same_number_of_queries_for_one_and_many(teaching, django_assert_max_num_queries):
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    operations.enter_marks(item, {enrolled.pk: Mark(Decimal(5))}, by=ivan())
    pages = [url("grade_sheet", section), url("grade_item_scores", item), url("grade_finals", section)]
    few = {}
    for path in pages:
        with django_assert_max_num_queries(15) as asked:
            teaching.get(path)
        few[path] = len(asked)
    for _ in range(12):
        other = enroll_directly(make_student(), section)
        operations.enter_marks(make_grade_item(section), {other.pk: Mark(Decimal(5))}, by=ivan())
    for path in pages:
        with django_assert_max_num_queries(few[path]):
            teaching.get(path)


def test_the_scores_of_a_large_lecture_are_saved_by_one_form(teaching):
    section, _enrolled = make_class()
    fill(section, 1_000)
    item = make_grade_item(section)
    path = url("grade_item_scores", item)
    page = teaching.get(path)
    scores = {name: "5" for name in page.context["form"].fields if name.startswith("c-")}
    assert teaching.post(path, typed(page, **scores)).status_code == 302
    assert GradeEntry.objects.filter(score=5).count() == 1_001
