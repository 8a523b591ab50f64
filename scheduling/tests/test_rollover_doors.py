"""Copying a term by page, API and admin: the good case, a refusal, a stranger."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.makers import make_user
from courses.models import Section
from courses.tests.makers import make_course, make_section, make_term
from scheduling.models import Rollover
from scheduling.operations import apply_rollover, create_rollover
from scheduling.tests.makers import make_pattern

pytestmark = [pytest.mark.django_db, pytest.mark.row("C04", "D04")]


@pytest.fixture
def rita():
    return make_user("rita@example.org", ["registrar"])


@pytest.fixture
def terms():
    term = make_term()
    section = make_section(term=term, course=make_course("CSE", "11"), section_number="A00")
    make_pattern(section, "MW")
    later = term.start_date + timedelta(weeks=20)
    return term, make_term(start_date=later, kind="semester", code="NEXT"), section


@pytest.fixture
def page(rita):
    client = Client()
    client.force_login(rita)
    return client


def test_the_registrar_chooses_looks_copies_and_takes_back(page, terms):
    source, target, section = terms
    data = {"source": source.code, "target": target.code, "subjects": ["CSE"], "with_meetings": "on"}
    answer = page.post(reverse("scheduling:rollover_create"), data, follow=True)
    rollover = Rollover.objects.get()
    assert "CSE 11 A00" in answer.content.decode()
    assert not Section.objects.filter(term=target).exists()
    address = reverse("scheduling:rollover_apply", args=[rollover.public_id])
    # Nothing was ticked.
    assert page.post(address).status_code == 409
    page.post(address, {"section": [section.public_id]})
    assert Section.objects.get(term=target).section_number == "A00"
    shown = page.get(reverse("scheduling:rollover_list")).content.decode()
    assert str(rollover) in shown
    page.post(reverse("scheduling:rollover_undo", args=[rollover.public_id]))
    assert not Section.objects.filter(term=target).exists()


def test_a_term_into_itself_is_refused_on_the_form(page, terms):
    data = {"source": terms[1].code, "target": terms[1].code}
    answer = page.post(reverse("scheduling:rollover_create"), data)
    assert answer.status_code == 400
    assert [error.code for error in answer.context["form"].errors.as_data()["target"]] == ["terms_the_same"]


def test_others_see_none_of_it(terms, rita):
    rollover = create_rollover(terms[0], terms[1], by=rita)
    client = Client()
    client.force_login(make_user("ivan@example.org", ["instructor"]))
    for name in ("rollover_list", "rollover_create"):
        assert client.get(reverse(f"scheduling:{name}")).status_code == 403
    for name in ("rollover_detail", "rollover_apply", "rollover_undo"):
        assert client.post(reverse(f"scheduling:{name}", args=[rollover.public_id])).status_code == 403
    assert client.get("/api/v1/rollovers/").status_code == 403


def test_the_list_of_lines_asks_as_much_for_many(page, terms, rita):
    address = "scheduling:rollover_detail"
    one = create_rollover(terms[0], terms[1], by=rita)
    for _n in range(3):
        make_section(term=terms[0], course=make_course("ART"))
    many = create_rollover(terms[0], terms[1], by=rita)
    counts = []
    for rollover in (one, one, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page.get(reverse(address, args=[rollover.public_id]))
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 15


def test_scripts_take_the_same_steps(page, terms):
    source, target, section = terms
    made = page.post(
        "/api/v1/rollovers/",
        {"source": source.code, "target": target.code, "sections": [str(section.public_id)]},
        content_type="application/json",
    ).json()
    assert (made["state"], made["counts"]["ready"], made["weeks"]) == ("previewed", 1, 20)
    address = f"/api/v1/rollovers/{made['id']}/"
    [line] = page.get(f"{address}lines/").json()["results"]
    assert (line["name"], line["result"], line["copy"]) == ("CSE 11 A00", "ready", None)
    applied = page.post(f"{address}apply/", {"sections": [line["section"]]}, content_type="application/json")
    assert applied.json()["counts"]["copied"] == 1
    again = page.post(f"{address}apply/", {}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "no_lines_ready")
    assert page.post(f"{address}undo/").json()["state"] == "undone"
    assert page.post(f"{address}undo/").json()["code"] == "rollover_not_copied"


def test_the_admin_leads_from_sections_to_the_page_and_undoes(terms, rita):
    client = Client()
    client.force_login(make_user("root@example.org", is_superuser=True, is_staff=True))
    section = terms[2]
    data = {"action": "copy_to_term", "_selected_action": [section.pk]}
    answer = client.post(reverse("admin:courses_section_changelist"), data)
    assert f"section={section.public_id}" in answer.url
    form = client.get(answer.url).content.decode()
    assert f'name="section" value="{section.public_id}"' in form
    rollover = apply_rollover(create_rollover(terms[0], terms[1], by=rita), by=rita)
    data = {"action": "undo", "_selected_action": [rollover.pk]}
    client.post(reverse("admin:scheduling_rollover_changelist"), data)
    assert Rollover.objects.get().state == "undone"
