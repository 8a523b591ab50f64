"""A real browser against a real server: desktop and phone, and once with scripts off."""

import os
import re
import shutil

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, sync_playwright

from accounts.tests.makers import PASSWORD

QUIET = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
]  # fmt: skip
SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 360, "height": 740}},
    "no scripts": {"viewport": {"width": 1280, "height": 800}, "java_script_enabled": False},
}


@pytest.fixture(scope="module")
def chromium():
    """Ends with the module: while it lives, its event loop runs in this thread, where others want one of their own."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(params=list(SCREENS))
def screen(request):
    return request.param


class Visitor:
    """One person at one browser."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base, self.errors = page, base, []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("response", lambda answer: self.errors.append(answer.url) if answer.status >= 500 else None)

    def go(self, address: str) -> None:
        self.page.goto(self.base + address if address.startswith("/") else address)
        self.fits()

    def press(self, name: str) -> None:
        """Press the button or follow the link of this name in the content."""
        main = self.page.locator("main")
        exact = re.compile(rf"^\s*{re.escape(name)}\s*$")
        button = main.get_by_role("button", name=exact).or_(main.get_by_role("link", name=exact))
        button.first.click()
        self.page.wait_for_load_state()
        self.fits()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").first.fill(value)

    def sees(self, text: str) -> bool:
        """Return True when the content shows `text`; otherwise say what it shows."""
        shown = self.page.locator("main").inner_text()
        if text not in shown:
            raise AssertionError(f"“{text}” is not on {self.page.url}:\n{shown}")
        return True

    def fits(self) -> None:
        """Nothing but a grid of its own may scroll sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"] + 1, (self.page.url, wide)

    def sign_in(self, email: str) -> None:
        self.go("/accounts/login/")
        self.fill(login=email, password=PASSWORD)
        self.page.locator("main button[type=submit]").first.click()
        self.page.wait_for_load_state()


@pytest.fixture
def visitor(chromium, screen, live_server):
    cache.clear()
    opened = []

    def open_one() -> Visitor:
        context = chromium.new_context(**SCREENS[screen])
        opened.append(context)
        return Visitor(context.new_page(), live_server.url)

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def links(settings, live_server):
    """Links in mail lead to the server of this test."""
    settings.SITE_URL = live_server.url

    def newest(pattern: str) -> str:
        return re.search(pattern, mail.outbox[-1].body)[0]

    return newest
