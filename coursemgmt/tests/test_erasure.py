"""Erasing somebody: two of the office approve, everything held is freed, and nothing names the person afterwards."""

import subprocess
import zipfile
from functools import partial
from io import BytesIO

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import operations as accounts
from accounts.errors import AccountErased, LastAdministrator
from accounts.models import AccountEvent, IdempotencyRecord, RecordAccess, RoleAssignment, User
from accounts.tests.makers import PASSWORD, adam, alice, ivan, make_user, rita, with_app
from appointments.models import Appointment
from appointments.operations import book
from appointments.tests.makers import at, make_type
from coursemgmt import seals
from coursemgmt.embedded.server import binaries
from coursemgmt.models import DataRequest
from coursemgmt.privacy import erasure, erasure_list, errors, operations
from coursemgmt.privacy.scrub import GONE
from courses.tests.makers import add_instructor
from notifications.models import OutboxMessage
from notifications.operations import deliver
from students.models import Enrollment, EnrollmentEvent, FinalGrade, GradeChange, GradeEntry, WaitlistEntry
from students.operations import change_profile, drop, enroll, grant_override, join_waitlist
from students.tests.makers import enroll_directly, make_grade_item, make_open_section, make_student
from students.tests.test_races import at_once

pytestmark = [pytest.mark.row("R94", "A11")]


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """What others left behind would be found here."""
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    settings.MEDIA_ROOT, settings.MAIL_DIR = tmp_path / "uploads", tmp_path / "mail"


def second():
    """Another of the course office."""
    return User.objects.filter(email="other.office@example.org").first() or make_user(
        "other.office@example.org", ["registrar"], PASSWORD, given_name="Other"
    )


def approved(person):
    """Return an erasure that the person asked for and two of the office approved."""
    request = operations.ask_erasure(person, by=person)
    operations.approve(request, by=rita())
    return operations.approve(request, by=second())


def erase(person):
    request = approved(person)
    erasure.carry_out(request)
    person.refresh_from_db()
    request.refresh_from_db()
    return request


# Deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_takes_two_of_the_office_and_neither_is_the_person():
    person, office = alice(), rita()
    request = operations.ask_erasure(person, by=person)
    with pytest.raises(errors.MayNotDecide):
        operations.approve(request, by=person)
    assert operations.approve(request, by=office).state == "requested"
    with pytest.raises(errors.SecondPersonNeeded):
        operations.approve(request, by=office)
    done = operations.approve(request, by=second(), reason="Asked in writing")
    assert (done.state, done.first_by, done.decided_by) == ("approved", office, second())
    with pytest.raises(errors.RequestClosed):
        operations.approve(request, by=adam())


@pytest.mark.django_db
def test_the_office_starts_it_with_a_reason_and_is_the_first_of_the_two():
    with pytest.raises(errors.DecisionReasonMissing):
        operations.ask_erasure(alice(), by=rita(), reason=" ")
    request = operations.ask_erasure(alice(), by=rita(), reason="By letter")
    with pytest.raises(errors.SecondPersonNeeded):
        operations.approve(request, by=rita())
    assert operations.approve(request, by=adam()).state == "approved"


@pytest.mark.django_db
def test_one_of_the_office_does_not_decide_about_the_own_account():
    request = operations.ask_erasure(rita(), by=rita())
    with pytest.raises(errors.MayNotDecide):
        operations.approve(request, by=rita())
    with pytest.raises(errors.MayNotDecide):
        operations.refuse(request, by=rita(), reason="No")


@pytest.mark.django_db
def test_a_refusal_has_a_reason_that_the_person_reads_by_mail(mailoutbox):
    request = operations.ask_erasure(alice(), by=alice())
    with pytest.raises(errors.DecisionReasonMissing):
        operations.refuse(request, by=rita(), reason="")
    operations.refuse(request, by=rita(), reason="A fee is open")
    deliver(OutboxMessage.objects.get(kind="erasure_refused").pk)
    assert "A fee is open" in mailoutbox[-1].body
    assert operations.ask_erasure(alice(), by=alice()).state == "requested"


