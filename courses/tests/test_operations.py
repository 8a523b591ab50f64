"""The deeds of the catalogue: the good case, each refusal."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from core.errors import DomainError, NotAllowed
from courses import hooks, operations
from courses.models import Course, Section
from courses.tests.makers import add_instructor, make_course, make_section, make_subject, make_term

pytestmark = pytest.mark.django_db


def code_of(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught, transaction.atomic():
        deed(*args, **kwargs)
    return caught.value.code


def needs(course, **more):
    return {"course": str(course.public_id), **more}


@pytest.mark.row("C01", "C02", "C03", "W06")
def test_a_course_is_drafted_published_and_archived():
    course = operations.create_course(
        subject=make_subject(), number="11", title="Programming", credit_hours_min=2, credit_hours_max=4, by=rita()
    )
    seen = [(course.status, Course.objects.visible_to(alice()).count())]
    for deed in (operations.publish_course, operations.archive_course):
        course = deed(course, by=rita())
        seen.append((course.status, Course.objects.visible_to(alice()).count()))
    assert seen == [("draft", 0), ("published", 1), ("archived", 0)]
    assert code_of(operations.publish_course, course, by=rita()) == "course_wrong_state"
    assert code_of(operations.change_course, course, by=rita(), title="x") == "course_wrong_state"


@pytest.mark.row("C02")
def test_the_most_credit_hours_are_not_fewer_than_the_least():
    with pytest.raises(ValidationError):
        operations.change_course(make_course(), by=rita(), credit_hours_min=4, credit_hours_max=2)


def test_a_course_with_living_sections_stays():
    section = make_section()
    assert code_of(operations.archive_course, section.course, by=rita()) == "course_has_sections"


def test_a_course_number_is_used_once_per_subject_until_archived():
    course = make_course(number="9")
    fields = {"subject": course.subject, "number": "9", "title": "Again"}
    assert code_of(operations.create_course, by=rita(), **fields) == "course_code_taken"
    operations.archive_course(course, by=rita())
    assert operations.create_course(by=rita(), **fields).code == "CSE 9"


@pytest.mark.row("W06", "I06")
@pytest.mark.parametrize("who", [alice, ivan, oscar])
def test_only_staff_change_the_catalogue(who):
    section = make_section()
    course, user = section.course, who()
    fields = {"title": "x"}
    deeds = [
        lambda: operations.create_course(subject=course.subject, number="1", by=user, **fields),
        lambda: operations.change_course(course, by=user, **fields),
        lambda: operations.archive_course(course, by=user),
        lambda: operations.set_requirement(course, None, by=user),
        lambda: operations.create_section(course, section.term, crn="1", section_number="1", by=user),
        lambda: operations.change_section(section, by=user, description="x"),
        lambda: operations.close_section(section, by=user),
        lambda: operations.cancel_section(section, by=user),
        lambda: operations.set_instructors(section, [], by=user),
        lambda: operations.change_term(section.term, by=user, name="x"),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()


@pytest.mark.row("T01")
def test_a_section_has_its_terms_days_unless_it_has_its_own():
    term = make_term()
    section = operations.create_section(make_course(), term, crn="1", section_number="A", by=rita())
    assert (section.first_day, section.last_day) == (term.start_date, term.end_date)
    section = operations.change_section(section, by=rita(), end_date=term.start_date)
    assert section.last_day == term.start_date


@pytest.mark.row("T04")
def test_a_crn_is_used_once_in_a_term_and_again_in_another():
    section = make_section(crn="10001")
    course = make_course()
    fields = {"crn": "10001", "section_number": "Z", "by": rita()}
    assert code_of(operations.create_section, course, section.term, **fields) == "crn_taken"
    assert operations.create_section(course, make_term(), **fields).crn == "10001"


@pytest.mark.row("T04")
def test_the_database_refuses_a_crn_twice():
    section = make_section()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_section(crn=section.crn, term=section.term)


@pytest.mark.row("C03")
def test_a_section_lives_from_planned_to_completed():
    section = make_section(status="planned")
    assert not Section.objects.visible_to(alice()).exists()
    for deed, status in [
        (operations.open_section, "open"),
        (operations.close_section, "closed"),
        (operations.open_section, "open"),
        (operations.complete_section, "completed"),
    ]:
        section = deed(section, by=rita())
        assert section.status == status
        assert Section.objects.visible_to(alice()).exists()
    assert code_of(operations.cancel_section, section, by=rita()) == "section_wrong_state"


def test_a_section_of_a_draft_does_not_open():
    section = make_section(status="planned", course=make_course(status="draft"))
    assert code_of(operations.open_section, section, by=rita()) == "course_not_published"


def test_more_seats_are_told_and_fewer_are_not(monkeypatch):
    told = []
    monkeypatch.setattr(hooks, "seats_changed", [lambda section, _locked: told.append(section.capacity)])
    section = make_section(capacity=5)
    for capacity in (4, 4, 6, None, 9):
        section = operations.change_section(section, by=rita(), capacity=capacity)
    assert told == [6, None]


def test_a_negative_capacity_is_malformed():
    with pytest.raises(ValidationError) as caught:
        operations.change_section(make_section(), by=rita(), capacity=-1)
    assert set(caught.value.message_dict) == {"capacity"}


def test_an_instructor_describes_the_own_section_only():
    mine, other = make_section(instructor=ivan()), make_section()
    assert operations.change_section(mine, by=ivan(), description="Bring a pen.").description == "Bring a pen."
    with pytest.raises(NotAllowed):
        operations.change_section(other, by=ivan(), description="x")
    with pytest.raises(NotAllowed):
        operations.change_section(mine, by=ivan(), capacity=99)


def test_an_assistant_does_not_describe_the_section():
    section, helper = make_section(), make_user()
    add_instructor(section, helper, role="assistant")
    with pytest.raises(NotAllowed):
        operations.change_section(section, by=helper, description="x")


@pytest.mark.row("T10")
def test_a_section_has_one_instructor_of_record_and_others_in_roles():
    section, helper = make_section(), make_user()
    rows = operations.set_instructors(section, [(ivan(), "instructor", True), (helper, "assistant", False)], by=rita())
    assert [(row.instructor, row.role, row.is_primary) for row in rows] == [
        (ivan(), "instructor", True),
        (helper, "assistant", False),
    ]
    two = [(ivan(), "instructor", True), (helper, "instructor", True)]
    none = [(ivan(), "instructor", False)]
    grader = [(ivan(), "grader", True)]
    for people in (two, none, grader):
        assert code_of(operations.set_instructors, section, people, by=rita()) == "one_primary"
    assert section.section_instructors.count() == 2


def test_cross_listed_sections_share_a_term_and_not_a_course():
    first = make_section()
    second = make_section(term=first.term)
    same = make_section(term=first.term, course=first.course)
    elsewhere = make_section(term=make_term())
    assert code_of(operations.cross_list, [first], by=rita()) == "cross_list_needs_two"
    assert code_of(operations.cross_list, [first, elsewhere], by=rita()) == "cross_list_terms"
    assert code_of(operations.cross_list, [first, same], by=rita()) == "cross_list_courses"
    group = operations.cross_list([first, second], by=rita(), capacity=30)
    assert set(group.sections.all()) == {first, second}
    assert code_of(operations.cross_list, [first, second], by=rita()) == "cross_listed_already"


@pytest.mark.row("T07")
def test_a_requirement_that_leads_back_is_refused():
    a, b, c = make_course(), make_course(), make_course()
    operations.set_requirement(a, needs(b), by=rita())
    operations.set_requirement(b, {"any": [needs(c), needs(make_course())]}, by=rita())
    assert code_of(operations.set_requirement, c, needs(a), by=rita()) == "requirement_cycle"
    assert code_of(operations.set_requirement, a, needs(a), by=rita()) == "requirement_cycle"
    assert not c.requirements.exists()


@pytest.mark.row("T07")
def test_courses_taken_together_may_ask_for_each_other():
    a, b = make_course(), make_course()
    operations.set_requirement(a, needs(b, concurrent_ok=True), by=rita())
    assert operations.set_requirement(b, needs(a, concurrent_ok=True), by=rita())
    assert code_of(operations.set_requirement, b, needs(a), by=rita()) == "requirement_cycle"


@pytest.mark.row("T07")
@pytest.mark.parametrize("tree", [{}, [], {"all": []}, {"course": "x"}, {"any": [{"all": "x"}]}])
def test_a_malformed_requirement_is_refused(tree):
    with pytest.raises(ValidationError):
        operations.set_requirement(make_course(), tree, by=rita())


@pytest.mark.row("T07")
def test_a_requirement_names_courses_that_exist():
    gone = {"course": "00000000-0000-4000-8000-000000000000"}
    assert code_of(operations.set_requirement, make_course(), gone, by=rita()) == "requirement_unknown_course"


def test_a_requirement_is_replaced_and_removed():
    course, before = make_course(), make_course()
    operations.set_requirement(course, needs(before), by=rita())
    operations.set_requirement(course, needs(before, min_grade="C-"), by=rita())
    assert [row.expression["min_grade"] for row in course.requirements.all()] == ["C-"]
    assert operations.set_requirement(course, None, by=rita()) is None
    assert not course.requirements.exists()


@pytest.mark.row("T07")
@pytest.mark.parametrize("written", [str.upper, lambda key: key.replace("-", ""), "urn:uuid:{}".format])
def test_a_requirement_names_courses_by_their_ids_as_they_are_written(written):
    course, before = make_course(), make_course()
    key = written(str(before.public_id))
    with pytest.raises(ValidationError):
        operations.set_requirement(course, {"course": key}, by=rita())


@pytest.mark.row("C03", "T07")
def test_what_is_archived_or_cancelled_keeps_its_requirements_and_people():
    course, section = make_course(status="archived"), make_section(status="cancelled", instructor=ivan())
    tree = needs(make_course())
    assert code_of(operations.set_requirement, course, tree, by=rita()) == "course_wrong_state"
    assert code_of(operations.set_requirement, section, tree, by=rita()) == "section_wrong_state"
    assert code_of(operations.set_instructors, section, [], by=rita()) == "section_wrong_state"
    assert section.section_instructors.count() == 1


@pytest.mark.row("T10")
def test_a_deactivated_person_is_kept_as_an_instructor_and_not_newly_named():
    gone, section = make_user(), make_section(instructor=ivan())
    gone.is_active = False
    gone.save()
    people = [(ivan(), "instructor", True), (gone, "assistant", False)]
    assert code_of(operations.set_instructors, section, people, by=rita()) == "instructor_inactive"
    add_instructor(section, gone, role="grader")
    assert len(operations.set_instructors(section, people, by=rita())) == 2


@pytest.mark.row("C03")
def test_a_planned_section_is_seen_by_its_instructors_and_later_by_its_assistants():
    section, helper = make_section(status="planned", instructor=ivan()), make_user()
    add_instructor(section, helper, role="assistant")
    seen = [[user for user in (ivan(), helper, alice()) if Section.objects.visible_to(user).exists()]]
    section = operations.open_section(section, by=rita())
    seen.append([user for user in (ivan(), helper, alice()) if Section.objects.visible_to(user).exists()])
    assert seen == [[ivan()], [ivan(), helper, alice()]]


@pytest.mark.row("C03")
def test_what_was_taught_stays_in_sight_when_its_course_is_archived():
    section = operations.complete_section(make_section(), by=rita())
    course = operations.archive_course(section.course, by=rita())
    assert list(Section.objects.visible_to(alice())) == [section]
    assert course not in Course.objects.visible_to(alice())
