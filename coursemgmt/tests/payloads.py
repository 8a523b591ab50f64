"""Texts that would become script on a careless page, each with ways out of where it may stand."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction

# Out of text, of an attribute in either kind of quotes, of elements whose content is text, of comments.
WAYS_OUT = ["", '">', "'>", "</title>", "</textarea>", "</script>", "</style>", "-->", "</option></select>", "\\\"'>"]
SCRIPTS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=javascript:alert(1)><button>x",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<math><mtext><style><img src onerror=alert(1)>",
    "<meta http-equiv=refresh content='0;url=//x.example'>",
    "<base href=//evil.example><b hx-on:load=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}<x>",
    '" autofocus onfocus="alert(1)',
]
PAYLOADS = [way + script for script in SCRIPTS for way in WAYS_OUT]
OURS = ("accounts", "notifications", "courses", "scheduling", "students", "appointments", "integrations")
# What is compared, looked up or hashed rather than shown, and what would take the page away with it.
NOT_SHOWN = {
    "password",
    "zone",
    "time_zone",
    "locale",
    "token_hash",
    "dedupe_key",
    "message_id",
    "about_type",
    "door",
    "kind",
}


def texts() -> Iterator[tuple[Any, Any]]:
    """Walk the columns of free text."""
    for model in apps.get_models():
        if model._meta.app_label not in OURS or not model._meta.managed or model.__name__.endswith("Event"):
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.FileField)
            if is_text and not field.choices and field.name not in NOT_SHOWN and (field.max_length or 99) >= 10:
                yield model, field


def fill(turn: int) -> dict[str, int]:
    """Put a payload into every column of free text of every row, past all rules; return how many by column."""
    filled: dict[str, int] = {}
    for place, (model, field) in enumerate(texts()):
        for number, pk in enumerate(model._base_manager.order_by("pk").values_list("pk", flat=True)):
            text = PAYLOADS[(turn + place * 11 + number * 7) % len(PAYLOADS)]
            text = f"{number}{text}" if field.unique else text
            try:
                with transaction.atomic():
                    model._base_manager.filter(pk=pk).update(**{field.name: text[: field.max_length]})
            except DatabaseError:
                # A constraint of the table knows better than any page.
                continue
            name = f"{model._meta.label}.{field.name}"
            filled[name] = filled.get(name, 0) + 1
    return filled


class Live(HTMLParser):
    """What of a page would do something that our templates never ask for."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        wrong = [name for name in given if name.startswith(("on", "hx-on"))]
        wrong += [name for name in ("href", "src", "action", "formaction") if is_code(given.get(name))]
        if tag in {"iframe", "object", "embed", "base", "math"} or (tag == "meta" and "http-equiv" in given):
            wrong.append(tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            wrong.append(tag)
        if wrong:
            self.found.append((tag, wrong))


def is_code(address):
    return bool(re.match(r"\s*(javascript:|vbscript:|data:text|(https?:)?//(evil|x)\.example)", address or "", re.I))


def live(text):
    parser = Live()
    parser.feed(text)
    return parser.found
