"""schemathesis against the API in this process: real rows to ask about, and nothing that a request did is kept."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction
from hypothesis import strategies
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.cli.commands.run.context import ExecutionContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.run import PhaseName
from schemathesis.hooks import unregister
from schemathesis.transport.wsgi import WSGITransport

from accounts.api import tokens
from accounts.validators import known_zones
from coursemgmt.wsgi import application

SOCKETS = {"max_redirects", "verify", "cert", "proxies"}
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What stands in a body or a query, and the collection that it is about.
NAMES = {
    "student": "students", "section": "sections", "sections": "sections", "course": "courses", "subject": "subjects",
    "term": "terms", "parent": "terms", "room": "rooms", "building": "buildings", "pattern": "patterns",
    "instructor": "people", "instructors": "people", "host": "people", "type": "appointment-types",
    "enrollment": "enrollments", "enrollments": "enrollments",
}  # fmt: skip

schemathesis.openapi.format("iana-zone", strategies.sampled_from(sorted(known_zones())))


def lasting_token(user: Any) -> str:
    token = AccessToken(tokens.issue(user)["access"])
    token.set_exp(lifetime=timedelta(days=1))
    return str(token)


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


class Undone:
    """The site on the test's connection, whichever thread asks; unless it `keeps`, each request is undone."""

    def __init__(self) -> None:
        self.connection = connections["default"]
        self.connection.inc_thread_sharing()
        self.keeps = False

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        connections["default"] = self.connection
        before = transaction.savepoint()
        body = list(application(environ, start_response))
        if self.keeps:
            transaction.savepoint_commit(before)
        else:
            transaction.savepoint_rollback(before)
        return body


class Reaching:
    """Put ids of rows that exist where any valid id would do; the rest of the request stays as it was made."""

    def __init__(self, site: Undone, rows: dict[str, list[str]]) -> None:
        self.site = site
        self.rows = rows
        self.seen = {one.encode() for ids in rows.values() for one in ids}

    def before_call(self, case: Any) -> None:
        if case.meta is None or _is_wrong_as_a_whole(case.meta):
            return
        # Among many: what does not exist is asked about too.
        is_some = case.meta.phase.name.value == "fuzzing"
        collection = case.operation.path.split("/")[3]
        collection = "hours" if "/overrides/" in case.operation.path and collection == "availability" else collection
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
            for name, value in case.path_parameters.items():
                case.path_parameters[name] = self._real(collection, value, is_some)
        if not case.meta.is_negative_at(ParameterLocation.BODY):
            case.body = self._with_rows("", case.body, is_some)
        if case.query and not case.meta.is_negative_at(ParameterLocation.QUERY):
            for name, value in case.query.items():
                case.query[name] = self._with_rows(name, value, is_some)

    def after_call(self, response: Any) -> None:
        if self.site.keeps:
            self.seen.update(ID.findall(response.content))

    def _with_rows(self, name: str, value: Any, is_some: bool) -> Any:
        if isinstance(value, dict):
            return {key: self._with_rows(name if key == "id" else key, one, is_some) for key, one in value.items()}
        if isinstance(value, list):
            taken = [self._with_rows(name, one, is_some) for one in value]
            return list(dict.fromkeys(taken)) if all(isinstance(one, str) for one in taken) else taken
        if isinstance(value, str) and name in NAMES and ID.fullmatch(value.encode(errors="replace")):
            return self._real(NAMES[name], value, is_some)
        return value

    def _real(self, collection: str, value: Any, is_some: bool) -> Any:
        rows = self.rows.get(collection)
        if not rows or not isinstance(value, str) or value.encode(errors="replace") in self.seen:
            return value
        place = sum(value.encode(errors="replace"))
        return value if is_some and place % 8 == 0 else rows[place % len(rows)]


def _is_wrong_as_a_whole(meta: Any) -> bool:
    """Return whether the request is invalid by no part of it that would stay when another one is replaced."""
    parts = (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.HEADER, ParameterLocation.BODY)
    return meta.generation.mode.is_negative and not any(meta.is_negative_at(part) for part in parts)


@dataclass
class Outcome:
    cases: int = 0
    phases: dict[str, Status] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    tested: set[str] = field(default_factory=set)


