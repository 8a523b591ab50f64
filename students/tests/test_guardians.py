"""A guardian reads along with one student: who says so, who agrees, what is shown, and that nothing else is."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import RecordAccess
from accounts.tests.makers import alice, ivan, make_user, oscar, rita
from core.history import history_of
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students import errors, operations
from students.models import Guardianship
from students.tests.makers import make_class, make_grade_item, make_student

pytestmark = [pytest.mark.django_db, pytest.mark.row("A10")]
GRACE = "grace@example.net"
MINE, WARDS = reverse("students:guardian_list"), reverse("students:ward_list")


@pytest.fixture
def grace():
    person = make_user(GRACE, given_name="Grace")
    assert person.emailaddress_set.filter(verified=True, email=GRACE).exists()
    return person


@pytest.fixture
def student():
    return make_student(user=alice())


@pytest.fixture
def link(student, grace):
    """Grace reads along with Alice, who agreed."""
    link = operations.link_guardian(student, GRACE, by=rita(), relation="Mother")
    operations.agree_to_guardian(link, by=alice())
    return operations.take_guardianship(link, by=grace)


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def page(link, name="ward_record", app="students"):
    return reverse(f"{app}:{name}", args=[link.public_id])


def mails(kind):
    return OutboxMessage.objects.filter(kind=kind).count()


def test_it_holds_only_once_the_student_agreed_and_the_guardian_took_it(student, grace):
    link = operations.link_guardian(student, "Grace@Example.net", by=rita())
    assert (link.state, mails("guardian_asked"), mails("guardian_invited")) == ("asked", 1, 0)
    with pytest.raises(errors.GuardianNotAgreed):
        operations.take_guardianship(link, by=grace)
    for person in (rita(), grace, oscar(), ivan()):
        with pytest.raises(errors.MayNotAgree):
            operations.agree_to_guardian(link, by=person)
    link = operations.agree_to_guardian(link, by=alice())
    assert (link.state, mails("guardian_invited")) == ("offered", 1)
    for person in (oscar(), alice(), rita()):
        with pytest.raises(errors.MayNotTake):
            operations.take_guardianship(link, by=person)
    assert not Guardianship.objects.read_by(grace).exists()
    assert operations.take_guardianship(link, by=grace).state == "in_force"
    with pytest.raises(errors.GuardianOver):
        operations.take_guardianship(link, by=grace)
    assert list(Guardianship.objects.read_by(grace)) == [link]


def test_where_the_office_says_why_the_student_is_told_and_not_asked(student, grace):
    link = operations.link_guardian(student, GRACE, by=rita(), waived_reason="A minor.")
    assert (link.state, mails("guardian_asked"), mails("guardian_invited")) == ("offered", 1, 1)
    operations.take_guardianship(link, by=grace)
    with pytest.raises(errors.MayNotEndGuardian):
        operations.end_guardianship(link, by=alice())
    with pytest.raises(errors.ReasonMissing):
        operations.end_guardianship(link, by=rita())
    assert operations.end_guardianship(link, by=rita(), reason="Of age now.").is_over


def test_an_address_that_nobody_confirmed_takes_nothing(student, grace):
    link = operations.link_guardian(student, GRACE, by=rita(), waived_reason="A minor.")
    grace.emailaddress_set.update(verified=False)
    with pytest.raises(errors.MayNotTake):
        operations.take_guardianship(link, by=grace)
    assert "You read along with nobody" in browser(grace).get(WARDS).text


def test_only_the_office_names_guardians_and_none_for_oneself(student):
    for person in (alice(), ivan(), oscar()):
        with pytest.raises(errors.MayNotLinkGuardian):
            operations.link_guardian(student, GRACE, by=person)
    both = make_user(roles=["registrar", "student"])
    with pytest.raises(errors.MayNotLinkGuardian):
        operations.link_guardian(make_student(user=both), GRACE, by=both)


def test_one_address_is_named_once_at_a_time_and_never_the_student_s(student):
    link = operations.link_guardian(student, GRACE, by=rita(), valid_to=timezone.now() + timedelta(days=1))
    with pytest.raises(errors.GuardianAlready):
        operations.link_guardian(student, "GRACE@example.net", by=rita())
    with pytest.raises(errors.GuardianIsStudent):
        operations.link_guardian(student, alice().email, by=rita())
    with pytest.raises(ValidationError):
        operations.link_guardian(student, "no address", by=rita())
    with pytest.raises(ValidationError):
        operations.link_guardian(student, "a@example.net", by=rita(), valid_to=timezone.now())
    Guardianship.objects.filter(pk=link.pk).update(valid_to=timezone.now())
    assert operations.link_guardian(student, GRACE, by=rita()).state == "asked"


@pytest.mark.parametrize("who", ["student", "guardian", "office", "date", "closed account"])
def test_it_ends_with_the_next_request(link, grace, who):
    reader = browser(grace)
    assert reader.get(page(link)).status_code == 200
    if who == "date":
        Guardianship.objects.filter(pk=link.pk).update(valid_to=timezone.now())
    elif who == "closed account":
        operations.release_person(alice())
    else:
        person = {"student": alice(), "guardian": grace, "office": rita()}[who]
        answer = browser(person).post(page(link, "guardian_end"), {"reason": "Enough."})
        assert answer.status_code == 302
    assert [reader.get(page(link)).status_code, reader.get(page(link, "ward_week", "appointments")).status_code] == [
        404,
        404,
    ]
    assert Guardianship.objects.get(pk=link.pk).is_over


def test_the_pages_show_posted_work_and_times_and_neither_drafts_nor_notes(link, grace):
    section, (seat,) = make_class()
    posted, draft = make_grade_item(section, title="Essay", posted=True), make_grade_item(section, title="Secret")
    for item in (posted, draft):
        item.entries.create(enrollment=seat, score=7)
    client = browser(grace)
    text = client.get(page(link)).text
    assert str(section) in text
    assert "Secret" not in text
    assert reverse("students:grade_detail", args=[seat.public_id]) not in text
    assert alice().email not in text
    assert client.get(page(link, "ward_week", "appointments")).status_code == 200


def test_the_student_reads_each_look_as_one_of_a_guardian(link, grace):
    client = browser(grace)
    client.get(page(link))
    client.get(page(link, "ward_week", "appointments"))
    seen = RecordAccess.objects.filter(subject=alice()).values_list("reader", "role", "what")
    assert set(seen) == {(grace.pk, "guardian", "progress"), (grace.pk, "guardian", "timetable")}
    text = browser(alice()).get(reverse("students:record_accesses")).text
    assert "Guardian" in text
    assert "Grace" not in text


def test_the_office_names_and_the_student_agrees_and_the_guardian_takes_it_on_pages(student, grace):
    form = reverse("students:student_guardians", args=[student.public_id])
    office = browser(rita())
    assert office.post(form, {"email": "nothing"}).status_code == 400
    assert office.post(form, {"email": GRACE, "relation": "Mother"}).status_code == 302
    assert office.post(form, {"email": GRACE}).status_code == 409
    link = Guardianship.objects.get()
    assert GRACE in office.get(form).text
    asked = browser(alice()).get(MINE).text
    assert page(link, "guardian_agree") in asked
    assert browser(alice()).post(page(link, "guardian_agree"))["Location"] == MINE
    reader = browser(grace)
    assert page(link, "ward_take") in reader.get(WARDS).text
    assert reader.post(page(link, "ward_take"))["Location"] == WARDS
    assert page(link) in reader.get(WARDS).text


def test_a_guardian_opens_no_other_door_about_the_student(link, grace):
    section, (seat,) = make_class()
    client, student = browser(grace), link.student
    by = {"student": student.public_id, "seat": seat.public_id, "section": section.public_id, "user": alice().public_id}
    closed = {
        "students:student_record": "student", "students:student_check": "student", "students:profile_update": "student",
        "students:student_advisors": "student", "students:student_guardians": "student",
        "students:hold_place": "student",
        "students:grade_detail": "seat", "students:enrollment_drop": "seat", "students:roster": "section",
        "students:classmates": "section", "students:grade_sheet": "section", "students:section_line": "section",
        "appointments:student_week": "student", "accounts:photo": "user", "api_student-detail": "student",
        "api_enrollment-detail": "seat", "api_enrollment-grades": "seat",
    }  # fmt: skip
    answers = {name: client.get(reverse(name, args=[by[thing]])).status_code for name, thing in closed.items()}
    assert {name: code for name, code in answers.items() if code not in (403, 404)} == {}
    for name in ("api_student-list", "api_enrollment-list", "api_waitlist_entry-list", "api_hold-list"):
        assert client.get(reverse(name)).json()["results"] == []
    assert client.get(reverse("students:directory")).status_code == 403
    assert client.post(page(link, "guardian_agree")).status_code == 403


def test_strangers_find_nothing(link):
    teacher = browser(ivan())
    for name, app in (("ward_record", "students"), ("ward_week", "appointments"), ("guardian_end", "students")):
        assert teacher.get(page(link, name, app)).status_code == 404
    assert browser(alice()).get(page(link)).status_code == 404
    assert Client().get(page(link))["Location"].startswith(reverse("account_login"))


def test_the_api_names_shows_and_ends(student, grace):
    where = reverse("api_guardianship-list")
    office, own, reader = browser(rita()), browser(alice()), browser(grace)
    body = {"student": str(student.public_id), "email": GRACE}
    assert own.post(where, body, content_type="application/json").status_code == 403
    made = office.post(where, body, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "asked")
    assert office.post(where, body, content_type="application/json").status_code == 409
    link = Guardianship.objects.get()
    assert reader.get(where).json()["results"] == []
    deed = lambda name: reverse(f"api_guardianship-{name}", args=[link.public_id])  # noqa: E731
    assert reader.post(deed("take")).status_code == 404
    assert own.post(deed("agree")).json()["state"] == "offered"
    assert browser(oscar()).get(deed("detail")).status_code == 404
    assert reader.post(deed("take")).json()["state"] == "in_force"
    assert own.get(where).json()["results"] == reader.get(where).json()["results"] != []
    assert own.post(deed("end"), {}, content_type="application/json").json()["state"] == "over"
    assert own.post(deed("end"), {}, content_type="application/json").status_code == 409


def test_the_admin_ends_with_a_reason(link, client):
    office = browser(rita())
    where = reverse("admin:students_guardianship_changelist")
    data = {"action": "end", "_selected_action": [link.pk], "reason": "Asked by phone."}
    assert office.post(where, data).status_code == 302
    assert Guardianship.objects.get(pk=link.pk).end_reason == "Asked by phone."
    assert browser(ivan()).get(where).status_code in (302, 403)


def test_both_mails_say_what_it_is_about(student):
    operations.link_guardian(student, GRACE, by=rita(), waived_reason="A minor.")
    for message in OutboxMessage.objects.filter(kind__startswith="guardian_"):
        deliver(message.pk)
    told = {sent.to[0]: sent.body for sent in mail.outbox}
    assert set(told) == {alice().email, GRACE}
    assert "A minor." in told[alice().email]
    assert WARDS in told[GRACE]


def test_the_history_keeps_who_said_so(link):
    labels = history_of(Guardianship).objects.filter(id=link.pk).order_by("pgh_id").values_list("pgh_label", flat=True)
    assert list(labels) == ["insert", "update", "update"]


def test_lists_cost_the_same_for_many(link, grace):
    def queries(client, where):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        return len(seen)

    api = reverse("api_guardianship-list")
    office = reverse("students:student_guardians", args=[link.student.public_id])
    asked = [(browser(grace), WARDS), (browser(grace), api), (browser(alice()), MINE), (browser(rita()), office)]
    one = [queries(*case) for case in asked]
    for n in range(3):
        other = make_student()
        row = operations.link_guardian(other, GRACE, by=None, waived_reason="x")
        operations.take_guardianship(row, by=grace)
        operations.link_guardian(link.student, f"more{n}@example.net", by=None)
    assert [queries(*case) for case in asked] == one
    assert max(one) <= 15
