"""Who asks the API when it is fuzzed: a request is made once and sent as each role, and nothing that it did is kept."""

import copy
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import load_all_checks, run_checks
from schemathesis.core import NOT_SET
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi import checks as known

from accounts.api import tokens
from coursemgmt.wsgi import application

# How often somebody to whom an operation is closed asks for it: the answer is the same whatever is sent.
FEW = 3
REFUSED = {400, 401, 403, 404}


def lasting_token(user: Any) -> str:
    token = AccessToken(tokens.issue(user)["access"])
    token.set_exp(lifetime=timedelta(days=1))
    return f"Bearer {token}"


@contextmanager
def one_connection() -> Iterator[None]:
    """A request must not close the connection that the test's transaction is on, nor tell of each refusal."""
    logging.disable(logging.WARNING)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    logging.disable(logging.NOTSET)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    content: bytes


class Undone:
    """The site on the test's connection, whichever thread asks; unless it `keeps`, each request is undone."""

    def __init__(self) -> None:
        self.connection = connections["default"]
        self.connection.inc_thread_sharing()
        self.keeps = False
        self.last: dict[str, Any] = {}
        self.instead: dict[str, str] = {}

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        token = environ.get("HTTP_AUTHORIZATION", "")
        if token in self.instead:
            environ["HTTP_AUTHORIZATION"] = self.instead[token]
            self.last = {**environ, "wsgi.input": body}
        answer = self._answer(environ | {"wsgi.input": BytesIO(body)}, keeps=self.keeps)
        start_response(f"{answer.status} Said", answer.headers)
        return [answer.content]

    def again(self, token: str) -> Answer:
        """Return what somebody else is answered to the last request of the first; it is undone in any case."""
        sent = {**self.last, "wsgi.input": BytesIO(self.last["wsgi.input"]), "HTTP_AUTHORIZATION": token}
        return self._answer(sent, keeps=False)

    def _answer(self, environ: Any, *, keeps: bool) -> Answer:
        connections["default"] = self.connection
        said: list[Any] = []
        before = transaction.savepoint()
        content = b"".join(application(environ, lambda *given: said.extend(given)))
        if keeps:
            transaction.savepoint_commit(before)
        else:
            transaction.savepoint_rollback(before)
        return Answer(int(said[0].split()[0]), said[1], content)


class Askers:
    """Everybody who sends the requests; the first is the one whom the library knows of.

    With `in_turn`, what is malformed whoever asks is sent as one of them, the next time as another, and so is all that
    the phase of coverage makes.
    """

    def __init__(self, site: Undone, people: dict[str, Any], closed: dict[str, set[str]], *, in_turn: bool) -> None:
        self.site, self.closed, self.in_turn = site, closed, in_turn
        self.tokens = {role: lasting_token(person) for role, person in people.items()}
        self.first = next(iter(people))
        self.failures: dict[tuple[str, str, str], str] = {}
        self.statuses: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        self.asked: Counter[tuple[str, str]] = Counter()
        self.turn, self.role = 0, self.first
        load_all_checks()
        self.checks = [
            known.status_code_conformance, known.content_type_conformance, known.response_headers_conformance,
            known.response_schema_conformance, known.negative_data_rejection, known.positive_data_acceptance,
            known.unsupported_method,
        ]  # fmt: skip

    def before(self, case: Any) -> None:
        """Choose who stands in for the first, where one is enough."""
        label, turns = case.operation.label, [self.first]
        if self._needs_one(case):
            turns = [role for role in self.tokens if label not in self.closed[role]] or turns
            self.turn += 1
        self.role = turns[self.turn % len(turns)]
        self.site.instead, self.site.last = {self.tokens[self.first]: self.tokens[self.role]}, {}

    def after(self, context: Any, response: Any, case: Any) -> None:
        """Send the request as everybody else and hold each answer against the document."""
        label = case.operation.label
        if not self.site.last:
            return
        self.statuses[self.role, label][response.status_code] += 1
        for role in [] if self._needs_one(case) else list(self.tokens)[1:]:
            if label in self.closed[role] and self.asked[role, label] >= FEW:
                continue
            self.asked[role, label] += 1
            answer = self.site.again(self.tokens[role])
            self.statuses[role, label][answer.status] += 1
            if answer.status >= 500 and answer.status != 503:
                self.failures[role, label, "5xx"] = f"{case.as_curl_command()}\n{answer.content[:500]!r}"
            elif (answer.status, answer.content) != (response.status_code, response.content):
                self._check(role, context, _as_response(answer, response), case)

    def reached(self, role: str, label: str) -> bool:
        """Return whether somebody was answered about what was asked for: with it, or with why not now."""
        return not set(self.statuses[role, label]) <= REFUSED

    def unreached(self) -> list[str]:
        """Return the operations that are open to somebody who was never let in."""
        return sorted(
            f"{label} as {role}: {dict(found)}" for (role, label), found in list(self.statuses.items())
            if label not in self.closed[role] and not self.reached(role, label)
        )  # fmt: skip

    def _needs_one(self, case: Any) -> bool:
        meta = case.meta
        if not self.in_turn or meta is None:
            return False
        return meta.phase.name == TestPhase.COVERAGE or meta.generation.mode.is_negative

    def _check(self, role: str, context: Any, response: Any, case: Any) -> None:
        def fails(name: str, collected: Any, failure: Any) -> None:
            said = f"{response.status_code} {response.content[:500]!r}"
            self.failures[role, case.operation.label, name] = f"{failure.title}: {case.as_curl_command()}\n{said}"

        run_checks(case=case, response=response, ctx=context, checks=self.checks, on_failure=fails)


def _as_response(answer: Answer, like: Any) -> Any:
    response = copy.copy(like)
    response.status_code, response.content, response.content_size = answer.status, answer.content, len(answer.content)
    headers: dict[str, list[str]] = defaultdict(list)
    for name, value in answer.headers:
        headers[name.lower()].append(value)
    response.headers = dict(headers)
    response._deserialized, response._encoded_body = NOT_SET, None
    return response
