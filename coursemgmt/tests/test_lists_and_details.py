"""What a list shows to somebody is what they may open: over two thousand rows, every list, search, file and feed."""

import csv
import io
import re
from collections import defaultdict
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.db import transaction
from django.db.models import Q
from django.urls import Resolver404, resolve, reverse

from accounts.operations import rotate_feed
from appointments.models import Appointment
from coursemgmt.demo.university import count_rows
from coursemgmt.tests.doors import Door, doors
from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.world import ACTORS, MIXED, TOKEN
from courses.tests.makers import make_section
from students.models import Enrollment, StudentProfile, WaitlistEntry
from students.tests.makers import fill, make_grade_item

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.row("R63")]
PERSONS = [actor for actor in ACTORS if actor not in {"anonymous", TOKEN}]
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
MANY = 350


@pytest.fixture(scope="module")
def crowd(world):
    """Return the world with three full classes more: one that nobody of the world is in, two that they teach."""
    term = world.things["term"]
    far = make_section(term=term, capacity=5_000)
    for section in (far, world.things["section"], world.others["elsewhere"]["section"]):
        fill(section, MANY)
        make_grade_item(section, posted=True)
    waiting = StudentProfile.objects.filter(enrollments__section=far)[:50]
    WaitlistEntry.objects.bulk_create(
        WaitlistEntry(student=student, section=world.things["full_section"], seq=1_000 + n)
        for n, student in enumerate(waiting)
    )
    assert Enrollment.objects.count() + StudentProfile.objects.count() > 2_000
    count_rows()
    return world


def pages_of(client, address):
    """Yield the rows of all pages of a list of the API."""
    address += "&page_size=200" if "?" in address else "?page_size=200"
    while address:
        body = client.get(address).json()
        rows = body if isinstance(body, list) else body["results"]
        yield from rows
        address = None if isinstance(body, list) else body["next"]


