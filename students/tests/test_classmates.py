"""Students read the names of their classmates; who keeps the own name is nowhere among them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from courses.tests.makers import add_instructor, make_section
from students import operations
from students.errors import MayNotEditProfile
from students.models import Enrollment
from students.queries.classmates import classmates_of
from students.tests.makers import enroll_directly, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("R100")]


@pytest.fixture
def section():
    """Alice, Bob Open and Kim Kept sit in Ivan's section; Wes waits for an approval."""
    section = make_section(instructor=ivan())
    for student in (make_student(user=alice()), named("Bob", "Open"), named("Kim", "Kept", directory_hold=True)):
        enroll_directly(student, section)
    Enrollment.objects.filter(pk=enroll_directly(named("Wes", "Waiting"), section).pk).update(status="pending_approval")
    return section


def named(given, family, directory_hold=False):
    student = make_student(user=make_user(roles=["student"], given_name=given, family_name=family))
    return operations.change_profile(student, by=None, directory_hold=directory_hold)


def signed_in(user):
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def page_of(user, section):
    return signed_in(user).get(reverse("students:classmates", args=[section.public_id]))


def without_tokens(answer):
    """Return the page without what is new in every answer."""
    return re.sub(r'(csrfmiddlewaretoken" value|nonce|hx-headers)=("[^"]*"|\'[^\']*\')', "", answer.content.decode())


def test_a_student_reads_names_alone_of_the_others(section):
    page = page_of(alice(), section)
    assert [person.given_name for person in page.context["people"]] == ["Bob"]
    text = page.content.decode()
    assert "Bob Open" in text
    for other in User.objects.filter(family_name__in=["Open", "Kept", "Waiting"]):
        assert other.email not in text
        assert other.student_profile.institutional_id not in text
        assert str(other.public_id) not in text


def test_who_keeps_the_name_is_in_no_list_that_a_student_gets(section):
    kept = User.objects.get(family_name="Kept")
    client = signed_in(alice())
    pages = [
        reverse("students:classmates", args=[section.public_id]),
        reverse("students:section_detail", args=[section.public_id]),
        reverse("students:section_ledger", args=[section.public_id]), reverse("students:class_search") + "?q=Kept",
        "/api/v1/students/", "/api/v1/students/?search=Kept", "/api/v1/enrollments/", "/api/v1/people/?search=Kept",
        reverse("appointments:my_timetable"), "/api/v1/timetable/", f"/api/v1/sections/{section.public_id}/",
        reverse("students:roster", args=[section.public_id]), f"/api/v1/sections/{section.public_id}/roster/",
        reverse("reports:roster_csv", args=[section.public_id]), "/",
    ]  # fmt: skip
    for page in pages:
        said = client.get(page).content.decode()
        assert "Kim" not in said, page
        assert kept.email not in said, page
        assert str(kept.student_profile.public_id) not in said, page


def test_with_and_without_somebody_who_keeps_the_name_the_page_is_the_same(section):
    before = without_tokens(page_of(alice(), section))
    Enrollment.objects.filter(student__user__family_name="Kept").update(status="dropped")
    after = without_tokens(page_of(alice(), section))
    assert before == after


def test_who_keeps_the_name_still_reads_the_others(section):
    kept = User.objects.get(family_name="Kept")
    assert [person.given_name for person in classmates_of(section, kept)] == ["Alice", "Bob"]


def test_the_names_are_for_the_students_of_the_class_alone(section):
    assistant = make_user(roles=["student"])
    add_instructor(section, assistant, role="assistant")
    waiting, advisor = User.objects.get(family_name="Waiting"), make_user(roles=["advisor"])
    left = User.objects.get(family_name="Open")
    Enrollment.objects.filter(student__user=left).update(status="dropped")
    people = (assistant, waiting, left, advisor, ivan(), rita(), oscar())
    assert [page_of(who, section).status_code for who in people] == [403] * 7
    assert Client().get(reverse("students:classmates", args=[section.public_id])).status_code == 302


def test_those_who_teach_and_the_office_see_a_kept_name_marked(section):
    assistant = make_user(roles=["student"])
    add_instructor(section, assistant, role="assistant")
    for who in (ivan(), rita(), assistant):
        text = signed_in(who).get(reverse("students:roster", args=[section.public_id])).content.decode()
        assert "Kim Kept" in text
        assert text.count("kept from classmates") == 1
    rows = signed_in(ivan()).get(f"/api/v1/sections/{section.public_id}/roster/").json()["results"]
    assert {row["name"] for row in rows if row["directory_hold"]} == {"Kim Kept"}


def test_a_student_keeps_the_own_name_by_page_and_by_script(section):
    client, student = signed_in(alice()), alice().student_profile
    page = reverse("students:directory_hold")
    assert client.post(page, {"directory_hold": "on"}).status_code == 302
    student.refresh_from_db()
    assert student.directory_hold
    assert client.get(page).context["form"].initial == {"directory_hold": True}
    door = f"/api/v1/students/{student.public_id}/"
    answer = client.patch(door, {"directory_hold": False}, content_type="application/json")
    assert (answer.status_code, answer.json()["directory_hold"]) == (200, False)
    mixed = client.patch(door, {"directory_hold": True, "standing": "good"}, content_type="application/json")
    assert mixed.status_code == 403
    student.refresh_from_db()
    assert not student.directory_hold
    assert signed_in(oscar()).post(page, {"directory_hold": "on"}).status_code == 403


def test_nobody_but_the_student_and_the_office_decides(section):
    student = alice().student_profile
    for who in (ivan(), oscar(), make_user(roles=["advisor"])):
        with pytest.raises(MayNotEditProfile):
            operations.change_profile(student, by=who, directory_hold=True)
    assert operations.change_profile(student, by=rita(), directory_hold=True).directory_hold


@pytest.mark.row("R118")
def test_the_list_asks_the_same_for_one_and_for_many(section, django_assert_max_num_queries):
    page_of(alice(), section)
    client, page = signed_in(alice()), reverse("students:classmates", args=[section.public_id])
    client.get(page)
    with django_assert_max_num_queries(15) as one:
        client.get(page)
    for n in range(3):
        enroll_directly(named(f"New{n}", "Comer"), section)
    with django_assert_max_num_queries(15) as many:
        assert len(client.get(page).context["people"]) == 4
    assert len(one) == len(many)
