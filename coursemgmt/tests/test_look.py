"""The frame, the parts and the tags that every page uses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from coursemgmt.templatetags import look
from coursemgmt.views import server_error

TEN = datetime(2020, 1, 6, 15, tzinfo=UTC)


def drawn(text, **context):
    return Template("{% load look %}" + text).render(Context(context))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["home", "styleguide", "account_login", "account_signup", "account_reset_password"])
def test_a_page_has_one_heading_a_skip_link_and_no_inline_style_or_script(client, name):
    page = client.get(reverse(name)).content.decode()
    assert page.count("<h1") == 1
    assert 'href="#content"' in page
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert " onclick=" not in page


@pytest.mark.django_db
def test_the_chosen_colors_are_remembered_without_scripts(client):
    client.post(reverse("theme"), {"theme": "dark", "next": "/"})
    assert 'data-bs-theme="dark"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_choosing_colors_never_leads_to_another_site(client):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_the_page_of_our_own_mistakes_asks_the_database_for_nothing():
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()


def test_a_time_names_the_zone_only_when_it_is_not_the_campuss():
    with timezone.override(settings.CAMPUS_TIME_ZONE):
        assert "zone" not in look.when(TEN)
    with timezone.override("Europe/Berlin"):
        text = look.when(TEN, TEN + timedelta(minutes=50))
    assert "Mon 6 Jan 2020, 16:00\N{EN DASH}16:50" in text
    assert "Europe/Berlin" in text


def test_a_span_over_midnight_names_both_days():
    with timezone.override("UTC"):
        assert "Tue 7 Jan 2020, 02:00" in look.when(TEN, TEN + timedelta(hours=11))


def test_a_course_has_the_same_color_everywhere():
    assert {look.course_hue(f"CSE {n}") for n in range(200)} == set(range(1, 9))
    assert look.course_hue("CSE 21") == look.course_hue("CSE 21")


def test_seats_say_how_many_are_left_and_wait():
    text = drawn("{% seats capacity=40 free=12 waiting=3 %}")
    assert "12 of 40 seats left" in text
    assert "3 waiting" in text
    assert "Full, 40 seats" in drawn("{% seats capacity=40 free=0 %}")
    assert "No seats" in drawn("{% seats capacity=0 %}")
    assert "No seat limit" in drawn("{% seats %}")


def test_lengths_of_time_are_said_in_words():
    assert look.duration(95) == "1 h 35 min"
    assert look.duration(timedelta(hours=2)) == "2 h"
    assert look.duration(0) == "0 min"


def test_the_query_of_a_page_is_kept_when_one_parameter_changes():
    request = RequestFactory().get("/", {"q": "algebra", "page": "2"})
    assert drawn("{% querystring page=3 %}", request=request) == "?q=algebra&amp;page=3"
    assert drawn("{% querystring page=None %}", request=request) == "?q=algebra"


def test_names_are_escaped():
    assert "&lt;b&gt;" in drawn("{% person name %}", name="<b>")


def test_every_row_of_the_week_has_its_class():
    style = (Path(settings.BASE_DIR) / "static/css/components/week_grid.css").read_text()
    for number in range(1, 181):
        assert f".row-start-{number} {{" in style
        assert f".row-span-{number} {{" in style