def some_of(rows, most=5):
    """Return rows from all over, at most so many."""
    rows = list(rows)
    return rows[:: max(1, len(rows) // most)][: most + 1]


LISTS = sorted(
    door.name.removesuffix("-list")
    for door in doors()
    if door.name.endswith("-list") and door.method == "GET" and Door(door.name[:-5] + "-detail", "GET") in doors()
)

# Class search shows one term at a time.
OF_ONE_TERM = {"api_class"}


@pytest.mark.parametrize("actor", ACTORS)
def test_a_list_of_the_api_shows_what_its_details_open(crowd, actor):
    client, wrong = crowd.client(actor), []
    for name in LISTS:
        address = reverse(f"{name}-list")
        if client.get(address).status_code != 200:
            continue
        shown = {row["id"] if "id" in row else row["section"]["id"] for row in pages_of(client, address)}
        details = {id: client.get(reverse(f"{name}-detail", args=[id])).status_code for id in some_of(sorted(shown))}
        wrong += [(name, id, status) for id, status in details.items() if status != 200]
        hidden = some_of(sorted(_ids(name) - shown)) if name not in OF_ONE_TERM else []
        wrong += [(name, id) for id in hidden if client.get(reverse(f"{name}-detail", args=[id])).status_code == 200]
    assert wrong == []


def _ids(name):
    """Return the ids of all rows of what a list is about, whoever may see them."""
    view = resolve(reverse(f"{name}-list")).func.cls
    model = view.queryset.model if view.queryset is not None else view.serializer_class.Meta.model
    return {str(id) for id in model._default_manager.values_list("public_id", flat=True)}


@pytest.mark.parametrize("actor", PERSONS)
def test_a_student_sees_rows_of_oneself_and_a_teacher_of_the_own_sections(crowd, actor):
    """Held against the rows themselves, so that a list and its details cannot be wrong alike."""
    person = crowd.people[actor]
    client = crowd.client(actor)
    shown = {row["id"] for row in pages_of(client, reverse("api_enrollment-list"))}
    rows = Enrollment.objects.select_related("student")
    if actor not in {"registrar", "administrator"}:
        taught = set(person.section_roles.values_list("section", flat=True))
        advised = set(person.role_assignments.values_list("advisee", flat=True))
        rows = [
            row for row in rows
            if row.student.user_id == person.pk or row.section_id in taught or row.student.user_id in advised
        ]  # fmt: skip
    assert shown == {str(row.public_id) for row in rows}


@pytest.mark.parametrize("actor", ["anonymous", *PERSONS])
def test_a_link_that_is_shown_leads_somewhere(crowd, actor):
    """Pages of lists, searches and details: no link to what is then hidden or forbidden."""
    client, wrong, seen = crowd.client(actor), [], defaultdict(int)
    pages = [(row["door"], row["about"]) for row in ROWS if row["method"] == "GET" and row[actor] == "200"]
    for name, about in [page for page in pages if "/" not in page[0] and "api" not in page[0]]:
        with transaction.atomic():
            answer = client.get(crowd.address(name, about))
            transaction.set_rollback(True)
        if not answer["Content-Type"].startswith("text/html"):
            continue
        for link in sorted(set(re.findall(rf'<a[^>]* href="(/[^"#]*{ID}[^"#]*)"', answer.content.decode()))):
            leads_to = _name(link)
            seen[leads_to] += 1
            if seen[leads_to] > 3:
                continue
            with transaction.atomic():
                status = client.get(link.replace("&amp;", "&")).status_code
                transaction.set_rollback(True)
            if status not in {200, 302}:
                wrong.append((name, link, status))
    assert wrong == []
    assert seen


def _name(link):
    try:
        return resolve(urlsplit(link).path).view_name
    except Resolver404:
        return link


FILES = sorted(row["door"] for row in ROWS if row["door"].startswith("reports:") and row["door"].endswith("_csv"))


@pytest.mark.parametrize("actor", PERSONS)
def test_a_file_names_nobody_whose_record_is_not_to_be_seen(crowd, actor):
    client, wrong = crowd.client(actor), []
    sections = [crowd.things["section"], crowd.others["elsewhere"]["section"], crowd.things["free_section"]]
    for name in sorted(set(FILES)):
        ids = [section.public_id for section in sections] if name in OF_A_SECTION else [None]
        for id in ids:
            with transaction.atomic():
                answer = client.get(crowd.address(name, id=id))
                rows = _rows(answer)
                transaction.set_rollback(True)
            people = {row[key] for row in rows for key in ("E-mail", "Student's e-mail") if row.get(key)}
            wrong += sorted((name, email) for email in people - _addresses(crowd, actor, id))[:3]
    assert wrong == []


OF_A_SECTION = {"reports:roster_csv", "reports:grade_csv"}


def _rows(answer):
    if answer.status_code != 200:
        return []
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def _addresses(crowd, actor, id):
    """Return the addresses that a file may show: everybody's to the office, those of an own section, of a talk."""
    person = crowd.people[actor]
    profiles = StudentProfile.objects.select_related("user")
    if actor in {"registrar", "administrator"}:
        return set(profiles.values_list("user__email", flat=True))
    own = person.section_roles.filter(role="instructor", section__public_id=id).values("section")
    talks = Appointment.objects.visible_to(person).values_list("student__email", flat=True)
    return {person.email, *talks, *profiles.filter(enrollments__section__in=own).values_list("user__email", flat=True)}


@pytest.mark.parametrize("actor", ["registrar", "administrator"])
def test_a_search_of_the_admin_offers_what_its_pages_open(crowd, actor):
    client, found = crowd.client(actor), 0
    for model, pages in admin.site._registry.items():
        for field in pages.autocomplete_fields:
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
            offered = client.get(reverse("admin:autocomplete"), {**asked, "term": ""}).json()["results"]
            about = model._meta.get_field(field).related_model._meta
            for row in offered[:5]:
                found += 1
                page = reverse(f"admin:{about.app_label}_{about.model_name}_change", args=[row["id"]])
                assert client.get(page).status_code == 200, (model, field, row)
    assert found > 10


@pytest.mark.parametrize("actor", [actor for actor in PERSONS if actor != MIXED])
def test_a_feed_holds_what_the_week_of_its_owner_holds(crowd, actor):
    person = crowd.people[actor]
    with transaction.atomic():
        secret = rotate_feed(person, by=person)
        text = crowd.client("anonymous").get(reverse("appointments:feed", args=[secret])).content.decode()
        transaction.set_rollback(True)
    shown = set(re.findall(r"UID:(\S+)", text.replace("\r\n ", "")))
    talks = Appointment.objects.visible_to(person).filter(pk__in=_of_party(person))
    foreign = {str(talk.ical_uid) for talk in Appointment.objects.exclude(pk__in=talks)}
    assert {uid.partition("@")[0] for uid in shown} & foreign == set()
    assert {str(talk.ical_uid) for talk in talks} <= {uid.partition("@")[0] for uid in shown}


def _of_party(person):
    return Appointment.objects.filter(Q(student=person) | Q(session__host=person)).values("pk")
