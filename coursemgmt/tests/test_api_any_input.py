"""Whatever a client sends, the API answers as its document says and never crashes."""

import os
from contextlib import contextmanager

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from accounts.api import tokens
from accounts.tests.makers import alice, ivan, rita
from appointments.operations import book
from appointments.tests.makers import at, make_type
from coursemgmt.wsgi import application
from courses.models import SectionInstructor
from scheduling.models import Building, Closure, Meeting, Room
from students import operations
from students.tests.makers import make_grade_item, make_open_section, make_student, meet

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
CAST = {"student": alice, "instructor": ivan, "registrar": rita}
# The same examples in every run; more of them, and others each time, with API_EXAMPLES=500.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "8"))
some = settings(
    max_examples=EXAMPLES,
    derandomize="API_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@pytest.fixture(autouse=True)
def _one_connection(db):
    """A request must not close the connection that the test's transaction is on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def one_example():
    """What one request did is undone before the next one, also when the database refused a value of it."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


@pytest.fixture(scope="module")
def ids(django_db_setup, django_db_blocker):
    """Return the ids of what there is, made once for all tests: each takes back what its requests changed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def secrets(ids):
    return {role: tokens.issue(person())["access"] for role, person in CAST.items()}


@pytest.fixture(params=list(CAST))
def headers(request, secrets):
    return {"Authorization": f"Bearer {secrets[request.param]}"}


@pytest.mark.row("I01", "R74")
@schema.parametrize()
@some
def test_any_request_gets_a_documented_answer(case, headers):
    # A value of the right form may name nothing that exists, and then is refused: that is no fault.
    with one_example():
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])


def make_world():
    """Return the ids of what a section of Ivan's with Alice in it brings along, by the name of its collection."""
    section, student = make_open_section(), make_student(user=alice())
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    building = Building.objects.create(code="OAK", name="Oak")
    pattern = meet(section, room=Room.objects.create(building=building, code="1"))
    enrollment = operations.enroll(student, section, by=None)
    full = make_open_section(capacity=0)
    kind = make_type(ivan())
    rows = {
        "terms": section.term,
        "subjects": section.course.subject,
        "courses": section.course,
        "sections": section,
        "classes": section,
        "enrollments": enrollment,
        "waitlist-entries": operations.join_waitlist(student, full, by=None),
        "students": student,
        "people": student.user,
        "buildings": building,
        "rooms": pattern.room,
        "closures": Closure.objects.create(name="Fair", start_date="2030-01-01", end_date="2030-01-02"),
        "patterns": pattern,
        "meetings": Meeting.objects.first(),
        "grade-items": make_grade_item(section),
        "appointment-types": kind,
        "appointments": book(kind, student.user, at(10), by=student.user),
    }
    return {name: str(row.public_id) for name, row in rows.items()}


@pytest.mark.row("I01", "R74")
@schema.parametrize()
@some
def test_any_request_about_what_exists_gets_a_documented_answer(case, headers, ids):
    for name in case.path_parameters or {}:
        case.path_parameters[name] = ids.get(case.operation.path.split("/")[3], case.path_parameters[name])
    if isinstance(case.body, dict):
        for name in case.body:
            case.body[name] = ids.get(f"{name}s", case.body[name])
    with one_example():
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance, negative_data_rejection])
