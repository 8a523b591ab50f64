"""The copy of everything about a person: every table, every row, nobody else, once."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from accounts.models import RecordAccess, User
from accounts.operations import assign_advisor, note_access
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, rita
from coursemgmt import tasks
from coursemgmt.models import DataRequest
from coursemgmt.privacy import errors, operations
from coursemgmt.privacy.export import Copy
from coursemgmt.privacy.tables import LEFT_OUT, POSTED, columns_of, tables
from coursemgmt.tests.asking import World
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students.models import FinalGrade, GradeEntry
from students.tests.makers import enroll_directly, make_grade_item, make_open_section, make_student
from students.tests.test_races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.row("R93", "A11")]


def opened(content):
    """Return the files of a copy by name, the data as what it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        read = {name: file.read(name) for name in file.namelist()}
    return {name: json.loads(said) if name.endswith(".json") else said for name, said in read.items()}


def ready(person):
    request = operations.ask_copy(person, by=person)
    tasks.make_copy(request.pk)
    request.refresh_from_db()
    return request


def test_every_table_with_a_way_to_a_person_is_walked():
    """By another way than the walk itself: whatever has a foreign key to a person stands in it."""
    direct = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is User and model._meta.managed and not model._meta.proxy
    }
    walked = {table.label for table in tables()}
    assert direct - walked == set()
    assert {"students.GradeEntry", "students.WaitlistEvent", "appointments.AppointmentEvent"} <= walked
    assert {"courses.Section", "scheduling.Room", "students.Program"} & walked == set()


def test_what_is_left_out_exists_and_says_why():
    walked = {table.label for table in tables()}
    installed = {label for label in LEFT_OUT if apps.is_installed("allauth.socialaccount") or "social" not in label}
    assert (installed | set(POSTED)) - walked == set()
    assert all(reason.endswith(".") for reason in LEFT_OUT.values())


def test_an_advisor_does_not_read_in_the_own_copy_why_others_were_assigned():
    tutor = make_user(roles=["advisor"])
    assign_advisor(alice(), tutor, by=rita(), reason="Fell behind in spring.")
    own, advisors = (
        next(part for part in Copy(person).parts if part["name"] == "accounts_roleassignment")
        for person in (alice(), tutor)
    )
    assert own["rows"][0]["reason"] == "Fell behind in spring."
    assert (advisors["rows"], "reason" in advisors["deeds"][0]) == ([], False)
    assert "spring" not in str(Copy(tutor).parts)


def test_every_row_of_a_person_who_is_in_every_corner_is_in_the_copy():
    """The world of the matrix holds one of each thing; whoever stands in it finds each of their rows."""
    world = World()
    for actor in ("student", "instructor", "advisor", "registrar", "mixed"):
        person = world.people[actor]
        copied = {part["name"]: part for part in Copy(person).parts}
        for table in tables():
            rows = table.about(person)
            if table.label in LEFT_OUT or not rows.exists():
                continue
            if table.label in POSTED:
                rows = rows.filter(POSTED[table.label])
            key = table.model._meta.pk.name
            there = {str(row[key]) for row in copied.get(table.label.replace(".", "_").lower(), {"rows": []})["rows"]}
            assert there == {str(pk) for pk in rows.values_list("pk", flat=True)}, (actor, table.label)


def test_nobody_else_is_named_and_no_secret_is_in_it():
    world = World()
    people = [person for person in world.people.values() if person]
    for person in {world.people["student"], world.people["instructor"], world.people["registrar"]}:
        person.photo.save("photo", ContentFile(b"picture"))
        said = Copy(person).zipped()
        text = "\n".join(str(part) for part in opened(said).values())
        others = [one for one in people if one.pk != person.pk]
        named = [one.email for one in others if one.email in text]
        named += [one.given_name for one in others if one.given_name and one.given_name in text]
        assert named == []
        assert person.password not in text
        assert opened(said)["photo.jpg"] == b"picture"


def test_others_appear_as_what_they_are():
    note_access([alice().pk], RecordAccess.What.RECORD, by=rita(), route="students:student_record")
    person = alice()
    enrollment = enroll_directly(make_student(user=person), make_open_section())
    FinalGrade.objects.create(enrollment=enrollment, grade="B", submitted_by=ivan(), posted_at=timezone.now())
    data = opened(Copy(person).zipped())
    assert [row["reader"] for row in data["data/accounts_recordaccess.json"]["rows"]] == ["staff"]
    (grade,) = data["data/students_finalgrade.json"]["rows"]
    assert (grade["grade"], grade["submitted_by"]) == ("B", "instructor")
    assert data["data/students_enrollment.json"]["rows"][0]["section"] == str(enrollment.section)
    assert data["data/accounts_user.json"]["rows"][0]["email"] == person.email
    page = data["index.html"].decode()
    assert '<h2 id="students_enrollment">' in page
    assert LEFT_OUT["students.GradeEntryHistory"] in page