@pytest.mark.django_db
def test_it_is_asked_once_and_taken_back_until_it_is_approved():
    request = operations.ask_erasure(alice(), by=alice())
    with pytest.raises(errors.AlreadyAsked):
        operations.ask_erasure(alice(), by=alice())
    with pytest.raises(errors.MayNotAsk):
        operations.withdraw(request, by=rita())
    assert operations.withdraw(request, by=alice()).state == "withdrawn"
    request = approved(alice())
    with pytest.raises(errors.RequestClosed):
        operations.withdraw(request, by=alice())


@pytest.mark.django_db
def test_what_the_office_started_the_person_does_not_take_back(client):
    request = operations.ask_erasure(alice(), by=rita(), reason="By letter")
    with pytest.raises(errors.StartedByOffice):
        operations.withdraw(request, by=alice())
    client.force_login(alice())
    assert reverse("privacy:withdraw", args=[request.public_id]) not in client.get(reverse("privacy:my_data")).text


@pytest.mark.django_db
@pytest.mark.row("R69")
def test_nobody_advises_whoever_was_erased():
    accounts.assign_advisor(alice(), make_user(roles=["advisor"]), by=None)
    erase(alice())
    assert not RoleAssignment.objects.standing().exists()


@pytest.mark.django_db
def test_an_instructor_of_a_class_that_goes_on_is_refused_in_words():
    section = make_open_section()
    add_instructor(section, ivan())
    with pytest.raises(errors.StillTeaches) as refusal:
        operations.ask_erasure(ivan(), by=ivan())
    assert str(section) in str(refusal.value)
    section.status = "completed"
    section.save()
    assert operations.ask_erasure(ivan(), by=ivan()).state == "requested"


@pytest.mark.django_db
def test_the_last_administrator_is_not_erased():
    request = operations.ask_erasure(adam(), by=adam())
    owner = make_user("owner@example.org", [])
    owner.is_superuser = True
    owner.save()
    with pytest.raises(LastAdministrator):
        operations.approve(request, by=owner)


@pytest.mark.django_db
@pytest.mark.row("R94")
def test_the_office_decides_about_nobody_of_its_own_rank_or_above():
    for person in (adam(), make_user("second@example.org", ["registrar"])):
        with pytest.raises(errors.MayNotDecide):
            operations.approve(operations.ask_erasure(person, by=person), by=rita())


# Carrying it out --------------------------------------------------------------------------------------------------

NAME, EMAIL, NUMBER = ("Zephyrine", "Quillfeather"), "zephyrine.q@example.org", "A98761234"
OLD_EMAIL = "z.quill@example.net"
CANARIES = [*NAME, EMAIL, OLD_EMAIL, NUMBER, "Zeph", "zephyrine"]


@pytest.fixture
def world(db, settings, tmp_path):
    """Somebody who left a trace in every corner: profile, seats, line, grades, appointments, sign-ins, mail, texts."""
    call_command("createcachetable", verbosity=0)
    settings.EMAIL_BACKEND = "notifications.mail.backend.LocalFileBackend"
    settings.CACHES = site.CACHES
    given, family = NAME
    person = make_user(OLD_EMAIL, ["student"], PASSWORD, given_name=given, family_name=family, preferred_name="Zeph")
    person.email = EMAIL
    person.photo = ContentFile(b"Zephyrine in a picture", "photo")
    person.save()
    person.emailaddress_set.update(email=EMAIL)
    student = change_profile(make_student(user=person), by=rita(), institutional_id=NUMBER)
    client = Client()
    client.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    client.get(reverse("home"))
    Client().post(reverse("account_login"), {"login": EMAIL, "password": "wrong"})
    full = make_open_section(capacity=1)
    seat = enroll(student, full, by=rita(), reason=f"Asked by {given} {family}")
    waiting = make_student()
    join_waitlist(waiting, full, by=None)
    other = make_open_section(capacity=1)
    enroll_directly(make_student(), other)
    place = join_waitlist(student, other, by=person)
    finished = enroll_directly(student, make_open_section(), status="completed")
    FinalGrade.objects.create(enrollment=finished, grade="A", submitted_by=ivan(), posted_at=finished.enrolled_at)
    entry = GradeEntry.objects.create(item=make_grade_item(finished.section, posted=True), enrollment=finished, score=9)
    GradeChange.objects.create(entry=entry, new_score=9, actor=ivan(), reason=f"{given} handed it in late")
    grant_override(student, make_open_section(), "prerequisite", by=rita(), reason=f"{given} passed it elsewhere")
    booked = book(make_type(ivan()), person, at(9), by=person, topic=f"{given} and the essay")
    accounts.mint_token(person, "Zephyrine's script", ["read:self"], days=7, by=person)
    accounts.rotate_feed(person, by=person)
    with_app(person)
    accounts.note_access([person.pk], RecordAccess.What.RECORD, by=rita(), route="students:student_record")
    IdempotencyRecord.objects.create(user=person, key="k", digest="d", body={"name": f"{given} {family}"})
    # Somebody else's rows that name the person.
    elsewhere = enroll_directly(make_student(), make_open_section())
    drop(elsewhere, by=rita(), reason=f"Swapped with {given} {family}, {NUMBER}, {EMAIL.upper()}")
    for message in OutboxMessage.objects.filter(state="queued"):
        deliver(message.pk)
    operations.make_copy(operations.ask_copy(person, by=person))
    return {"person": person, "student": student, "seat": seat, "place": place, "booked": booked,
            "waiting": waiting, "client": client, "finished": finished, "elsewhere": elsewhere}  # fmt: skip


