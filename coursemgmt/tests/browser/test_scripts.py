"""A real browser shows every page with hostile text in every field: nothing runs and nothing is refused."""

import mimetypes
import re
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.urls import reverse

from coursemgmt.tests.pages import ROWS, opened
from coursemgmt.tests.payloads import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.row("R76")]

ACTORS = ["registrar", "administrator", "instructor", "student"]
REPORTS = "addEventListener('securitypolicyviolation', e => console.error('policy', e.violatedDirective, e.sourceFile))"
# Pages of the admin that one class draws for many models: one model stands for all, and one way to change a row.
LIKE_OTHERS = {
    (row["door"], row["method"])
    for row in ROWS
    if row["door"].startswith("admin/")
    and (row["method"] in {"ADD", "HISTORY", "DELETE"} or re.search(r"(?<!accounts\.User)History$", row["door"]))
}
OURS = {"Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"}


@cache
def asset(path):
    """Return a file of ours with its type; styles are left empty, since no text gets into them."""
    kind = mimetypes.guess_type(path)[0] or "text/plain"
    file = finders.find(path.removeprefix("/static/")) if kind != "text/css" else None
    return {"Content-Type": kind}, Path(file).read_bytes() if file else b""


class Screen:
    """A page of the browser, a server that hands it answers of before, and what the browser complains of."""

    def __init__(self, browser, answers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                headers, body = asset(path) if path.startswith("/static/") else answers.get(path, ({}, b""))
                self.send_response(200)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.heard = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.page.add_init_script(REPORTS)
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._asked)
        self.page.on("console", lambda line: self.heard.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))

    def _dialog(self, dialog):
        self.heard.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _asked(self, request):
        if urlsplit(request.url).scheme.startswith("http") and not request.url.startswith(self.base):
            self.heard.append(f"asked {request.url}")

    def show(self, path):
        """Return what the browser says of the answer at this path."""
        self.heard.clear()
        self.page.goto(self.base + path)
        return list(self.heard)

    def show_mail(self, html):
        self.heard.clear()
        self.page.set_content(html)
        return list(self.heard)

    def close(self):
        self.page.close()
        self.server.shutdown()
        self.server.server_close()


def test_the_browser_hears_what_it_should_not_find(chromium):
    """Where a page did not escape, the dialog or the report would be there."""
    hostile = "<p>x</p><img src=/x onerror=alert(1)>"
    strict = {"Content-Security-Policy": "default-src 'none'; img-src 'self'"}
    html = {"Content-Type": "text/html"}
    screen = Screen(chromium, {"/open/": (html, hostile.encode()), "/strict/": (html | strict, hostile.encode())})
    assert screen.show("/open/") == ["dialog 1"]
    assert any("policy" in line.lower() for line in screen.show("/strict/"))
    screen.close()


def test_no_text_runs_on_a_page(chromium, world):
    words = reverse("admin:jsi18n")
    answers, doors, shown = {}, set(LIKE_OTHERS), 0
    with transaction.atomic():
        assert len(fill(75)) > 50
        for actor in ACTORS:
            for _row, answer in opened(world, actor, doors=doors):
                if answer.streaming or "html" not in answer.get("Content-Type", ""):
                    continue
                shown += b"&lt;" in answer.content
                answers[answer.request["PATH_INFO"]] = (
                    {name: value for name, value in answer.items() if name in OURS},
                    answer.content,
                )
        said = world.client("administrator").get(words)
        answers[words] = (dict(said.items()), said.content)
        transaction.set_rollback(True)
    screen, pages = Screen(chromium, answers), sorted(set(answers) - {words})
    heard = {path: screen.show(path) for path in pages}
    screen.close()
    assert {path: lines for path, lines in heard.items() if lines} == {}
    assert (len(heard) > 100, shown > 50) == (True, True)