def test_what_a_teacher_did_for_others_is_there_with_its_time_alone():
    enrollment = enroll_directly(make_student(), make_open_section())
    FinalGrade.objects.create(enrollment=enrollment, grade="B", submitted_by=ivan(), posted_at=timezone.now())
    data = opened(Copy(ivan()).zipped())["data/students_finalgrade.json"]
    assert data["rows"] == []
    assert set(data["deeds"][0]) == {"id", "submitted_at", "posted_at"}


def test_drafts_are_not_in_it():
    enrollment = enroll_directly(make_student(user=alice()), make_open_section())
    draft, posted = make_grade_item(enrollment.section), make_grade_item(enrollment.section, posted=True)
    for item, score in ((draft, 41), (posted, 42)):
        GradeEntry.objects.create(item=item, enrollment=enrollment, score=score)
    FinalGrade.objects.create(enrollment=enrollment, grade="C", submitted_by=ivan())
    data = opened(Copy(alice()).zipped())
    assert [row["score"] for row in data["data/students_gradeentry.json"]["rows"]] == ["42.00"]
    assert "data/students_finalgrade.json" not in data
    assert "data/students_gradeentryhistory.json" not in data


def test_no_copy_shows_what_opens_a_door():
    secret = {"password", "hash", "session_key", "current", "token", "digest"}
    shown = {f"{table.label}.{field.name}" for table in tables() for field in columns_of(table.model)}
    assert [name for name in shown if name.rpartition(".")[2] in secret] == []
    assert "accounts.User.email" in shown


# Asking and fetching ----------------------------------------------------------------------------------------------


def test_the_mail_says_it_is_ready_and_holds_no_data():
    request = ready(alice())
    deliver(OutboxMessage.objects.get(kind="copy_ready").pk)
    said = mail.outbox[-1].body
    assert reverse("privacy:my_data") in said
    assert str(request.public_id) not in said
    assert mail.outbox[-1].attachments == []


def test_it_is_fetched_once_and_then_gone(django_capture_on_commit_callbacks):
    request = ready(alice())
    assert default_storage.exists(request.file.name)
    with django_capture_on_commit_callbacks(execute=True):
        assert "index.html" in opened(operations.fetch_copy(request, by=alice()))
    assert not default_storage.exists(request.file.name)
    with pytest.raises(errors.NotReady):
        operations.fetch_copy(request, by=alice())
    request.refresh_from_db()
    assert (request.state, request.file.name) == ("fetched", "")


def test_it_ends_after_a_week():
    request = ready(alice())
    DataRequest.objects.filter(pk=request.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(errors.NotReady):
        operations.fetch_copy(request, by=alice())


@pytest.mark.parametrize("other", [rita, adam, ivan])
def test_nobody_else_asks_for_or_fetches_it(other):
    with pytest.raises(errors.MayNotAsk):
        operations.ask_copy(alice(), by=other())
    with pytest.raises(errors.MayNotAsk):
        operations.fetch_copy(ready(alice()), by=other())


def test_one_at_a_time_and_making_it_twice_is_harmless():
    request = ready(alice())
    before = request.file.name
    tasks.make_copy(request.pk)
    request.refresh_from_db()
    assert request.file.name == before
    with pytest.raises(errors.AlreadyAsked):
        operations.ask_copy(alice(), by=alice())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_two_who_fetch_at_once_one_gets_it():
    person = make_user()
    request = ready(person)
    answers = at_once([lambda: operations.fetch_copy(request, by=person) for _ in range(2)])
    assert sorted(type(answer).__name__ for answer in answers) == ["NotReady", "bytes"]


# Pages and API ----------------------------------------------------------------------------------------------------


def signed_in(client, email):
    client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.fixture
def browser(client):
    """Alice, who showed a moment ago that it is her."""
    return signed_in(client, alice().email)


def age(client, minutes):
    """Make the sign-in of this browser so old."""
    session = client.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - minutes * 60} for record in session["account_authentication_methods"]
    ]
    session.save()


def test_a_person_asks_for_a_copy_and_fetches_it(browser):
    assert b"Ask for a copy" in browser.get(reverse("privacy:my_data")).content
    assert browser.post(reverse("privacy:copy_ask"))["Location"] == reverse("privacy:my_data")
    assert b"It is being made" in browser.get(reverse("privacy:my_data")).content
    request = DataRequest.objects.get()
    tasks.make_copy(request.pk)
    assert b"Fetch the copy" in browser.get(reverse("privacy:my_data")).content
    answer = browser.post(reverse("privacy:copy_fetch", args=[request.public_id]))
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/zip", "no-store")
    assert "index.html" in opened(answer.content)
    again = browser.post(reverse("privacy:copy_fetch", args=[request.public_id]), follow=True)
    assert b"cannot be fetched" in again.content


