"""A script that knows nothing of the API but its OpenAPI document, and holds every answer against it."""

import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker


class Script:
    """Calls operations by their id. `problems` are answers by a status of 400 or more, which are validated too."""

    def __init__(self) -> None:
        self.client = Client()
        self.document = json.loads(self.client.get("/api/v1/schema/").content)
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        }
        self.headers: dict[str, str] = {}

    def sign_in(self, email: str, password: str) -> "Script":
        pair = self.call("auth_token_create", {"email": email, "password": password})
        self.headers["Authorization"] = f"Bearer {pair['access']}"
        return self

    def call(self, name: str, body: Any = None, *, status: int | None = None, **parameters: Any) -> Any:
        """Return the answer's body. `status` is what is expected, left out: any success."""
        method, path, operation = self.operations[name]
        known = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", [])}
        if unknown := set(parameters) - set(known):
            raise AssertionError(f"{name} has no {unknown}, but {set(known)}.")
        query = {key: value for key, value in parameters.items() if known[key] == "query"}
        url = path.format(**{key: value for key, value in parameters.items() if known[key] == "path"})
        if body is not None:
            self._hold(operation["requestBody"]["content"]["application/json"]["schema"], body, name)
        answer = self.client.generic(
            method.upper(),
            f"{url}?{urlencode(query)}" if query else url,
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers=self.headers,
        )
        if answer.status_code != status and (status is not None or answer.status_code >= 300):
            raise AssertionError(f"{name}: {answer.status_code} {answer.content.decode()}")
        described = operation["responses"][str(answer.status_code)].get("content", {})
        if not described:
            return None
        said = json.loads(answer.content)
        self._hold(described[answer["Content-Type"]]["schema"], said, name)
        return said

    def every(self, name: str, **parameters: Any) -> list[Any]:
        """Return the rows of all pages of a list."""
        page = self.call(name, **parameters)
        rows = page["results"]
        while page["next"]:
            page = json.loads(self.client.get(page["next"], headers=self.headers).content)
            rows += page["results"]
        return rows

    def _hold(self, schema: dict[str, Any], value: Any, name: str) -> None:
        whole = schema | {"components": self.document["components"]}
        found = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(value)
        faults = [f"{name}: {error.json_path}: {error.message}" for error in found]
        if faults:
            raise AssertionError("\n".join(faults))
