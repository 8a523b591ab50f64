"""Requests for exceptions: asked beside the rule that fails, answered by the instructor or staff, told by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from core.errors import DomainError
from courses.models import SectionInstructor
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import operations
from students.models import Enrollment, Override, OverrideRequest
from students.queries.registration import registration_check
from students.tests.makers import enroll_directly, make_open_section, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("T09", "Z03")]


@pytest.fixture
def full():
    """A section of Ivan's that is full, with no line."""
    section = make_open_section(capacity=1, waitlist_mode="off")
    enroll_directly(make_student(), section)
    SectionInstructor.objects.create(section=section, instructor=ivan(), is_primary=True)
    return section


@pytest.fixture
def asked(full):
    student = make_student(user=alice())
    return operations.request_override(student, full, "capacity", by=student.user, message="I graduate in June.")


def refusal(deed, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        deed(*args, **kwargs)
    return caught.value.code


def script(user):
    client = APIClient()
    client.force_authenticate(user)
    return client


def url(name, thing):
    return reverse(f"students:{name}", args=[thing.public_id])


def test_every_rule_has_a_title_and_a_failed_one_names_who_lifts_it_and_with_what(full):
    rules = registration_check(make_student(), full).as_dicts()
    assert all(rule["title"] for rule in rules)
    [failed] = [rule for rule in rules if not rule["passed"]]
    assert (failed["rule"], failed["lifted_with"]) == ("section_full", "capacity")
    assert failed["lifted_by"] == "the instructor or the registrar"


def test_only_a_rule_that_stands_in_the_way_can_be_asked_for_and_only_once(full, asked):
    student = asked.student
    assert refusal(operations.request_override, student, full, "prerequisite", by=student.user) == "request_not_needed"
    assert refusal(operations.request_override, student, full, "capacity", by=student.user) == "request_open"
    other = make_student()
    assert refusal(operations.request_override, student, full, "capacity", by=other.user) == "may_not_enroll"


def test_a_granted_request_is_a_permission_that_the_student_uses(full, asked):
    operations.grant_request(asked, by=ivan(), reason="There is a chair left.")
    override = Override.objects.get()
    assert (override.kind, override.granted_by, override.reason) == ("capacity", ivan(), "There is a chair left.")
    assert not Enrollment.objects.filter(student=asked.student).exists()
    operations.enroll(asked.student, full, by=asked.student.user)
    override.refresh_from_db()
    assert override.used_at
    assert refusal(operations.decline_request, asked, by=ivan(), reason="No.") == "request_closed"


def test_the_answer_is_mailed_with_its_reason_and_the_instructor_is_told_of_the_question(asked):
    operations.decline_request(asked, by=rita(), reason="The room holds no more.")
    for message in OutboxMessage.objects.filter(kind__startswith="override_").order_by("pk"):
        deliver(message.pk)
    [answer] = [message for message in mail.outbox if "declined" in message.subject]
    assert answer.to == [alice().email]
    assert "Reason: The room holds no more." in answer.body
    # The question is answered by now, so the instructor is not told of it any more.
    assert [message.to for message in mail.outbox] == [[alice().email]]


def test_the_mail_to_the_instructor_names_the_student_and_the_rule(asked):
    deliver(OutboxMessage.objects.get(kind="override_requested").pk)
    [message] = mail.outbox
    assert message.to == [ivan().email]
    for words in (alice().display_name, "Capacity", "I graduate in June.", f"/requests/{asked.public_id}/"):
        assert words in message.body


@pytest.mark.row("R67")
def test_instructors_answer_in_their_own_section_and_only_what_they_may_lift(asked):
    stranger = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=make_open_section(), instructor=stranger, is_primary=True)
    assistant = make_user(roles=["instructor"])
    SectionInstructor.objects.create(section=asked.section, instructor=assistant, role="assistant")
    for person in (stranger, assistant, oscar(), asked.student.user):
        assert refusal(operations.grant_request, asked, by=person, reason="Yes.") == "may_not_answer_request"
    late = OverrideRequest.objects.create(student=asked.student, section=asked.section, kind="late_add")
    assert refusal(operations.grant_request, late, by=ivan(), reason="Yes.") == "may_not_answer_request"
    assert set(OverrideRequest.objects.visible_to(ivan())) == {asked}
    assert set(OverrideRequest.objects.visible_to(stranger)) == set()
    assert set(OverrideRequest.objects.visible_to(rita())) == {asked, late}
    assert refusal(operations.grant_request, asked, by=ivan(), reason=" ") == "reason_missing"


