"""The week of a student as a guardian sees it: times, and nothing of appointments but that they are."""

import pytest
from django.urls import reverse

from accounts.tests.makers import alice, ivan, make_user
from appointments import operations
from appointments.tests.makers import at, future_day, make_type
from students.operations import link_guardian, take_guardianship
from students.tests.makers import make_student


@pytest.mark.django_db
@pytest.mark.row("A10")
def test_a_guardian_reads_that_the_student_is_busy_not_with_whom_or_about_what(client):
    grace, student = make_user("grace@example.net"), make_student(user=alice())
    link = link_guardian(student, "grace@example.net", by=None, waived_reason="A minor.")
    take_guardianship(link, by=grace)
    kind = make_type(ivan(), title="Thesis advice")
    operations.book(kind, alice(), at(12), by=alice(), topic="My secret topic")
    client.force_login(grace)
    where = reverse("appointments:ward_week", args=[link.public_id])
    text = client.get(where, {"week": f"{future_day():%Y-%m-%d}", "view": "list"}).text
    assert "Busy" in text
    assert [said for said in ("secret topic", "Thesis advice", ivan().display_name) if said in text] == []
