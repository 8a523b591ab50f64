"""Grades, rosters, progress and records by script: a good case, a refusal and a stranger each."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.models import SectionInstructor
from students import operations
from students.models import GradeChange, GradeItem, Override, Program
from students.tests.makers import (
    enroll_directly,
    make_class,
    make_grade_item,
    make_open_section,
    make_student,
)
from students.validators import Mark

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-4000-8000-000000000000"


def script(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def helper(section, role):
    person = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=section, instructor=person, role=role, can_grade=role == "grader")
    return person


def test_an_instructor_makes_changes_posts_and_removes_work():
    section, _enrolled = make_class()
    client = script(ivan())
    body = {"section": str(section.public_id), "title": "Essay", "points": "50", "weight": 2}
    made = client.post("/api/v1/grade-items/", body, format="json")
    assert (made.status_code, made.data["points"], made.data["posted_at"]) == (201, "50.00", None)
    path = f"/api/v1/grade-items/{made.data['id']}/"
    assert client.patch(path, {"title": "Long essay"}, format="json").data["title"] == "Long essay"
    assert client.post(f"{path}post/").data["posted_at"]
    assert client.post(f"{path}unpost/").data["posted_at"] is None
    assert [row["title"] for row in client.get("/api/v1/grade-items/").data["results"]] == ["Long essay"]
    assert client.get("/api/v1/grade-items/", {"is_posted": "true"}).data["results"] == []
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.row("I05")
def test_the_same_key_makes_one_piece_of_work():
    section, _enrolled = make_class()
    body = {"section": str(section.public_id), "title": "Essay"}
    answers = [
        script(ivan()).post("/api/v1/grade-items/", body, format="json", HTTP_IDEMPOTENCY_KEY="k").json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert GradeItem.objects.count() == 1


@pytest.mark.parametrize("who", [alice, oscar, rita])
def test_work_and_its_scores_are_hidden_from_all_but_those_who_grade(who):
    section, _enrolled = make_class()
    item = make_grade_item(section, posted=True)
    client, path = script(who()), f"/api/v1/grade-items/{item.public_id}/"
    assert client.get(path).status_code == 404
    assert client.get(f"{path}scores/").status_code == 404
    assert client.put(f"{path}scores/", {"scores": []}, format="json").status_code == 404
    assert client.post(f"{path}post/").status_code == 404
    body = {"section": str(section.public_id), "title": "Essay"}
    assert client.post("/api/v1/grade-items/", body, format="json").json()["code"] == "may_not_manage_grades"


def test_a_grader_enters_scores_and_posts_none():
    section, [enrolled] = make_class()
    item = make_grade_item(section)
    client, path = script(helper(section, "grader")), f"/api/v1/grade-items/{item.public_id}/"
    body = {"scores": [{"enrollment": str(enrolled.public_id), "score": "7.5"}], "reason": "Read twice"}
    answer = client.put(f"{path}scores/", body, format="json")
    [change] = answer.data["changes"]
    assert (answer.status_code, change["old_score"], change["new_score"]) == (200, None, "7.50")
    assert GradeChange.objects.get().reason == "Read twice"
    [row] = client.get(f"{path}scores/").json()["results"]
    assert (row["enrollment"], row["score"], row["is_exempt"]) == (str(enrolled.public_id), "7.50", False)
    assert client.post(f"{path}post/").json()["code"] == "may_not_manage_grades"
    assert client.delete(path).status_code == 403


def test_refused_scores_name_each_cell_and_save_nothing():
    section, [first, second] = make_class(2)
    item = make_grade_item(section, points=10)
    operations.enter_marks(item, {first.pk: Mark(5)}, by=ivan())
    body = {
        "scores": [
            {"enrollment": str(first.public_id), "score": 6, "seen": {"score": 4}},
            {"enrollment": str(second.public_id), "score": 11},
        ]
    }
    answer = script(ivan()).put(f"/api/v1/grade-items/{item.public_id}/scores/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "marks_refused")
    assert [cell["code"] for cell in answer.json()["facts"]["cells"]] == ["changed_meanwhile", "out_of_range"]
    assert item.entries.count() == 1


@pytest.mark.parametrize(
    "scores",
    [
        "x",
        [{}],
        [{"enrollment": NOBODY, "score": 1}],
        [{"enrollment": "own", "score": -1}],
        [{"enrollment": "own", "score": "1e9"}],
        [{"enrollment": "own", "score": 10**12}],
        [{"enrollment": "own", "score": 1, "is_exempt": True}],
        [{"enrollment": "own", "score": 1, "colour": "red"}],
        [{"enrollment": "own", "score": 1}, {"enrollment": "own", "score": 2}],
        [{"enrollment": "other", "score": 1}],
    ],
)
def test_malformed_scores_are_400(scores):
    section, [enrolled] = make_class()
    other = enroll_directly(make_student(), make_open_section())
    item = make_grade_item(section)
    named = {"own": str(enrolled.public_id), "other": str(other.public_id)}
    if isinstance(scores, list):
        scores = [{**row, "enrollment": named.get(row.get("enrollment"), row.get("enrollment"))} for row in scores]
    path = f"/api/v1/grade-items/{item.public_id}/scores/"
    answer = script(ivan()).put(path, {"scores": scores}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not GradeChange.objects.exists()


@pytest.mark.parametrize("fields", [{"points": 0}, {"points": -1}, {"weight": 10**9}, {"title": "\x00"}, {"title": ""}])
def test_impossible_work_is_400(fields):
    section, _enrolled = make_class()
    body = {"section": str(section.public_id), "title": "Essay", **fields}
    assert script(ivan()).post("/api/v1/grade-items/", body, format="json").status_code == 400


def test_final_grades_are_entered_then_posted():
    section, [first, second] = make_class(2)
    client, path = script(ivan()), f"/api/v1/sections/{section.public_id}/final-grades/"
    body = {"grades": [{"enrollment": str(first.public_id), "grade": "b+"}]}
    rows = {row["enrollment"]: row for row in client.put(path, body, format="json").json()}
    assert (rows[str(first.public_id)]["grade"], rows[str(first.public_id)]["posted_grade"]) == ("B+", "")
    nothing = client.post(f"{path}post/", {"enrollments": [str(second.public_id)]}, format="json")
    assert nothing.json()["code"] == "nothing_to_post"
    rows = {row["enrollment"]: row for row in client.post(f"{path}post/", {}, format="json").json()}
    assert rows[str(first.public_id)]["posted_grade"] == "B+"
    again = client.put(path, {"grades": [{"enrollment": str(first.public_id), "grade": "A"}]}, format="json").json()
    assert [cell["code"] for cell in again["facts"]["cells"]] == ["grade_is_final"]


def test_final_grades_are_for_the_instructors_of_the_section():
    section, [enrolled] = make_class()
    path = f"/api/v1/sections/{section.public_id}/final-grades/"
    body = {"grades": [{"enrollment": str(enrolled.public_id), "grade": "A"}]}
    for person in (alice(), oscar(), rita(), helper(section, "grader")):
        client = script(person)
        assert client.get(path).status_code == 403
        assert client.put(path, body, format="json").json()["code"] == "may_not_manage_grades"
        assert client.post(f"{path}post/", {}, format="json").status_code == 403
    assert APIClient().get(path).status_code == 401


@pytest.mark.row("G06")
def test_a_student_reads_own_posted_grades_alone():
    section, [enrolled, other] = make_class(2)
    posted, draft = make_grade_item(section, posted=True), make_grade_item(section)
    for item, number in ((posted, 80), (draft, 10)):
        operations.enter_marks(item, {enrolled.pk: Mark(number)}, by=ivan())
    client = script(alice())
    answer = client.get(f"/api/v1/enrollments/{enrolled.public_id}/grades/").json()
    assert [row["title"] for row in answer["items"]] == [posted.title]
    assert (answer["total"], answer["final_grade"]) == ("80.00", "")
    assert client.get(f"/api/v1/enrollments/{other.public_id}/grades/").status_code == 404
    assert script(rita()).get(f"/api/v1/enrollments/{enrolled.public_id}/grades/").json() == answer
    assistant = script(helper(section, "assistant")).get(f"/api/v1/enrollments/{enrolled.public_id}/grades/")
    assert assistant.json()["code"] == "may_not_see_grades"


@pytest.mark.row("W12")
def test_progress_is_ones_own_and_for_staff():
    section, [enrolled] = make_class()
    make_grade_item(section, posted=True, title="Essay", due_at=timezone.now() - timedelta(days=1))
    own = script(alice()).get("/api/v1/progress/").json()
    assert own["sections"][0]["missing"] == ["Essay"]
    assert own["credits"]["in_progress"] == "3.00"
    path = f"/api/v1/students/{enrolled.student.public_id}/progress/"
    assert script(rita()).get(path).json() == own == script(alice()).get(path).json()
    assert script(ivan()).get(path).status_code == 404
    assert script(oscar()).get("/api/v1/progress/").status_code == 404
    assert APIClient().get("/api/v1/progress/").status_code == 401


def test_rosters_show_addresses_to_instructors_and_staff_alone():
    section, [enrolled] = make_class()
    program = Program.objects.create(code="LA", name="Liberal Arts")
    operations.change_profile(enrolled.student, by=rita(), program=program)
    enroll_directly(make_student(), section, status="dropped")
    path = f"/api/v1/sections/{section.public_id}/roster/"
    [row] = script(ivan()).get(path).json()["results"]
    assert (row["number"], row["email"]) == (enrolled.student.institutional_id, alice().email)
    assert row["program"] is None
    assert script(rita()).get(path).json()["results"] == [row | {"program": "LA"}]
    [names] = script(helper(section, "assistant")).get(path).json()["results"]
    assert names == row | {"number": None, "email": None}
    assert len(script(ivan()).get(path, {"former": "true"}).json()["results"]) == 2
    assert script(ivan()).get(path, {"formr": "true"}).status_code == 400
    for person in (alice(), oscar()):
        assert script(person).get(path).json()["code"] == "may_not_see_roster"
    assert script(oscar()).get(f"/api/v1/sections/{NOBODY}/roster/").status_code == 404


@pytest.mark.row("W13", "G01")
def test_staff_find_and_change_profiles():
    program = Program.objects.create(code="LA", name="Liberal Arts")
    student = make_student(user=alice())
    other = make_student()
    client = script(rita())
    found = client.get("/api/v1/students/", {"q": "alice"}).json()["results"]
    assert [row["id"] for row in found] == [str(student.public_id)]
    path = f"/api/v1/students/{student.public_id}/"
    changed = client.patch(path, {"program": "LA", "level": "graduate"}, format="json").json()
    assert (changed["program"], changed["level"], changed["standing"]) == (program.code, "graduate", "good")
    assert [row["id"] for row in client.get("/api/v1/students/", {"program": "LA"}).json()["results"]] == [
        str(student.public_id)
    ]
    taken = client.patch(path, {"number": other.institutional_id}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")
    for body in ({"program": "X"}, {"level": "x"}, {"number": ""}, {"name": "X"}, []):
        assert client.patch(path, body, format="json").status_code == 400
    own = script(alice())
    assert [row["id"] for row in own.get("/api/v1/students/").json()["results"]] == [str(student.public_id)]
    assert own.patch(path, {"standing": "probation"}, format="json").json()["code"] == "may_not_edit_profile"
    assert own.get(f"/api/v1/students/{other.public_id}/").status_code == 404
    assert own.get("/api/v1/programs/").json()["results"][0]["code"] == "LA"


@pytest.mark.row("E19")
def test_the_history_of_an_enrollment_is_for_the_student_the_instructor_and_staff():
    section, _enrolled = make_class()
    student = make_student()
    enrolled = operations.enroll(student, section, by=rita(), source="staff", reason="Asked by phone")
    path = f"/api/v1/enrollments/{enrolled.public_id}/"
    for person in (student.user, ivan(), rita()):
        [event] = script(person).get(f"{path}history/").json()
        assert (event["to_status"], event["by"], event["reason"]) == (
            "registered",
            rita().display_name,
            "Asked by phone",
        )
        assert script(person).get(path).json()["history"] == [event]
    assistant = script(helper(section, "assistant"))
    assert assistant.get(f"{path}history/").json()["code"] == "may_not_see_history"
    assert assistant.get(path).json()["history"] == []
    assert script(oscar()).get(f"{path}history/").status_code == 404


@pytest.mark.row("E12")
def test_places_in_line_tell_their_story_and_staff_promote_by_script():
    section, _enrolled = make_class(capacity=1)
    student = make_student()
    entry = operations.join_waitlist(student, section, by=None)
    path = f"/api/v1/waitlist-entries/{entry.public_id}/"
    [event] = script(student.user).get(f"{path}history/").json()
    assert (event["kind"], event["by"]) == ("joined", None)
    assert script(ivan()).get(path).status_code == 200
    for person in (oscar(), helper(section, "assistant")):
        assert script(person).get(path).status_code == 404
    assert script(ivan()).post(f"{path}promote/", {"reason": "x"}, format="json").status_code == 403
    full = script(rita()).post(f"{path}promote/", {"reason": "Graduates"}, format="json")
    assert full.json()["code"] == "section_full"
    section.capacity = 2
    section.save()
    promoted = script(rita()).post(f"{path}promote/", {"reason": "Graduates"}, format="json")
    assert promoted.json()["status"] == "accepted"


@pytest.mark.row("T09")
def test_staff_give_and_end_permissions_by_script():
    section, student = make_open_section(), make_student()
    body = {"section": str(section.public_id), "student": str(student.public_id), "kind": "capacity", "reason": "Asked"}
    client = script(rita())
    made = client.post("/api/v1/overrides/", body, format="json")
    assert (made.status_code, made.json()["granted_by"]) == (201, rita().display_name)
    assert client.post("/api/v1/overrides/", body, format="json").json()["code"] == "override_exists"
    [own] = script(student.user).get("/api/v1/overrides/").json()["results"]
    assert own == made.json()
    path = f"/api/v1/overrides/{made.json()['id']}/"
    assert script(student.user).post(f"{path}revoke/").json()["code"] == "may_not_override"
    assert script(oscar()).get(path).status_code == 404
    assert client.post(f"{path}revoke/").json()["expires_at"]
    assert Override.objects.count() == 1
    assert script(ivan()).post("/api/v1/overrides/", body, format="json").status_code == 400
