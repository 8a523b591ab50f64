"""The catalogue in the admin: the same deeds and the same refusals as on the pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import adam, ivan, make_user, rita
from courses import operations
from courses.models import Course, CrossListGroup, Requirement, Section, SectionInstructor, Subject, Term
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term

pytestmark = [pytest.mark.django_db, pytest.mark.row("W06", "I06")]
MODELS = ["term", "subject", "course", "section", "sectioninstructor", "requirement", "crosslistgroup"]


def staff(person):
    person.is_staff = True
    person.save(update_fields=["is_staff"])
    return person


@pytest.fixture
def office(client):
    client.force_login(staff(rita()))
    return client


def address(model, page="changelist", *args):
    return reverse(f"admin:courses_{model}_{page}", args=args)


def send(office, model, data, row=None):
    """Send the form of a row, or of a new one, as the page shows it with `data` typed; return the answer."""
    url = address(model, "change", row.pk) if row else address(model, "add")
    form = office.get(url).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: form[name].field.prepare_value(value) for name, value in shown.items() if value not in (None, False)}
    return office.post(url, {**sent, **data})


def errors_of(answer):
    return answer.context["adminform"].form.errors.get_json_data()


def codes_of(answer):
    return {field: [error["code"] for error in errors] for field, errors in errors_of(answer).items()}


def act(office, model, action, *rows):
    """Choose an action for the rows and return what it said; what was said before is read first."""
    office.get(address(model))
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = office.post(address(model), data, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_every_model_is_listed_for_the_registrar_and_nobody_else(client):
    one, two = make_section(instructor=ivan()), make_section()
    operations.cross_list([one, two], by=None)
    operations.set_requirement(one.course, {"course": str(two.course.public_id)}, by=None)
    for person, status in ((rita(), 200), (adam(), 200), (ivan(), 403)):
        client.force_login(staff(person))
        assert {client.get(address(model)).status_code for model in MODELS} == {status}
        assert client.get(address("course", "add")).status_code == status
        assert client.get(address("section", "change", one.pk)).status_code == status


def test_nothing_is_deleted(office):
    section = make_section()
    assert office.post(address("section", "delete", section.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in office.get(address("section")).content.decode()


@pytest.mark.row("C02")
def test_a_course_is_drafted_changed_published_and_archived(office):
    subject = make_subject("BIO")
    data = {"subject": subject.pk, "number": "7", "title": "Cells", "credit_hours_min": "2", "credit_hours_max": "4"}
    assert send(office, "course", data).status_code == 302
    course = Course.objects.get()
    assert (course.code, course.status, course.sort_key != "") == ("BIO 7", "draft", True)
    assert send(office, "course", {"title": "Cells and genes"}, course).status_code == 302
    assert act(office, "course", "publish", course) == ["BIO 7 Cells and genes: done."]
    assert act(office, "course", "archive", course) == ["BIO 7 Cells and genes: done."]
    refused = act(office, "course", "publish", course)
    assert refused == ["BIO 7 Cells and genes: BIO 7 is Archived; this is not possible now."]
    course.refresh_from_db()
    assert (course.title, course.status) == ("Cells and genes", "archived")


def test_a_second_course_of_a_number_is_refused_on_the_form_and_nothing_is_written(office):
    course = make_course("BIO", "7")
    data = {"subject": course.subject.pk, "number": "7", "title": "Again"}
    assert codes_of(send(office, "course", data)) == {"number": ["course_code_taken"]}
    archived = make_course("BIO", "8", status="archived")
    assert codes_of(send(office, "course", {"title": "x"}, archived)) == {"__all__": ["course_wrong_state"]}
    assert Course.objects.count() == 2


@pytest.mark.row("C02")
def test_the_range_of_credit_hours_is_checked_as_everywhere(office):
    answer = send(office, "course", {"credit_hours_min": "4", "credit_hours_max": "2"}, make_course())
    assert [error["message"] for error in errors_of(answer)["__all__"]] == [
        "The most credit hours cannot be fewer than the least."
    ]


def test_a_form_that_somebody_else_overtook_says_so_once(office):
    course = make_course()
    url = address("course", "change", course.pk)
    form = office.get(url).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}
    operations.change_course(course, by=None, title="Meanwhile")
    answer = office.post(url, {**sent, "title": "Mine"})
    assert codes_of(answer) == {"__all__": ["changed_meanwhile"]}
    again = {**sent, "title": "Mine", "seen": answer.context["adminform"].form["seen"].value()}
    assert office.post(url, again).status_code == 302
    course.refresh_from_db()
    assert course.title == "Mine"


@pytest.mark.row("T02")
def test_terms_and_subjects_are_made_and_changed_by_their_deeds(office):
    term = make_term()
    data = {"code": "X1", "name": "X", "kind": "semester", "start_date": term.start_date, "end_date": term.end_date}
    answer = send(office, "term", data)
    messages = [error["message"] for error in errors_of(answer)["__all__"]]
    assert messages == ["Another term of this kind covers some of these days."]
    assert send(office, "term", {**data, "kind": "part_of_term"}).status_code == 302
    assert send(office, "term", {"name": "Autumn"}, term).status_code == 302
    assert set(Term.objects.values_list("name", flat=True)) == {"Autumn", "X"}
    assert send(office, "subject", {"code": "LIT", "name": "Literature"}).status_code == 302
    course = make_course("LIT", "1")
    assert send(office, "subject", {"code": "LETT"}, course.subject).status_code == 302
    course.refresh_from_db()
    assert (Subject.objects.get().code, course.sort_key.startswith("LETT")) == ("LETT", True)


def test_a_bad_code_of_a_subject_is_refused_on_its_field(office):
    assert set(errors_of(send(office, "subject", {"code": "!?", "name": "x"}))) == {"code"}


@pytest.mark.row("C03", "T04")
def test_a_section_is_planned_changed_and_led_through_its_states(office):
    course, term = make_course(), make_term()
    data = {"course": course.pk, "term": term.pk, "crn": "10", "section_number": "A", "capacity": "30"}
    assert send(office, "section", data).status_code == 302
    section = Section.objects.get()
    assert (section.status, section.capacity, section.course, section.term) == ("planned", 30, course, term)
    assert codes_of(send(office, "section", data)) == {"crn": ["crn_taken"]}
    assert send(office, "section", {"capacity": "31"}, section).status_code == 302
    for action, status in (("open", "open"), ("close", "closed"), ("complete", "completed")):
        assert act(office, "section", action, section) == [f"{section}: done."]
        section.refresh_from_db()
        assert section.status == status
    assert section.capacity == 31
    refused = act(office, "section", "cancel", section)
    assert refused == [f"{section}: {section} is Completed; this is not possible now."]


def test_a_section_keeps_its_course_and_term(office):
    section, other = make_section(), make_course()
    assert send(office, "section", {"course": other.pk, "term": make_term().pk}, section).status_code == 302
    before = section.course, section.term
    section.refresh_from_db()
    assert (section.course, section.term) == before


def test_more_seats_reach_the_line_as_from_every_door(office, monkeypatch):
    from courses import hooks

    told = []
    monkeypatch.setattr(hooks, "seats_changed", [lambda section, locked: told.append(section.capacity)])
    send(office, "section", {"capacity": "9"}, make_section(capacity=5))
    # Once in the rehearsal, which is taken back, and once for good.
    assert told == [9, 9]


def test_actions_do_what_they_can_and_say_what_they_cannot(office):
    planned, done = make_section(status="planned"), make_section(status="completed")
    assert set(act(office, "section", "open", planned, done)) == {
        f"{planned}: done.",
        f"{done}: {done} is Completed; this is not possible now.",
    }


@pytest.mark.row("T05")
def test_sections_become_one_class_and_part_again(office):
    one, two = make_section(), make_section()
    assert act(office, "section", "cross_list", one) == ["Choose at least two sections."]
    assert act(office, "section", "cross_list", one, two) == ["The sections are one class."]
    group = CrossListGroup.objects.get()
    assert send(office, "crosslistgroup", {"capacity": "50"}, group).status_code == 302
    group.refresh_from_db()
    assert group.capacity == 50
    assert office.get(address("crosslistgroup", "add")).status_code == 403
    assert act(office, "section", "end_cross_list", one) == [f"{one}: done."]
    assert not CrossListGroup.objects.exists()


@pytest.mark.row("T10")
def test_people_are_named_and_taken_out_and_one_is_of_record(office):
    section, second = make_section(), make_user()
    data = {"section": section.pk, "instructor": ivan().pk, "role": "instructor"}
    assert codes_of(send(office, "sectioninstructor", data)) == {"__all__": ["one_primary"]}
    assert send(office, "sectioninstructor", {**data, "is_primary": "on"}).status_code == 302
    assert codes_of(send(office, "sectioninstructor", data)) == {"__all__": ["instructor_twice"]}
    data = {"section": section.pk, "instructor": second.pk, "role": "instructor", "is_primary": "on"}
    assert send(office, "sectioninstructor", data).status_code == 302
    found = SectionInstructor.objects.order_by("pk")
    assert [(row.instructor, row.is_primary) for row in found] == [(ivan(), False), (second, True)]
    assert send(office, "sectioninstructor", {"role": "grader"}, found[0]).status_code == 302
    assert "exactly one" in act(office, "sectioninstructor", "take_out", found[1])[0]
    act(office, "sectioninstructor", "take_out", found[0])
    assert [row.instructor for row in found.all()] == [second]


@pytest.mark.row("T07")
def test_a_requirement_is_written_changed_and_removed_as_text(office):
    before, course = make_course("CSE", "11"), make_course("CSE", "12")
    data = {"course": course.pk, "kind": "prereq", "text": "cse11 (C-)"}
    assert send(office, "requirement", data).status_code == 302
    row = Requirement.objects.get()
    assert row.expression == {"course": str(before.public_id), "min_grade": "C-"}
    assert send(office, "requirement", {"text": "CSE 11 (B)"}, row).status_code == 302
    row.refresh_from_db()
    assert row.expression["min_grade"] == "B"
    assert set(errors_of(send(office, "requirement", {"text": "CSE 99"}, row))) == {"text"}
    assert codes_of(send(office, "requirement", {"text": "CSE 12"}, row)) == {"__all__": ["requirement_cycle"]}
    assert "CSE 11 with B or better" in office.get(address("requirement")).content.decode()
    assert act(office, "requirement", "remove", row) == [f"{row}: done."]
    assert not Requirement.objects.exists()


@pytest.mark.row("T07")
def test_a_requirement_belongs_to_one_course_or_one_section(office):
    make_course("CSE", "11")
    section = make_section()
    for targets in ({}, {"course": section.course.pk, "section": section.pk}):
        answer = send(office, "requirement", {**targets, "kind": "prereq", "text": "CSE 11"})
        assert set(errors_of(answer)) == {"__all__"}
    assert not Requirement.objects.exists()
    assert send(office, "requirement", {"section": section.pk, "kind": "antireq", "text": "CSE 11"}).status_code == 302
    assert Requirement.objects.get().section == section


@pytest.mark.row("R118")
@pytest.mark.parametrize("name", MODELS)
def test_lists_ask_as_many_queries_for_three_as_for_thirty(office, name):
    counts = []
    for more in (3, 27):
        for number in range(more):
            make_subject(f"S{more}{number}")
            make_term(kind="part_of_term")
            one, two = make_section(instructor=ivan()), make_section()
            add_instructor(two, ivan())
            operations.cross_list([one, two], by=None)
            operations.set_requirement(one.course, {"course": str(two.course.public_id)}, by=None)
        office.get(address(name))
        with CaptureQueriesContext(connection) as seen:
            assert office.get(address(name)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 15


@pytest.mark.row("X03", "R74")
@pytest.mark.parametrize("key", ["zzz", "-1", "9" * 30, "²"])
@pytest.mark.parametrize(
    ("model", "field"), [("section", "term"), ("requirement", "course"), ("sectioninstructor", "section")]
)
def test_a_key_that_is_none_chooses_nothing_in_the_address_and_in_the_form(client, model, field, key):
    client.force_login(rita())
    address = reverse(f"admin:courses_{model}_add")
    assert client.get(address, {field: key}).status_code == 200
    answer = client.post(address, {field: key})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
