"""A world that can be asked: what is somebody answered at a door, about this thing or that."""

import re
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from django.apps import apps
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.operations import mint_token
from coursemgmt.tests.bodies import BODIES
from coursemgmt.tests.world import ACTORS, TOKEN, make_others, make_people, make_things

# What stands in an address besides the id of a thing.
FIXED = {
    "account_confirm_email": {"key": "unknown"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "unknown"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
    "accounts:session_end": {"pk": 1},
    "accounts:invitation": {"public_id": "00000000-0000-0000-0000-000000000000", "key": "unknown"},
    "appointments:feed": {"token": "unknown"},
    "notifications:local_mail_detail": {"name": "unknown"},
    "notifications:local_mail_html": {"name": "unknown"},
    "admin:app_list": {"app_label": "students"},
    "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
    "admin:None": {"url": "unknown"},
}
# Pages of the admin that stand outside of any model, by address.
UNNAMED = {"admin:None": "/admin/unknown/"}
# How many answers were held against the matrix in this run.
TALLY: Counter[str] = Counter()
OF_A_ROW = {"CHANGE", "DELETE", "HISTORY"}
OFFERED, HIDDEN = "offered", "-"
DAY = 24 * 60 * 60


def sign_in_freshly(client: Client, user: User) -> None:
    """Let a session pass for a day where a sign-in of the last minutes is asked for: what is behind it is asked."""
    session = client.session
    record_authentication(SimpleNamespace(session=session), user, "password", reauthenticated=True)
    session[AUTHENTICATION_METHODS_SESSION_KEY][-1]["at"] += DAY
    session.save()


class World:
    """One of each thing and everybody who comes to it, signed in."""

    def __init__(self) -> None:
        self.people = make_people()
        self.things = make_things(self.people)
        self.others = make_others(self.people, self.things)
        # Loading the chain of middleware anew for each request would take as long as many of the answers.
        self.handler = Client().handler
        self.sessions = {}
        for actor in ACTORS:
            client = Client()
            if self.people[actor] and actor != TOKEN:
                client.force_login(self.people[actor])
                sign_in_freshly(client, self.people[actor])
            self.sessions[actor] = {name: morsel.value for name, morsel in client.cookies.items()}
        owner = self.people[TOKEN]
        self.secret = mint_token(owner, "Script", ["read:self"], days=7, by=owner)

    def client(self, actor: str) -> Client:
        headers = {"authorization": f"Bearer {self.secret}"} if actor == TOKEN else {}
        client = Client(raise_request_exception=False, headers=headers)
        client.cookies.load(self.sessions[actor])
        client.handler = self.handler
        return client

    def address(self, name: str, about: str = "", id: Any = None) -> str:
        """Return the address of a door, about a thing by its name or by an id."""
        if name in UNNAMED:
            return UNNAMED[name]
        if name in FIXED:
            return reverse(name, kwargs=FIXED[name])
        if not about and id is None:
            return reverse(name)
        return reverse(name, kwargs={"public_id": id or self.things[about].public_id})

    def answer(self, actor: str, name: str, method: str, about: str = "", id: Any = None) -> HttpResponseBase:
        """Return what the actor is answered; whatever it changed is rolled back."""
        with transaction.atomic():
            answer = self._of_admin(actor, name, method) if "/" in name else self._of(actor, name, method, about, id)
            transaction.set_rollback(True)
        return answer

    def ask(self, actor: str, name: str, method: str, about: str = "", id: Any = None) -> str:
        """Return the status, or a word for it, as the matrix says it."""
        TALLY["cases"] += 1
        answer = self.answer(actor, name, method, about, id)
        if method.startswith("ACTION") and answer.status_code == 200:
            shown = f'<option value="{method.split()[1]}"' in answer.content.decode()
            return OFFERED if shown else HIDDEN
        to = answer.get("Location", "")
        return "login" if answer.status_code == 302 and "/login/" in to else str(answer.status_code)

    def _of(self, actor: str, name: str, method: str, about: str, id: Any) -> Any:
        address, client = self.address(name, about, id), self.client(actor)
        kind = {"content_type": "application/json"} if "/api/" in address and method not in {"GET", "HEAD"} else {}
        ask: Callable = getattr(client, method.lower())
        if method == "OPTIONS":
            return ask(address)
        said = BODIES[name](self.things) if name in BODIES and (method != "GET" or name.endswith("-slots")) else {}
        return ask(address, said, **kind)

    def _of_admin(self, actor: str, name: str, page: str) -> Any:
        label = name.removeprefix("admin/")
        model = apps.get_model(label)
        start, client = f"admin:{label.lower().replace('.', '_')}", self.client(actor)
        if page in OF_A_ROW:
            row = model._default_manager.order_by("pk").last()
            return client.get(reverse(f"{start}_{page.lower()}", args=[row.pk if row else 0]))
        if search := re.match(r"AUTOCOMPLETE (\w+)", page):
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            return client.get(reverse("admin:autocomplete"), {**asked, "field_name": search[1], "term": ""})
        return client.get(reverse(f"{start}_add" if page == "ADD" else f"{start}_changelist"))