@pytest.mark.row("R61")
@pytest.mark.parametrize("name", ["copy_ask", "copy_fetch", "erase_me"])
def test_an_old_sign_in_shows_once_more_that_it_is_the_person(browser, name):
    args = [ready(alice()).public_id] if name == "copy_fetch" else []
    age(browser, minutes=6)
    before = DataRequest.objects.count()
    answer = browser.post(reverse(f"privacy:{name}", args=args), {"email": alice().email})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert DataRequest.objects.count() == before
    assert not DataRequest.objects.filter(state="fetched").exists()


def test_asking_to_be_erased_takes_the_own_address_typed(browser):
    page = reverse("privacy:erase_me")
    assert browser.post(page, {"email": "somebody@example.org"}).status_code == 409
    assert not DataRequest.objects.exists()
    assert browser.post(page, {"email": "ALICE@example.org "})["Location"] == reverse("privacy:my_data")
    request = DataRequest.objects.get()
    assert (request.kind, request.state, request.first_by) == ("erasure", "requested", None)
    browser.post(reverse("privacy:withdraw", args=[request.public_id]))
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_a_stranger_finds_no_request_of_somebody_else(client):
    request = ready(alice())
    client.force_login(ivan())
    for name in ("copy_fetch", "withdraw"):
        assert client.post(reverse(f"privacy:{name}", args=[request.public_id])).status_code in {302, 404}
    assert client.get(reverse("privacy:request_list")).status_code == 403
    request.refresh_from_db()
    assert request.state == "ready"


def office(client, email="rita@example.org"):
    client.logout()
    return signed_in(client, email)


def test_two_of_the_office_approve_on_their_pages(client, mailoutbox):
    rita(), adam()
    request = operations.ask_erasure(alice(), by=alice())
    listed = office(client).get(reverse("privacy:request_list")).content.decode()
    assert "Alice Example" in listed
    page = reverse("privacy:request_approve", args=[request.public_id])
    assert "Somebody else" in client.post(page, {}, follow=True).content.decode()
    assert "You approved this already" in client.post(page, {}).content.decode()
    done = office(client, "adam@example.org").post(page, {"reason": "Asked in writing"}, follow=True)
    assert "being erased" in done.content.decode()
    request.refresh_from_db()
    assert request.state == "approved"


def test_the_office_starts_an_erasure_and_refuses_one(client):
    rita()
    start = reverse("privacy:person_erase", args=[alice().public_id])
    find = reverse("privacy:person_find")
    assert office(client).get(find, {"email": "Alice@example.org"})["Location"] == start
    for email in ("nobody@example.org", "", "not an address"):
        assert client.get(find, {"email": email})["Location"] == reverse("privacy:request_list")
    assert office(client).post(start, {"reason": ""}).status_code == 400
    client.post(start, {"reason": "By letter"})
    request = DataRequest.objects.get()
    assert (request.first_by, request.reason) == (rita(), "By letter")
    page = reverse("privacy:request_refuse", args=[request.public_id])
    assert client.post(page, {"reason": "A fee is open"})["Location"] == reverse(
        "privacy:request_detail", args=[request.public_id]
    )
    request.refresh_from_db()
    assert request.state == "refused"


def test_nobody_decides_about_the_own_account_on_the_page(client):
    request = operations.ask_erasure(rita(), by=rita())
    page = reverse("privacy:request_approve", args=[request.public_id])
    assert office(client).get(page).status_code == 403
    assert "Approve" not in client.get(reverse("privacy:request_detail", args=[request.public_id])).content.decode()


@pytest.mark.row("R118")
def test_the_list_of_requests_costs_the_same_for_many(client, django_assert_max_num_queries):
    rita()
    office(client)
    costs = []
    for _ in range(2):
        operations.ask_erasure(make_user(given_name="Some", family_name="Body"), by=rita(), reason="By letter")
        client.get(reverse("privacy:request_list"))
        with django_assert_max_num_queries(15) as queries:
            client.get(reverse("privacy:request_list"))
        costs.append(len(queries))
        for _n in range(3):
            person = make_user()
            operations.ask_copy(person, by=person)
    assert costs[0] == costs[1]


def test_a_script_reads_how_far_the_own_request_is_and_the_office_all(client):
    request = ready(alice())
    operations.ask_erasure(ivan(), by=ivan())
    client.force_login(alice())
    found = client.get(reverse("api_data_request-list")).json()["results"]
    assert [(row["id"], row["kind"], row["state"]) for row in found] == [(str(request.public_id), "export", "ready")]
    client.force_login(rita())
    assert len(client.get(reverse("api_data_request-list")).json()["results"]) == 2
    client.force_login(ivan())
    assert client.get(reverse("api_data_request-detail", args=[request.public_id])).status_code == 404