def document() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


def run(
    user: Any, rows: dict[str, list[str]], *, rule: re.Pattern[str], closed: set[str], examples: int, fixed: bool
) -> Outcome:
    """Ask every operation as `user` in all phases and return what went wrong.

    A valid request may be refused with 400 if all sentences of the answer match `rule`. What is `closed` to the user
    is asked a few times only: the answer is the same whatever is sent.
    """
    site = Undone()
    config = {
        "headers": {"Authorization": f"Bearer {lasting_token(user)}"},
        "generation": {
            "max-examples": examples, "deterministic": fixed, "database": "none", "no-shrink": True, "allow-x00": False,
        },
        # Rows of the world are asked about, not those that an undone request has made.
        "phases": {name: {"extra-data-sources": {"responses": False}} for name in ("coverage", "fuzzing")},
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "operations": [
            {"include-name": label, "generation": {"max-examples": 3}, "phases": {"coverage": {"enabled": False}}}
            for label in sorted(closed)
        ],
        "suppress-health-check": ["all"],
    }  # fmt: skip
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", site, config=SchemathesisConfig.from_dict(config))
    with _hooks(Reaching(site, rows), rule), patch.object(WSGITransport, "send", _without_sockets(WSGITransport.send)):
        return _outcome(schema, site)


def _without_sockets(send: Any) -> Any:
    """Leave out what only a socket knows: some checks hand it on to a site inside the process too."""

    def sends(transport: Any, case: Any, **given: Any) -> Any:
        return send(transport, case, **{name: one for name, one in given.items() if name not in SOCKETS})

    return sends


@contextmanager
def _hooks(reaching: Reaching, rule: re.Pattern[str]) -> Iterator[None]:
    # Functions, not methods: the library writes attributes on them.
    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        reaching.before_call(case)

    @schemathesis.hook
    def after_call(context: Any, case: Any, response: Any) -> None:
        reaching.after_call(response)

    @schemathesis.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        if type(failure).__name__ == "AcceptedNegativeData":
            # A body that may be left out was left out: the library takes it for a fault.
            return not isinstance(case.body, NotSet) or any(body.is_required for body in case.operation.body)
        return not (type(failure).__name__ == "RejectedPositiveData" and _is_refused_by(rule, response.json()))

    try:
        yield
    finally:
        for one in (before_call, after_call, filter_failure):
            unregister(one)


def _is_refused_by(rule: re.Pattern[str], problem: dict[str, Any]) -> bool:
    return all(rule.search(sentence) for sentence in _sentences(problem.get("errors") or problem["detail"]))


def _sentences(errors: Any) -> Iterator[str]:
    if isinstance(errors, str):
        yield errors
    else:
        for inner in errors.values() if isinstance(errors, dict) else errors:
            yield from _sentences(inner)


def _outcome(schema: Any, site: Undone) -> Outcome:
    found = Outcome()
    context = ExecutionContext(config=schema.config)
    context.find_operation = schema.find_operation_by_label  # type: ignore[method-assign]
    for event in from_schema(schema).execute():
        if isinstance(event, events.PhaseStarted):
            site.keeps = event.phase.name == PhaseName.STATEFUL_TESTING
        context.on_event(event)
        if isinstance(event, events.PhaseFinished):
            found.phases[event.phase.name.value] = event.status
        elif isinstance(event, events.NonFatalError):
            found.failures.append(f"{event.label}: {event.info.title}: {event.info.message}")
    for label, groups in context.statistic.failures.items():
        for group in groups.values():
            answer = group.response
            said = f"{answer.status_code} {answer.content[:500]!r}" if answer is not None else ""
            for one in group.failures:
                found.failures.append("\n".join([f"{label}: {one.title}: {one.message}", group.code_sample, said]))
    found.cases = context.statistic.total_cases
    found.tested = context.statistic.tested_operations
    # What one phase could not reach another one may have.
    served = context.warning_collector.served
    warnings = context.warning_collector.data.as_labels()
    found.warnings = {kind: sorted(set(labels) - served) for kind, labels in warnings.items() if set(labels) - served}
    return found
