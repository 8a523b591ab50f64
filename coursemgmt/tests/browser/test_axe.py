"""The main pages of each role: WCAG 2.2 A and AA as far as a machine can check, and the width of a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from coursemgmt.demo import university
from courses.models import Course, Section
from students.models import Enrollment, WaitlistEntry

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

RULES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


def addresses():
    """Return what each role looks at most, by role; nobody looks at what is open to all."""
    alice = university.LOGINS["student"][0]
    section = Section.objects.get(course__subject__code="CS", course__number="102", crn="50103")
    full = Section.objects.get(crn="50115")
    item = section.grade_items.filter(posted_at=None).get()
    enrolled = Enrollment.objects.get(student__user__email=alice, section=section)
    waiting = WaitlistEntry.objects.waiting().filter(section=full).in_order().first()
    kind = section.instructors.get(section_roles__is_primary=True).appointment_types.order_by("pk").first()
    booked = kind.sessions.filter(appointments__student__email=alice).order_by("starts_at").last()

    def at(name, thing=None):
        return reverse(name, args=[thing.public_id] if thing else [])

    return {
        None: [
            at("home"), at("account_login"), at("account_signup"), at("account_reset_password"),
            at("students:class_search"), at("students:section_detail", full), at("courses:course_list"),
            at("courses:course_detail", Course.objects.get(subject__code="CS", number="330")), at("courses:term_list"),
            at("styleguide"), "/nowhere/",
        ],
        "student": [
            at("home"), at("students:class_search"), at("students:section_detail", full),
            at("students:section_detail", Section.objects.get(crn="50105")), at("students:enrollments"),
            at("students:section_swap", full), at("students:section_ledger", full),
            at("students:enrollment_drop", enrolled), at("students:grade_detail", enrolled), at("students:progress"),
            at("appointments:my_timetable"), at("appointments:mine"), at("appointments:host_list"),
            at("appointments:slot_list", kind), at("appointments:appointment_detail", booked.appointments.first()),
            at("accounts:profile"), at("appointments:feed_settings"), at("mfa_index"), at("usersessions_list"),
            at("accounts:token_list"), at("accounts:sign_out_everywhere"),
        ],
        "instructor": [
            at("home"), at("courses:my_sections"), at("students:roster", section), at("students:grade_sheet", section),
            at("students:grade_item_scores", item), at("students:grade_finals", section),
            at("appointments:host_week"), at("appointments:office_hours"), at("appointments:type_create"),
            at("courses:section_edit", section),
        ],
        "registrar": [
            at("home"), at("courses:section_list"), at("courses:section_create"), at("courses:section_edit", full),
            at("students:section_line", full), at("students:entry_promote", waiting), at("students:directory"),
            at("scheduling:room_list"), at("scheduling:section_meetings", section),
            at("scheduling:pattern_create", section), at("scheduling:clash_list"), at("scheduling:closure_list"),
            at("courses:term_list"), at("reports:report_list"), at("reports:enrollment_report"),
        ],
        "administrator": [at("home")],
    }  # fmt: skip


def told(violation):
    nodes = [node["html"][:160] for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['impact']}): {nodes}"


def test_a_page_that_breaks_rules_is_found_out(chromium):
    page = chromium.new_page()
    page.set_content('<html lang="en"><title>Bad</title><p style="color: #bbb">Pale</p><img src="data:,">')
    broken = {violation["id"] for violation in Axe().run(page, options=RULES).response["violations"]}
    page.close()
    assert {"image-alt", "color-contrast"} <= broken


@pytest.mark.row("X05", "Z15", "B01")
def test_no_page_breaks_a_rule_in_light_or_dark_or_scrolls_sideways_on_a_phone(chromium, live_server):
    university.build()
    axe, wrong = Axe(), {}
    for role, pages in addresses().items():
        context = chromium.new_context(viewport=DESK, reduced_motion="reduce")
        page = context.new_page()
        if role:
            page.goto(live_server.url + reverse("account_login"))
            page.locator("main [name=login]").fill(university.LOGINS[role][0])
            page.locator("main [name=password]").fill(university.PASSWORD)
            page.locator("main button[type=submit]").first.click()
            page.wait_for_url(live_server.url + "/")
        for address in pages:
            assert page.goto(live_server.url + address).status == (404 if address == "/nowhere/" else 200)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                for violation in axe.run(page, options=RULES).response["violations"]:
                    wrong.setdefault(told(violation), []).append(f"{role} {theme} {address}")
            page.set_viewport_size(PHONE)
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                wrong.setdefault("scrolls sideways", []).append(f"{role} {address}")
            page.set_viewport_size(DESK)
        context.close()
    assert wrong == {}