@pytest.mark.django_db
def test_what_was_held_goes_to_the_next_and_the_other_side_is_told(world):
    erase(world["person"])
    assert Enrollment.objects.get(pk=world["seat"].pk).status == "dropped"
    assert Enrollment.objects.filter(student=world["waiting"], status="registered").count() == 1
    assert WaitlistEntry.objects.get(pk=world["place"].pk).status == "removed"
    assert Appointment.objects.get(pk=world["booked"].pk).status == "cancelled_by_student"
    assert OutboxMessage.objects.filter(kind="appointment_cancelled", recipient=ivan()).count() == 1


@pytest.mark.django_db
def test_the_account_is_closed_for_good_and_only_a_pseudonym_is_left(world):
    request = erase(world["person"])
    person = world["person"]
    assert request.state == "done"
    assert person.is_erased
    assert not person.is_active
    assert person.display_name.startswith("Erased ")
    assert list(person.groups.all()) == []
    assert not Authenticator.objects.filter(user=person).exists()
    assert world["client"].get(reverse("home")).context["user"].is_anonymous
    answer = Client().post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    assert "_auth_user_id" not in answer.client.session
    with pytest.raises(AccountErased):
        accounts.reactivate(person, by=adam())
    assert list(AccountEvent.objects.filter(user=person).values_list("reason", flat=True)) == [GONE]


@pytest.mark.django_db
def test_grades_and_the_story_of_seats_stay_under_the_pseudonym(world):
    before = EnrollmentEvent.objects.count()
    erase(world["person"])
    finished = world["finished"]
    assert FinalGrade.objects.get(enrollment=finished).grade == "A"
    assert finished.student.user_id == world["person"].pk
    assert EnrollmentEvent.objects.count() == before + 2  # the seat that was given up, and that of the next in line
    assert EnrollmentEvent.objects.filter(enrollment=world["seat"]).first().reason == GONE