def test_the_class_page_shows_every_rule_and_asks_by_one_click(client, full):
    client.force_login(alice())
    page = client.get(url("section_detail", full)).content.decode()
    assert '<li class="passed">Prerequisites</li>' not in page
    assert '<li class="passed">Registration dates</li>' in page
    assert "Ask for an exception" in page
    answer = client.post(url("request_create", full), {"kind": "capacity", "message": ""}, follow=True)
    assert "You have asked for an exception." in answer.content.decode()
    asked = OverrideRequest.objects.get()
    assert "Take the request back" in answer.content.decode()
    assert client.post(url("request_create", full), {"kind": "capacity"}).status_code == 409
    assert client.post(url("request_create", full), {"kind": "wish"}).status_code == 400
    assert client.post(url("request_withdraw", asked)).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_the_inbox_lists_what_can_be_answered_and_strangers_get_none(client, asked):
    for person, status in ((oscar(), 403), (asked.student.user, 403), (ivan(), 200), (rita(), 200)):
        client.force_login(person)
        assert client.get(reverse("students:request_list")).status_code == status
    assert "I graduate in June." in client.get(reverse("students:request_list")).content.decode()
    client.force_login(make_user(roles=["student"]))
    assert client.get(url("request_detail", asked)).status_code == 404
    client.force_login(ivan())
    assert client.post(url("request_detail", asked), {"answer": "grant"}).status_code == 400
    data = {"answer": "grant", "reason": "There is a chair left."}
    assert client.post(url("request_detail", asked), data).status_code == 302
    assert client.post(url("request_detail", asked), data).status_code == 409
    assert Override.objects.get().granted_by == ivan()


def test_the_inbox_asks_the_same_number_of_queries_for_one_and_many(client, full, django_assert_max_num_queries):
    client.force_login(rita())

    def ask():
        student = make_student()
        operations.request_override(student, full, "capacity", by=student.user)

    ask()
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("students:request_list"))
    for _ in range(4):
        ask()
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("students:request_list"))


@pytest.mark.row("I05")
def test_a_script_asks_and_staff_answer(full):
    body = {"section": str(full.public_id), "kind": "capacity"}
    refused = script(alice()).post("/api/v1/enrollments/", {"section": str(full.public_id)}, format="json").json()
    assert [rule["lifted_with"] for rule in refused["rules"] if not rule["passed"]] == ["capacity"]
    made = script(alice()).post("/api/v1/override-requests/", body, format="json")
    assert (made.status_code, made.data["state"]) == (201, "open")
    path = f"/api/v1/override-requests/{made.data['id']}/"
    assert script(make_student().user).get(path).status_code == 404
    assert script(alice()).post(f"{path}grant/", {"reason": "Mine."}, format="json").status_code == 403
    granted = script(rita()).post(f"{path}grant/", {"reason": "Fine."}, format="json")
    assert (granted.status_code, granted.data["state"], granted.data["reason"]) == (200, "granted", "Fine.")
    assert script(rita()).post(f"{path}decline/", {"reason": "No."}, format="json").json()["code"] == "request_closed"
    assert (
        script(alice()).post("/api/v1/override-requests/", body, format="json").json()["code"] == "request_not_needed"
    )


def test_an_expiry_given_with_the_answer_ends_the_permission(asked):
    operations.grant_request(asked, by=ivan(), reason="Until noon.", expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(operations.enroll, asked.student, asked.section, by=asked.student.user) == "section_full"


def test_the_admin_answers_by_the_deed(client, asked):
    client.force_login(rita(is_staff=True))
    page = reverse("admin:students_overriderequest_changelist")
    client.post(page, {"action": "decline", "reason": "Asked for.", "_selected_action": [asked.pk]})
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("declined", rita())
