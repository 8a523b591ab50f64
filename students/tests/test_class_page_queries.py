"""The page of a class asks few queries, also where it has most to say."""

from datetime import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import alice, ivan
from appointments import operations as hours
from appointments.tests.makers import at, make_type
from courses.models import SectionInstructor
from students.tests.makers import enroll_directly, fill, make_open_section, make_open_term, make_student, meet

MOST = 15


@pytest.mark.django_db
@pytest.mark.row("R118", "W07")
@pytest.mark.parametrize("waiting", [0, 30])
def test_the_page_of_a_full_class_asks_few_queries_of_somebody_outside(client, waiting):
    term = make_open_term(kind="semester")
    full, other = (make_open_section(term=term, capacity=1) for _number in range(2))
    SectionInstructor.objects.create(section=full, instructor=ivan(), role="instructor", is_primary=True)
    meet(full, days=127)
    meet(other, start=time(14), end=time(15))
    fill(full, 1 + waiting)
    enroll_directly(make_student(user=alice()), other)
    hours.book(make_type(ivan()), alice(), at(11), by=alice())
    client.force_login(alice())
    address = reverse("students:section_detail", args=[full.public_id])
    assert "All seats are taken" in client.get(address).content.decode()
    with CaptureQueriesContext(connection) as seen:
        client.get(address)
    assert len(seen) <= MOST
