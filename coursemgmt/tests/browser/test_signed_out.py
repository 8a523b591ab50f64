"""What is left in a browser after signing out: nothing that the button "back" could show."""

import pytest

from accounts.tests.makers import alice
from coursemgmt.tests.browser.test_factors import sign_out, visitors
from students.tests.makers import make_student

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.row("R90")]
__all__ = ["visitors"]


@pytest.mark.parametrize("screen", ["desktop", "no scripts"])
def test_the_button_back_leads_to_the_sign_in_after_signing_out(visitors, screen):
    make_student(user=alice())
    person = visitors(screen)
    person.sign_in(alice().email)
    for page in ("/profile/", "/progress/"):
        person.go(page)
        assert "Alice" in person.page.content()
    person.go("/profile/")
    # Signed in, "back" shows the page before: so there is something that could come back.
    person.page.go_back()
    assert person.page.url.endswith("/progress/")
    sign_out(person)
    seen = []
    for _ in range(5):
        if person.page.go_back() is None:
            break
        person.page.wait_for_load_state()
        seen.append((person.page.url, "Alice" in person.page.content()))
    assert [address for address, shown in seen if shown] == []
    assert any("/login/?next=/progress/" in address for address, _shown in seen), seen
