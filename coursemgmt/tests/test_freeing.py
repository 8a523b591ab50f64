"""Every path that frees a seat: the next in line has it, or an offer of it, when the jobs of a minute have run."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.operations import deactivate
from accounts.tests.makers import adam, make_user, rita
from coursemgmt.privacy import operations as privacy
from coursemgmt.tasks import erase
from courses.operations import change_section
from integrations.operations import apply_run, create_run
from integrations.tests.makers import ROWS, make_import_term, writer
from students import operations
from students.models import Enrollment, WaitlistEntry
from students.tasks import pass_on_lapsed, promote_line, release_seats
from students.tests.makers import make_student

pytestmark = pytest.mark.django_db
JOBS = {"students.promote_line": promote_line, "students.release_seats": release_seats}


class Class:
    """An imported class of one seat, its holder, and who waits for it."""

    def __init__(self, folder, client, mode):
        self.folder, self.client = folder, client
        self.term = make_import_term(first=timezone.localdate() + timedelta(days=7))
        self.load(seats=1)
        self.section = change_section(self.term.sections.get(), by=None, waitlist_mode=mode)
        self.holder = operations.enroll(make_student(), self.section, by=None)
        self.line = [operations.join_waitlist(make_student(), self.section, by=None) for _ in range(3)]

    def load(self, seats):
        path = writer(self.folder)(ROWS[0].replace("\t30\t", f"\t{seats}\t"))
        flags = ["--layout", "ucsd", "--apply", "--report", str(self.folder / "report.json")]
        call_command("import_schedule", path, "--term", self.term.code, *flags)

    def post(self, user, address, **data):
        self.client.force_login(user)
        kind = {"content_type": "application/json"} if address.startswith("/api/") else {}
        answer = self.client.post(address, data, **kind)
        assert answer.status_code in (200, 302), answer.content

    def by_admin(self, *rows):
        data = {"action": "drop", "reason": "Asked for.", "_selected_action": [row.pk for row in rows]}
        self.post(rita(is_staff=True), reverse("admin:students_enrollment_changelist"), **data)

    def unpaid(self):
        """Let the holder wait for a payment that is due in an hour."""
        due = {"status": "pending_payment", "hold_expires_at": timezone.now() + timedelta(hours=1)}
        Enrollment.objects.filter(pk=self.holder.pk).update(**due)

    def minute(self):
        pass_on_lapsed(timestamp=0)
        for job in ProcrastinateJob.objects.filter(task_name__in=JOBS).order_by("id"):
            JOBS[job.task_name](**job.args)


def payment_ends(here, monkeypatch):
    here.unpaid()
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: later)


def payment_fails(here, monkeypatch):
    here.unpaid()
    operations.cancel_unpaid(here.holder, by=rita(), reason="Taken back by the bank.")


def more_than_one_in_the_admin(here, monkeypatch):
    """Seat the first in line beside the holder, and drop both at once."""
    change_section(here.section, by=None, capacity=2)
    first = here.line.pop(0)
    operations.accept_offer(first, by=first.student.user)
    here.by_admin(*Enrollment.objects.live().filter(section=here.section))


def dropped_by_a_file(here, monkeypatch):
    rows = f"student,section,action\n{here.holder.student.institutional_id},{here.section.crn},drop\n"
    run = create_run(rows.encode(), here.term, by=rita(), file_name="roster.csv", reason="Agreed.")
    assert apply_run(run, by=rita()).state == "applied"


def erased(here, monkeypatch):
    person = here.holder.student.user
    asked = privacy.ask_erasure(person, by=person)
    for office in (rita(), make_user(roles=["registrar"])):
        asked = privacy.approve(asked, by=office)
    erase(request_id=asked.pk)


PATHS = {
    "own drop": lambda here, _: here.post(
        here.holder.student.user, reverse("students:enrollment_drop", args=[here.holder.public_id])
    ),
    "drop by staff": lambda here, _: here.post(
        rita(), reverse("students:enrollment_drop", args=[here.holder.public_id]), reason="Moved away."
    ),
    "admin": lambda here, _: here.by_admin(here.holder),
    "many in the admin": more_than_one_in_the_admin,
    "account closed": lambda here, _: deactivate(here.holder.student.user, by=adam(), reason="Left."),
    "person erased": erased,
    "payment not made in time": payment_ends,
    "payment taken back": payment_fails,
    "capacity raised": lambda here, _: change_section(here.section, by=rita(), capacity=2),
    "import of more seats": lambda here, _: here.load(seats=2),
    "import of drops": dropped_by_a_file,
    "API": lambda here, _: here.post(
        here.holder.student.user, reverse("api_enrollment-drop", args=[here.holder.public_id])
    ),
}


@pytest.mark.row("R08", "E11")
@pytest.mark.parametrize("mode", ["auto", "offer"])
@pytest.mark.parametrize("path", PATHS)
def test_a_freed_seat_goes_to_the_next_in_line(path, mode, tmp_path, client, monkeypatch, settings):
    settings.ERASURE_LIST = tmp_path / "erasures.txt"
    here = Class(tmp_path, client, mode)
    PATHS[path](here, monkeypatch)
    here.minute()
    assert WaitlistEntry.objects.get(pk=here.line[0].pk).status == {"auto": "accepted", "offer": "offered"}[mode]
    holding = Enrollment.objects.holding(timezone.now()).filter(section=here.section).count()
    offers = WaitlistEntry.objects.offered(timezone.now()).filter(section=here.section).count()
    here.section.refresh_from_db()
    assert holding + offers <= here.section.capacity


@pytest.mark.row("R08")
def test_no_door_removes_the_row_of_an_enrollment(tmp_path, client):
    here = Class(tmp_path, client, "auto")
    for user in (here.holder.student.user, rita()):
        client.force_login(user)
        for address in (f"/api/v1/enrollments/{here.holder.public_id}/", "/api/v1/enrollments/"):
            assert client.delete(address).status_code == 405
    assert Enrollment.objects.filter(pk=here.holder.pk).exists()
