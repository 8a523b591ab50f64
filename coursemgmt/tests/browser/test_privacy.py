"""What becomes of somebody's data, in a real browser: who looked, a copy that is fetched once, an erased account."""

import zipfile

import pytest
from django.core.cache import cache

from accounts.models import User
from accounts.tests.makers import adam, alice, ivan, rita
from coursemgmt import tasks
from coursemgmt.models import DataRequest
from coursemgmt.tests.browser.test_factors import is_signed_in, show_that_it_is_you, sign_out, visitors
from students.tests.makers import make_class, make_student

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["visitors"]
SCREENS = ["desktop", "phone", "no scripts"]


@pytest.fixture(autouse=True)
def _fresh_counts():
    cache.clear()


@pytest.mark.row("Z14", "R98")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_student_reads_who_saw_the_record(visitors, screen):
    _section, (enrollment,) = make_class()
    rita(), ivan()
    office, student = visitors(screen), visitors(screen)
    office.sign_in(rita().email)
    office.go(f"/students/{enrollment.student.public_id}/")
    office.sees("Each look is noted")
    student.sign_in(alice().email)
    student.go("/profile/")
    student.press("Who looked at my record")
    student.sees("Course office")
    student.sees("Record")
    assert "Rita" not in student.page.locator("main").inner_text()


@pytest.mark.row("R93", "A11")
@pytest.mark.parametrize("screen", SCREENS)
def test_a_person_fetches_a_copy_of_everything_once(visitors, screen, tmp_path):
    make_student(user=alice())
    person = visitors(screen)
    person.sign_in(alice().email)
    person.go("/profile/")
    person.press("My data")
    person.press("Ask for a copy")
    show_that_it_is_you(person)
    person.sees("It is being made")
    tasks.make_copy(DataRequest.objects.get().pk)
    person.go("/profile/data/")
    with person.page.expect_download() as fetched:
        person.page.get_by_role("button", name="Fetch the copy").click()
    fetched.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as file:
        assert "Alice" in file.read("index.html").decode()
    person.go("/profile/data/")
    person.sees("Fetched")
    person.sees("Ask for a copy")


@pytest.mark.row("R94", "A11")
@pytest.mark.parametrize("screen", SCREENS)
def test_an_erased_account_signs_in_no_more_and_the_roster_shows_a_pseudonym(visitors, screen, settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    section, (enrollment,) = make_class()
    rita(), adam()
    person, office = visitors(screen), visitors(screen)
    person.sign_in(alice().email)
    person.go("/profile/data/")
    person.press("Ask to be erased")
    person.fill(email=alice().email)
    person.press("Ask to be erased")
    show_that_it_is_you(person)
    person.sees("The course office looks at it.")
    for one in (rita(), adam()):
        office.sign_in(one.email)
        office.go("/data-requests/")
        office.press("Alice Example")
        office.press("Approve the erasure")
        office.press("Approve the erasure")
        if one == rita():
            show_that_it_is_you(office)
            sign_out(office)
    show_that_it_is_you(office)
    office.sees("Approved")
    tasks.erase(DataRequest.objects.get().pk)
    erased = User.objects.get(pk=enrollment.student.user_id)
    office.go(f"/classes/{section.public_id}/roster/?former=1")
    office.sees(erased.display_name)
    assert "Alice" not in office.page.locator("main").inner_text()
    person.go("/")
    assert not is_signed_in(person)
    person.sign_in("alice@example.org")
    person.sees("not correct")
    assert not is_signed_in(person)