def dump(tmp_path):
    """Return every row of the database as pg_dump writes it."""
    given = connection.get_connection_params()
    command = [str(binaries() / "pg_dump"), "--data-only", "--inserts", "-h", given["host"], "-U", given["user"]]
    done = subprocess.run([*command, given["dbname"]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows():
    """Return every row of every table, seen from inside this transaction."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            found += [f"{table}: {text}" for (text,) in cursor.fetchall()]
    return found


def hits(lines):
    words = [word.casefold() for word in CANARIES]
    return [line for line in lines if any(word in line.casefold() for word in words)]


def sessions():
    from django.contrib.sessions.models import Session

    return [str(session.get_decoded()) for session in Session.objects.all()]


def files():
    from pathlib import Path

    folders = [Path(default_storage.location), Path(site.MAIL_DIR)]
    return [f"{path}: {path.read_bytes()!r}" for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_no_row_file_session_or_mail_holds_name_address_or_number(world, django_capture_on_commit_callbacks):
    assert len(hits(rows())) > 15
    assert hits(sessions())
    assert hits(files())
    with django_capture_on_commit_callbacks(execute=True):
        erase(world["person"])
    assert hits(rows()) == []
    assert hits(sessions()) == []
    assert hits(files()) == []
    assert EnrollmentEvent.objects.filter(enrollment=world["elsewhere"]).last().reason == (
        f"Swapped with {GONE}, {GONE}, {world['person'].email}"
    )


@pytest.mark.django_db
def test_others_with_the_same_words_keep_theirs(world):
    other = make_user("zephyrine@example.com", given_name="Zephyrine", family_name="Other")
    event = accounts.deactivate(make_user(), by=adam(), reason="Zephyrine said so")
    assert event is None
    erase(world["person"])
    other.refresh_from_db()
    assert other.given_name == "Zephyrine"
    assert AccountEvent.objects.filter(reason="Zephyrine said so").count() == 1


@pytest.mark.django_db
def test_twice_is_harmless(world):
    request = erase(world["person"])
    before = rows()
    erasure.carry_out(request)
    assert rows() == before
    assert erasure_list.read() == [world["person"].public_id]
    with pytest.raises(errors.ErasedAlready):
        operations.ask_erasure(world["person"], by=rita(), reason="Once more")


@pytest.mark.django_db
def test_a_failure_in_the_last_step_leaves_the_person_whole_and_the_job_can_run_again(world, monkeypatch):
    request = approved(world["person"])

    def broken(public_id):
        raise OSError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(erasure_list, "add", broken)
        with pytest.raises(OSError, match="no space"):
            erasure.carry_out(request)
    world["person"].refresh_from_db()
    assert world["person"].email == EMAIL
    assert hits(rows())
    erasure.carry_out(request)
    assert hits(rows()) == []


@pytest.mark.django_db
def test_the_last_word_goes_to_the_person_before_the_address_is_gone(world, mailoutbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    erase(world["person"])
    last = [mail for mail in mailoutbox if EMAIL in mail.to][-1]
    assert "This is the last message" in last.body
    assert NUMBER not in last.body


@pytest.mark.django_db
def test_a_restored_backup_is_erased_again_before_it_opens(world, django_capture_on_commit_callbacks):
    """The list stands outside of the database: here the person is whole again, as a restore makes them."""
    erasure_list.add(world["person"].public_id)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("reapply_erasures")
    assert hits(rows()) == []
    request = DataRequest.objects.get(subject=world["person"], kind="erasure")
    assert (request.state, request.asked_by) == ("done", None)
    call_command("reapply_erasures")


# Races and the chain ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whoever_enrolls_the_person_meanwhile_comes_before_or_finds_a_closed_account():
    for _ in range(5):
        student = make_student()
        request = approved(student.user)
        sections = [make_open_section() for _ in range(3)]
        office = rita()
        deeds = [partial(enroll, student, section, by=office) for section in sections]
        at_once([lambda request=request: erasure.carry_out(request) or True, *deeds])
        student.user.refresh_from_db()
        assert student.user.is_erased
        assert not Enrollment.objects.live().filter(student=student).exists()


@pytest.mark.slow
@pytest.mark.row("R97")
@pytest.mark.django_db(transaction=True)
def test_the_chain_of_the_history_holds_after_an_erasure():
    person = make_user(EMAIL, ["student"], PASSWORD, given_name=NAME[0], family_name=NAME[1])
    student = make_student(user=person)
    enroll(student, make_open_section(), by=rita(), reason="Zephyrine Quillfeather asked")
    seals.seal(seals.timedelta(0))
    before = seals.verify()
    erase(person)
    after = seals.verify()
    assert after.redacted > before.redacted
    assert after.breaks == before.breaks
    assert hits(dump(None).splitlines()) == []


@pytest.mark.django_db
@pytest.mark.row("R93")
def test_a_copy_holds_a_page_and_a_file_for_each_table(world):
    request = DataRequest.objects.get(subject=world["person"], kind="export")
    content = operations.fetch_copy(request, by=world["person"])
    with zipfile.ZipFile(BytesIO(content)) as file:
        names = file.namelist()
    assert {"index.html", "photo.jpg", "data/accounts_user.json", "data/students_enrollment.json"} <= set(names)
