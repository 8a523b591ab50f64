"""An administrator works in a student's name in a real browser: begins, is told of it on every page, ends."""

import pytest
from django.urls import reverse

from accounts.tests.makers import PASSWORD, adam, alice
from students.models import Enrollment
from students.tests.makers import make_open_section, make_student

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.row("A08")
@pytest.mark.parametrize("screen", ["desktop", "phone", "no scripts"], indirect=True)
def test_work_in_a_name_begins_shows_itself_refuses_and_ends(visitor, links):
    boss, person = adam(), alice()
    make_student(user=person)
    section = make_open_section()
    here = visitor()
    here.sign_in(boss.email)
    here.page.goto(f"{here.base}/admin/accounts/user/{person.pk}/change/")
    here.page.get_by_role("link", name="Work in their name").click()
    here.page.wait_for_load_state()
    if "reauthenticate" in here.page.url:
        here.fill(password=PASSWORD)
        here.press("Go on")
    here.sees("Work in the name of Alice Example")
    here.fill(reason="Cannot find the class.")
    here.press("Begin")
    banner = here.page.get_by_role("complementary", name="You work in somebody's name")
    assert "Adam Example works in the name of Alice Example until" in banner.inner_text()
    here.go(reverse("students:section_detail", args=[section.public_id]))
    here.press("Enroll")
    assert Enrollment.objects.filter(student__user=person, section=section).exists()
    here.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert banner.get_by_role("button").is_visible()
    assert here.page.evaluate("document.querySelector('.impersonation').getBoundingClientRect().top") == 0
    here.go("/accounts/password/change/")
    here.sees("Not while you work in somebody's name. End that first.")
    banner.get_by_role("button").click()
    here.page.wait_for_load_state()
    here.sees("You work in your own name again.")
    assert here.page.locator(".impersonation").count() == 0
    assert [error for error in here.errors if "403" not in error] == []
