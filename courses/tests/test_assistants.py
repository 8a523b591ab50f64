"""Assistants and graders: named by the instructors of the own section, with grants that hold there alone."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.operations import create_person, deactivate
from accounts.tests.makers import adam, alice, ivan, make_user, oscar, rita
from core.errors import NotAllowed
from courses import operations
from courses.errors import NobodyToAdd, NotAnAssistant, TakesTheClass, TeachesAlready, TriedTooOften
from courses.models import Section, SectionInstructor
from courses.operations.assistants import TRIES
from courses.policies import can_describe_section, can_manage_assistants
from courses.tests.makers import add_instructor, make_section
from notifications.models import OutboxMessage
from students.models import GradeItem
from students.policies import rights_in
from students.tests.makers import enroll_directly, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("A06")]


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.fixture
def section():
    return make_section(instructor=ivan())


def tina():
    return User.objects.filter(email="tina@example.org").first() or make_user("tina@example.org", ["student"])


def signed_in(user):
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_an_instructor_names_an_assistant_who_is_told_by_mail(section):
    row = operations.add_assistant(section, " TINA@example.org", "assistant", by=ivan()) if tina() else None
    assert (row.instructor, row.role, row.granted) == (tina(), "assistant", [])
    assert OutboxMessage.objects.get(kind="assistant_added").recipient == tina()
    with pytest.raises(TeachesAlready):
        operations.add_assistant(section, tina().email, "grader", by=ivan())


@pytest.mark.parametrize("who", ["other instructor", "assistant", "student", "outsider"])
def test_nobody_else_names_one(section, who):
    people = {"other instructor": make_user(roles=["instructor"]), "assistant": tina(), "student": alice()}
    add_instructor(section, tina(), role="assistant", can_grade=True, can_edit_texts=True)
    person = people.get(who) or oscar()
    assert not can_manage_assistants(person, section)
    with pytest.raises(NotAllowed):
        operations.add_assistant(section, make_user().email, "assistant", by=person)
    with pytest.raises(NotAllowed):
        operations.change_assistant(section.section_instructors.get(instructor=tina()), by=person, can_grade=True)


def test_nobody_is_made_an_instructor_this_way(section):
    row = operations.add_assistant(section, tina().email, "assistant", by=ivan())
    for deed in (
        lambda: operations.add_assistant(section, make_user().email, "instructor", by=ivan()),
        lambda: operations.change_assistant(row, by=ivan(), role="instructor"),
    ):
        with pytest.raises(NotAllowed):
            deed()
    record = section.section_instructors.get(instructor=ivan())
    for deed in (operations.change_assistant, operations.remove_assistant):
        with pytest.raises(NotAnAssistant):
            deed(record, by=ivan())


def unknown(section):
    return "nobody@example.org"


def unconfirmed(section):
    person = make_user("new@example.org")
    person.emailaddress_set.update(verified=False)
    return person.email


def closed(section):
    person = make_user("gone@example.org")
    deactivate(person, by=adam())
    return person.email


def oneself(section):
    return ivan().email


def a_student_of_it(section):
    enroll_directly(make_student(user=alice()), section)
    return alice().email


def half_an_address(section):
    return tina().email[:3] + "@example.org"


@pytest.mark.row("R45")
@pytest.mark.parametrize("maker", [unknown, unconfirmed, closed, oneself, a_student_of_it, half_an_address])
def test_an_unknown_address_and_somebody_who_cannot_be_added_get_one_answer(section, maker):
    email = maker(section)
    with pytest.raises(NobodyToAdd):
        operations.add_assistant(section, email, "assistant", by=ivan())
    page, api = (
        reverse("courses:section_assistants", args=[section.public_id]),
        f"/api/v1/sections/{section.public_id}/assistants/",
    )
    client = signed_in(ivan())
    answers = []
    for address in (email, "somebody.else@example.org"):
        shown = client.post(page, {"email": address, "role": "assistant"}).context["form"].errors.as_data()
        told = client.post(api, {"email": address, "role": "assistant"}, content_type="application/json")
        answers.append(({code.code for codes in shown.values() for code in codes}, told.status_code, told.json()))
    assert answers[0] == answers[1]
    assert answers[0][:2] == ({"nobody_to_add"}, 409)
    assert section.section_instructors.count() == 1


@pytest.mark.row("R45")
def test_whoever_tries_addresses_is_stopped(section):
    for n in range(TRIES):
        with pytest.raises(NobodyToAdd):
            operations.add_assistant(section, f"guess{n}@example.org", "assistant", by=ivan())
    with pytest.raises(TriedTooOften):
        operations.add_assistant(section, tina().email, "assistant", by=ivan())
    assert operations.add_assistant(section, tina().email, "assistant", by=rita())


def test_the_office_cannot_let_a_student_of_the_section_teach_it(section):
    a_student_of_it(section)
    people = [(ivan(), "instructor", True), (alice(), "assistant", False)]
    with pytest.raises(TakesTheClass):
        operations.set_instructors(section, people, by=rita())


@pytest.mark.parametrize("role", ["assistant", "grader"])
def test_scores_are_for_those_who_may_grade_in_this_section(section, role):
    item = make_grade_item(section)
    row = add_instructor(section, tina(), role=role, can_grade=False)
    assert not rights_in(tina(), Section.objects.get(pk=section.pk)).grade
    assert not GradeItem.objects.visible_to(tina()).exists()
    operations.change_assistant(row, by=ivan(), can_grade=True)
    assert rights_in(tina(), Section.objects.get(pk=section.pk)).grade
    assert GradeItem.objects.visible_to(tina()).get() == item
    assert not rights_in(tina(), Section.objects.get(pk=section.pk)).manage_grades


def test_a_planned_section_is_seen_by_whom_the_instructor_lets():
    section = make_section(status="planned", instructor=ivan())
    row = add_instructor(section, tina(), role="assistant")
    assert section not in Section.objects.visible_to(tina())
    operations.change_assistant(row, by=ivan(), can_see_planned=True)
    assert section in Section.objects.visible_to(tina())


def test_the_description_is_changed_by_whom_the_instructor_lets(section):
    row = add_instructor(section, tina(), role="assistant")
    assert not can_describe_section(tina(), section)
    operations.change_assistant(row, by=ivan(), can_edit_texts=True)
    operations.change_section(section, by=tina(), description="Bring a pencil.")
    with pytest.raises(NotAllowed):
        operations.change_section(section, by=tina(), capacity=500)


def test_a_new_grader_of_the_office_grades_and_a_changed_role_starts_anew(section):
    record = (ivan(), "instructor", True)
    operations.set_instructors(section, [record, (tina(), "grader", False)], by=rita())
    row = section.section_instructors.get(instructor=tina())
    assert row.can_grade
    operations.set_instructors(section, [record, (tina(), "assistant", False)], by=rita())
    row.refresh_from_db()
    assert not row.can_grade
    operations.change_assistant(row, by=ivan(), can_grade=True)
    operations.set_instructors(section, [record, (tina(), "assistant", False)], by=rita())
    row.refresh_from_db()
    assert row.can_grade


@pytest.mark.row("A06", "R67")
def test_an_assistant_of_one_section_finds_nothing_of_another(section):
    other = make_section(instructor=make_user(roles=["instructor"]))
    enrolled = enroll_directly(make_student(), other)
    item = make_grade_item(other)
    add_instructor(section, tina(), role="assistant", can_grade=True)
    client = signed_in(tina())
    pages = {
        "students:roster": (other, 403), "students:grade_sheet": (other, 403), "students:section_line": (other, 403),
        "students:grade_detail": (enrolled, 404), "students:grade_item_scores": (item, 404), "api_roster": (other, 403),
        "api_scores": (item, 404), "courses:section_assistants": (other, 403),
    }  # fmt: skip
    answers = {
        name: client.get(reverse(name, args=[about.public_id])).status_code for name, (about, _status) in pages.items()
    }
    assert answers == {name: status for name, (_about, status) in pages.items()}
    assert client.get(reverse("students:roster", args=[section.public_id])).status_code == 200
    assert client.get(reverse("students:grade_sheet", args=[section.public_id])).status_code == 200


def test_an_instructor_adds_changes_and_takes_out_by_page(section):
    client, page = signed_in(ivan()), reverse("courses:section_assistants", args=[section.public_id])
    assert client.post(page, {"email": tina().email, "role": "assistant", "can_grade": "on"}).status_code == 302
    row = section.section_instructors.get(instructor=tina())
    assert row.can_grade
    assert row.instructor.display_name in client.get(page).content.decode()
    assert client.post(reverse("courses:assistant_edit", args=[row.public_id]), {"role": "grader"}).status_code == 302
    row.refresh_from_db()
    assert (row.role, row.can_grade) == ("grader", False)
    client.get(reverse("courses:assistant_remove", args=[row.public_id]))
    assert section.section_instructors.filter(pk=row.pk).exists()
    assert client.post(reverse("courses:assistant_remove", args=[row.public_id])).status_code == 302
    assert not section.section_instructors.filter(pk=row.pk).exists()


def test_others_are_refused_at_the_pages(section):
    row = add_instructor(section, tina(), role="assistant")
    for person in (tina(), alice(), make_user(roles=["instructor"])):
        client = signed_in(person)
        assert client.get(reverse("courses:section_assistants", args=[section.public_id])).status_code == 403
        for name in ("assistant_edit", "assistant_remove"):
            assert client.post(reverse(f"courses:{name}", args=[row.public_id]), {"role": "grader"}).status_code == 403


def test_a_script_adds_changes_and_takes_out(section):
    client, path = signed_in(ivan()), f"/api/v1/sections/{section.public_id}/assistants/"
    made = client.post(path, {"email": tina().email, "role": "assistant"}, content_type="application/json")
    assert made.status_code == 201
    assert client.get(path).json() == [made.json()]
    one = f"/api/v1/section-assistants/{made.json()['id']}/"
    changed = client.patch(one, {"can_grade": True}, content_type="application/json")
    assert (changed.json()["role"], changed.json()["can_grade"]) == ("assistant", True)
    refused = client.patch(one, {"role": "instructor"}, content_type="application/json")
    assert refused.status_code == 400
    assert signed_in(tina()).delete(one).status_code == 403
    assert client.delete(one).status_code == 204
    assert not SectionInstructor.objects.filter(instructor=tina()).exists()


def test_an_unconfirmed_second_address_opens_nothing(section):
    person = create_person("two@example.org", by=None)
    person.emailaddress_set.create(email="second@example.org", verified=True)
    with pytest.raises(NobodyToAdd):
        operations.add_assistant(section, "second@example.org", "assistant", by=ivan())


@pytest.mark.row("R118")
def test_the_list_asks_the_same_for_one_and_for_many(section, django_assert_max_num_queries):
    client, page = signed_in(ivan()), reverse("courses:section_assistants", args=[section.public_id])
    add_instructor(section, tina(), role="assistant")
    client.get(page)
    with django_assert_max_num_queries(15) as one:
        client.get(page)
    for _n in range(3):
        add_instructor(section, make_user(), role="grader")
    with django_assert_max_num_queries(15) as many:
        client.get(page)
    assert len(one) == len(many)
