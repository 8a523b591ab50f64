"""Roster, line, progress, directory and records by page: a good case, a refusal and a stranger each."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.models import SectionInstructor
from students import operations
from students.models import EnrollmentEvent, Program
from students.tests.makers import (
    enroll_directly,
    fill,
    make_class,
    make_grade_item,
    make_open_section,
    make_open_term,
    make_student,
)
from students.validators import Mark

pytestmark = pytest.mark.django_db


def url(name, thing):
    return reverse(f"students:{name}", args=[thing.public_id])


def helper(section, role):
    person = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=section, instructor=person, role=role, can_grade=role == "grader")
    return person


def test_the_roster_shows_addresses_to_instructors_and_staff_and_names_to_assistants(client):
    section, [enrolled] = make_class()
    gone = enroll_directly(make_student(), section, status="dropped")
    program = Program.objects.create(code="LA", name="Liberal Arts")
    operations.change_profile(enrolled.student, by=rita(), program=program)
    for person, sees in [(ivan(), True), (rita(), True), (helper(section, "assistant"), False)]:
        client.force_login(person)
        page = client.get(url("roster", section))
        assert [row.pk for row in page.context["page_obj"]] == [enrolled.pk]
        assert (alice().email in page.content.decode()) is sees
        assert (enrolled.student.institutional_id in page.content.decode()) is sees
        assert (program.name in page.content.decode()) is (person == rita())
    page = client.get(url("roster", section), {"former": "1"})
    assert {row.pk for row in page.context["page_obj"]} == {enrolled.pk, gone.pk}


def test_the_roster_is_closed_to_classmates_and_strangers(client):
    section, _enrolled = make_class()
    assert client.get(url("roster", section)).status_code == 302
    for person in (alice(), oscar(), make_user(roles=["instructor"])):
        client.force_login(person)
        assert client.get(url("roster", section)).status_code == 403
    hidden = make_open_section(status="planned")
    assert client.get(url("roster", hidden)).status_code == 404


def test_an_empty_roster_says_what_fills_it(client):
    client.force_login(rita())
    assert b"Nobody is enrolled yet" in client.get(url("roster", make_open_section())).content


@pytest.mark.row("R118")
def test_a_roster_of_a_thousand_asks_as_much_as_one_of_one(client, django_assert_max_num_queries):
    section, _enrolled = make_class()
    client.force_login(ivan())
    with django_assert_max_num_queries(12) as asked:
        client.get(url("roster", section))
    fill(section, 999)
    with django_assert_max_num_queries(len(asked)):
        page = client.get(url("roster", section))
    assert len(page.context["page_obj"]) == 50
    assert b"1 to 50 of 1000" in page.content


@pytest.mark.row("R118")
def test_every_list_asks_the_same_number_of_queries_for_one_and_many(client, django_assert_max_num_queries):
    section, _enrolled = make_class(capacity=0)
    student = alice().student_profile
    term = make_open_term(kind="semester")

    def more():
        other, extra = make_student(), make_open_section(term=term, capacity=0)
        operations.join_waitlist(other, section, by=None)
        operations.join_waitlist(student, extra, by=None)
        enrolled = enroll_directly(student, make_open_section(term=term))
        item = make_grade_item(enrolled.section, posted=True, due_at=timezone.now() - timedelta(days=1))
        operations.enter_marks(item, {enrolled.pk: Mark(5)}, by=None)
        operations.grant_override(student, make_open_section(), "capacity", by=rita(), reason="Asked")

    pages = [
        (rita(), url("section_line", section)),
        (rita(), reverse("students:directory")),
        (rita(), url("student_record", student)),
        (alice(), reverse("students:progress")),
        (alice(), reverse("students:enrollments")),
        (alice(), url("section_detail", section)),
    ]
    answers = [
        (alice(), "/api/v1/progress/"),
        (rita(), "/api/v1/students/"),
        (rita(), "/api/v1/enrollments/"),
        (ivan(), "/api/v1/enrollments/"),
        (rita(), "/api/v1/waitlist-entries/"),
        (rita(), "/api/v1/overrides/"),
        (ivan(), f"/api/v1/sections/{section.public_id}/roster/"),
        (ivan(), f"/api/v1/sections/{section.public_id}/final-grades/"),
        (ivan(), "/api/v1/grade-items/"),
        (None, f"/api/v1/classes/?term={section.term.code}"),
    ]

    def ask(most):
        counts = []
        script = APIClient()
        for (person, path), limit in zip(pages + answers, most, strict=True):
            if (person, path) in pages:
                client.force_login(person)
            else:
                script.force_authenticate(person)
            with django_assert_max_num_queries(limit, info=path) as asked:
                answer = (client if (person, path) in pages else script).get(path)
            assert answer.status_code == 200
            counts.append(len(asked))
        return counts

    more()
    few = ask([15] * (len(pages) + len(answers)))
    for _ in range(6):
        more()
    ask(few)


@pytest.mark.row("E12", "E08")
def test_the_line_shows_places_to_staff_and_instructors_and_why_somebody_was_passed_to_staff(client):
    section, _enrolled = make_class(capacity=1)
    first = operations.join_waitlist(make_student(), section, by=None)
    first.last_skip_reason, first.last_skipped_at = "You need CSE 20.", timezone.now()
    first.save()
    for person, manages in [(rita(), True), (ivan(), False)]:
        client.force_login(person)
        page = client.get(url("section_line", section)).content.decode()
        assert first.student.institutional_id in page
        # What a student lacks, or has at the same time elsewhere, is not for those who teach.
        assert ("You need CSE 20." in page) is manages
        assert (url("entry_promote", first) in page) is manages
    client.force_login(helper(section, "assistant"))
    assert client.get(url("section_line", section)).status_code == 403


def test_staff_take_somebody_out_of_the_line_for_a_reason(client):
    section, _enrolled = make_class(capacity=0)
    entry = operations.join_waitlist(make_student(), section, by=None)
    client.force_login(ivan())
    assert client.post(url("entry_leave", entry), {"reason": "x"}).status_code == 403
    client.force_login(oscar())
    assert client.get(url("entry_leave", entry)).status_code == 404
    client.force_login(rita())
    assert client.get(url("entry_leave", entry)).status_code == 200
    assert client.post(url("entry_leave", entry), {}).status_code == 400
    assert client.post(url("entry_leave", entry), {"reason": "Asked"})["Location"] == url("section_line", section)
    assert entry.events.last().reason == "Asked"
    again = client.post(url("entry_leave", entry), {"reason": "Asked"})
    assert again.status_code == 409
    assert b"over already" in again.content


@pytest.mark.row("W12")
def test_progress_shows_posted_grades_missing_work_and_credits(client):
    program = Program.objects.create(code="LA", name="Liberal Arts", credits_required=12)
    student = make_student(user=alice())
    operations.change_profile(student, by=rita(), program=program)
    past = make_open_term(end_date=timezone.localdate() - timedelta(days=2))
    done = enroll_directly(student, make_open_section(term=past))
    SectionInstructor.objects.create(section=done.section, instructor=ivan())
    operations.submit_finals(done.section, {done.pk: "A-"}, by=ivan())
    operations.post_finals(done.section, by=ivan())
    section = make_open_section()
    SectionInstructor.objects.create(section=section, instructor=ivan())
    enrolled = enroll_directly(student, section)
    late = make_grade_item(section, posted=True, title="Lab 1", due_at=timezone.now() - timedelta(days=1))
    scored = make_grade_item(section, posted=True, title="Lab 2")
    operations.enter_marks(scored, {enrolled.pk: Mark(75)}, by=ivan())
    client.force_login(alice())
    page = client.get(reverse("students:progress"))
    text = page.content.decode()
    found = page.context["progress"]
    assert (found.credits.earned, found.credits.in_progress, found.credits.required, found.missing) == (3, 3, 12, 1)
    assert "25 percent earned" in text
    assert late.title in text
    assert "75 %" in text
    assert ">A-<" in text
    detail = client.get(url("grade_detail", enrolled)).content.decode()
    assert "75 of 100" in detail
    assert "missing" in detail


@pytest.mark.row("W12")
def test_progress_of_a_newcomer_says_what_will_be_there(client):
    client.force_login(oscar())
    assert b"No classes on record yet" in client.get(reverse("students:progress")).content
    make_student(user=alice())
    client.force_login(alice())
    page = client.get(reverse("students:progress")).content
    assert b"No program is set yet" in page
    assert b"No classes on record yet" in page
    client.logout()
    assert client.get(reverse("students:progress")).status_code == 302


@pytest.mark.row("W13", "G01")
def test_staff_find_students_by_name_number_program_level_and_standing(client):
    program = Program.objects.create(code="LA", name="Liberal Arts")
    one = make_student(user=alice())
    two = make_student()
    operations.change_profile(two, by=rita(), program=program, level="graduate", standing="probation")
    client.force_login(rita())

    def found(**query):
        page = client.get(reverse("students:directory"), query)
        assert page.status_code == 200
        return {row.pk for row in page.context["page_obj"]}

    assert found() == {one.pk, two.pk}
    assert found(q="ALICE") == found(q=one.institutional_id.lower()) == found(q=one.user.email) == {one.pk}
    assert found(program="LA") == found(level="graduate") == found(standing="probation") == {two.pk}
    assert found(q="alice", level="graduate") == found(q="nobody") == found(level="no such level") == set()
    assert found(page="99") == {one.pk, two.pk}


def test_the_directory_and_records_of_others_are_for_staff(client):
    student = make_student()
    for person in (alice(), ivan(), oscar()):
        client.force_login(person)
        assert client.get(reverse("students:directory")).status_code == 403
        assert client.get(url("student_record", student)).status_code == 404
        assert client.get(url("profile_update", student)).status_code == 404
    client.force_login(student.user)
    assert client.get(url("student_record", student)).status_code == 200
    assert client.get(url("profile_update", student)).status_code == 403
    client.logout()
    assert client.get(reverse("students:directory")).status_code == 302


@pytest.mark.row("G01", "I06")
def test_staff_change_a_profile_and_hear_of_a_taken_number(client):
    student, other = make_student(), make_student()
    program = Program.objects.create(code="LA", name="Liberal Arts")
    client.force_login(rita())
    data = {
        "institutional_id": student.institutional_id, "program": program.pk, "level": "graduate", "standing": "good",
    }  # fmt: skip
    assert client.post(url("profile_update", student), data)["Location"] == url("student_record", student)
    student.refresh_from_db()
    assert (student.program, student.level) == (program, "graduate")
    refused = client.post(url("profile_update", student), data | {"institutional_id": other.institutional_id})
    assert refused.status_code == 409
    assert "Another student has the number" in refused.context["form"].errors["institutional_id"][0]
    assert client.post(url("profile_update", student), data | {"level": "x"}).status_code == 400


@pytest.mark.row("E18", "E19", "W08")
def test_the_record_and_my_classes_tell_the_story_of_every_enrollment_and_line(client):
    section, student = make_open_section(capacity=1), make_student(user=alice())
    enrolled = operations.enroll(student, section, by=alice())
    operations.drop(enrolled, by=rita(), reason="Never came")
    full = make_open_section(capacity=0)
    entry = operations.join_waitlist(student, full, by=alice())
    operations.leave_waitlist(entry, by=rita(), reason="Asked by phone")
    assert EnrollmentEvent.objects.count() == 2
    for person, path in [(alice(), reverse("students:enrollments")), (rita(), url("student_record", student))]:
        client.force_login(person)
        page = client.get(path).content.decode()
        for words in ("Never came", "Asked by phone", "Joined the line", "Removed from the line", "Dropped"):
            assert words in page


@pytest.mark.row("W08")
def test_after_the_drop_deadline_the_page_offers_to_withdraw(client):
    now = timezone.now()
    term = make_open_term(drop_deadline=now - timedelta(days=1), withdraw_deadline=now + timedelta(days=1))
    section = make_open_section(term=term)
    enrolled = enroll_directly(make_student(user=alice()), section)
    client.force_login(alice())
    for path in (url("section_detail", section), reverse("students:enrollments")):
        page = client.get(path).content.decode()
        assert url("enrollment_withdraw", enrolled) in page
        assert url("enrollment_drop", enrolled) not in page
    assert client.post(url("enrollment_drop", enrolled)).status_code == 409
    assert client.post(url("enrollment_withdraw", enrolled)).status_code == 302


def test_a_teacher_is_not_offered_to_end_an_enrollment(client):
    _section, [enrolled] = make_class()
    client.force_login(ivan())
    assert client.get(url("enrollment_drop", enrolled)).status_code == 403
    assert client.post(url("enrollment_drop", enrolled), {"reason": "x"}).status_code == 403


def test_the_class_page_links_each_reader_to_what_they_may_open(client):
    section, _enrolled = make_class()
    links = {name: url(name, section) for name in ("roster", "section_line", "grade_sheet")}
    manage = reverse("courses:section_detail", args=[section.public_id])
    expected = [
        (alice(), set()),
        (helper(section, "assistant"), {links["roster"], manage}),
        (helper(section, "grader"), {links["roster"], links["grade_sheet"], manage}),
        (ivan(), {*links.values(), manage}),
        (rita(), {links["roster"], links["section_line"], manage}),
    ]
    for person, shown in expected:
        client.force_login(person)
        page = client.get(url("section_detail", section)).content.decode()
        assert {path for path in (*links.values(), manage) if f'href="{path}"' in page} == shown
        for path in shown:
            assert client.get(path).status_code == 200
