"""Who cancels a section is told before what students lose."""

import pytest
from django.urls import reverse

from accounts.tests.makers import rita
from courses import operations
from courses.tests.makers import make_section
from students.operations import join_waitlist
from students.tests.makers import enroll_directly, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("C03", "W06")]


def asked(client, section):
    return client.get(reverse("courses:section_cancel", args=[section.public_id])).context["consequence"]


def test_the_page_that_asks_counts_seats_and_places_in_line(client):
    client.force_login(rita())
    section, empty = make_section(capacity=2), make_section()
    for _number in range(2):
        enroll_directly(make_student(), section)
    join_waitlist(make_student(), section, by=None)
    assert asked(client, section) == (
        "2 students lose their seats and are told. The line of 1 student ends. Those who teach it are told."
    )
    assert asked(client, empty) == "Those who teach it are told."
    operations.cancel_section(section, by=rita())
    assert section.enrollments.filter(status="cancelled").count() == 2
