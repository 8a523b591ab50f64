"""schemathesis against the API in this process: real rows to ask about, and nothing that a request did is kept."""

import copy
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import schemathesis
from hypothesis import strategies
from schemathesis.checks import CHECKS
from schemathesis.cli.commands.run.context import ExecutionContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.run import PhaseName
from schemathesis.hooks import unregister
from schemathesis.transport.wsgi import WSGITransport

from accounts.validators import known_zones
from coursemgmt.tests.askers import FEW, Askers, Undone
from coursemgmt.wsgi import application

SOCKETS = {"max_redirects", "verify", "cert", "proxies"}
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What stands in a body or a query, and the collection that it is about.
NAMES = {
    "student": "students", "section": "sections", "sections": "sections", "course": "courses", "subject": "subjects",
    "term": "terms", "parent": "terms", "room": "rooms", "building": "buildings", "pattern": "patterns",
    "instructor": "people", "instructors": "people", "host": "people", "advisor": "people",
    "type": "appointment-types", "enrollment": "enrollments", "enrollments": "enrollments",
}  # fmt: skip

schemathesis.openapi.format("iana-zone", strategies.sampled_from(sorted(known_zones())))


@dataclass
class Known:
    """What no document can say.

    Ids of `rows` by the address that the matrix asks about them and by that of their collection, `samples` of requests
    that a deed comes of by operation, and the sentences that refuse a valid request by a `rule`.
    """

    rows: dict[str, list[str]]
    samples: dict[str, dict[str, Any]]
    rule: re.Pattern[str]


class Reaching:
    """Put ids of rows that exist where any valid id would do; the rest of the request stays as it was made.

    The first of every four valid requests is a sample, where there is one.
    """

    def __init__(self, site: Undone, known: Known) -> None:
        self.site = site
        self.rows = known.rows
        self.samples = known.samples
        self.seen = {one.encode() for ids in known.rows.values() for one in ids}
        self.valid: Counter[str] = Counter()

    def before_call(self, case: Any) -> None:
        if case.meta is None or _is_wrong_as_a_whole(case.meta):
            return
        self._put_rows(case)
        label = case.operation.label
        if label in self.samples and case.meta.generation.mode.is_positive and case.method == label.split()[0]:
            self.valid[label] += 1
            if self.valid[label] % 4 == 1:
                part = "query" if case.method == "GET" else "body"
                setattr(case, part, copy.deepcopy(self.samples[label]))

    def _put_rows(self, case: Any) -> None:
        # Among many: what does not exist is asked about too.
        is_some = case.meta.phase.name.value == "fuzzing"
        path = case.operation.path
        of_path = path if path in self.rows else path.partition("{")[0]
        if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
            for name, value in case.path_parameters.items():
                case.path_parameters[name] = self._real(of_path, value, is_some)
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
            return self._real(f"/api/v1/{NAMES[name]}/", value, is_some)
        return value

    def _real(self, address: str, value: Any, is_some: bool) -> Any:
        rows = self.rows.get(address)
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
    unreached: list[str] = field(default_factory=list)


def document() -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


def run(people: dict[str, Any], known: Known, *, closed: dict[str, set[str]], examples: int, fixed: bool) -> Outcome:
    """Ask every operation in all phases as each of the `people` by role, and return what went wrong.

    A valid request may be refused with 400 if all sentences of the answer match a known rule. What is `closed` to
    somebody is asked a few times only. With `fixed` the requests are the same in each run.
    """
    site = Undone()
    askers = Askers(site, people, closed, in_turn=fixed)
    everywhere = set.intersection(*closed.values())
    config = {
        "headers": {"Authorization": askers.tokens[askers.first]},
        "generation": {
            "max-examples": examples, "deterministic": fixed, "database": "none", "no-shrink": True, "allow-x00": False,
        },
        # Rows of the world are asked about, not those that an undone request has made.
        "phases": {name: {"extra-data-sources": {"responses": False}} for name in ("coverage", "fuzzing")},
        "continue-on-failure": True,
        "cache": {"enabled": False},
        "operations": [
            {"include-name": label, "generation": {"max-examples": FEW}, "phases": {"coverage": {"enabled": False}}}
            for label in sorted(everywhere)
        ],
        "suppress-health-check": ["all"],
    }  # fmt: skip
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", site, config=SchemathesisConfig.from_dict(config))
    sends = patch.object(WSGITransport, "send", _without_sockets(WSGITransport.send))
    with _hooks(Reaching(site, known), askers, known.rule), sends:
        found = _outcome(schema, site)
    found.failures += [f"{label} as {role}: {said}" for (role, label, _), said in askers.failures.items()]
    found.unreached = askers.unreached()
    # To the library a conflict is no answer; it is one about the row that was asked for.
    found.warnings = {
        kind: [label for label in labels if not askers.reached(askers.first, label)]
        for kind, labels in found.warnings.items()
    }
    return found


def _without_sockets(send: Any) -> Any:
    """Leave out what only a socket knows: some checks hand it on to a site inside the process too."""

    def sends(transport: Any, case: Any, **given: Any) -> Any:
        return send(transport, case, **{name: one for name, one in given.items() if name not in SOCKETS})

    return sends


@contextmanager
def _hooks(reaching: Reaching, askers: Askers, rule: re.Pattern[str]) -> Iterator[None]:
    # Functions, not methods: the library writes attributes on them.
    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
        reaching.before_call(case)
        askers.before(case)

    @schemathesis.hook
    def after_call(context: Any, case: Any, response: Any) -> None:
        reaching.after_call(response)

    @schemathesis.check
    def as_everybody_else(context: Any, response: Any, case: Any) -> None:
        askers.after(context, response, case)

    @schemathesis.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        if type(failure).__name__ == "AcceptedNegativeData":
            # A body that may be left out was left out: the library takes it for a fault.
            return not isinstance(case.body, NotSet) or any(body.is_required for body in case.operation.body)
        return not (type(failure).__name__ == "RejectedPositiveData" and _is_refused_by(rule, response.json()))

    try:
        yield
    finally:
        CHECKS.unregister(as_everybody_else.__name__)
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
