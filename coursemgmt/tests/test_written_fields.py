"""Nobody writes a field that is not theirs to write: whatever stands beside what a request may say changes nothing.

Each deed is done twice, each time undone: as it is meant, and with every field of every model beside it, the dangerous
ones with values that would hurt. The second is refused, or leaves every table as the first did.
"""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import connection, transaction
from django.db.models import DateTimeField, UUIDField
from django.forms import BaseForm
from django.forms.formsets import BaseFormSet

from coursemgmt.tests.bodies import BODIES
from coursemgmt.tests.test_access import ROWS
from coursemgmt.tests.written import BESIDE, touched

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.row("R65")]
WRITERS = ["student", "instructor", "registrar", "administrator"]
EVIL = {
    "is_staff": True, "is_superuser": True, "is_active": False, "groups": [1], "roles": ["administrator"],
    "role": "administrator", "user": 1, "user_id": 1, "owner": 1, "status": "completed", "grade": "A+", "price": "0",
    "seats": 9999, "id": 1, "pk": 1, "public_id": "00000000-0000-0000-0000-000000000001",
    "created_at": "2001-01-01T00:00:00Z", "password": "taken over", "by": 1, "actor": 1, "source": "import",
}  # fmt: skip
# Fields that an operation is there to write, and those that a form asks for once they are needed.
OWN = {
    "api_room-list": {"is_active"},
    "api_room-detail": {"is_active"},
    "scheduling:pattern_edit": {"capacity_reason"},
}
# Pages of the sign-in and of the look of the site, which have tests of their own and no model's form.
APART = ("account_", "mfa_", "usersessions", "notifications", "admin:", "theme", "styleguide")


def every_field() -> dict[str, Any]:
    names: set[str] = set()
    for model in apps.get_models():
        if model.__module__.split(".")[0] in {"accounts", "courses", "scheduling", "students", "appointments"}:
            names |= {name for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    return dict.fromkeys(sorted(names), "1") | EVIL


def content(tables: list[str]) -> dict[str, str]:
    """Return a digest of each table, without what differs from one deed to the next: instants and keys made by it."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table in tables:
                names = [connection.ops.quote_name(field.column) for field in kept(model, tables)]
                row = f"ROW({', '.join(sorted(names))})::text"
                digest = f"md5(string_agg(md5({row}), '' ORDER BY md5({row})))"
                cursor.execute(f"SELECT {digest} FROM {table}")  # noqa: S608  names of tables and columns alone
                found[table] = cursor.fetchone()[0]
    return found


def kept(model: Any, tables: list[str]) -> list[Any]:
    """Return the columns whose values two equal deeds write alike."""
    made = {
        "id", "pgh_obj", "pgh_context", "args", "body", "text", "html", "dedupe_key", "message_id", "facts", "hash",
        "about_id",
    }  # fmt: skip
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key
        and field.name not in made
        and not isinstance(field, DateTimeField | UUIDField | DateTimeRangeField)
        and not (field.related_model and field.related_model._meta.db_table in tables)
    ]


def deed(client: Any, method: str, address: str, body: dict[str, Any], is_api: bool) -> tuple[int, dict, dict, str]:
    """Do it, look at what was written, and undo it."""
    kind = {"content_type": "application/json"} if is_api else {}
    with transaction.atomic():
        before = touched()
        answer = getattr(client, method.lower())(address, body, **kind)
        written = {table: n - before.get(table, 0) for table, n in touched().items() if n != before.get(table, 0)}
        written = {table: n for table, n in written.items() if table not in BESIDE}
        digests = content(sorted(written))
        text = answer.content.decode() if is_api else ""
        transaction.set_rollback(True)
    return answer.status_code, written, digests, text


def rows_of(api: bool) -> list[dict[str, str]]:
    found = [row for row in ROWS if row["method"] not in {"GET", "LIST"} and "/" not in row["door"]]
    return [row for row in found if row["door"].startswith(("api_", "api-")) == api]


def label(row: dict[str, str]) -> str:
    return f"{row['method']} {row['door']} {row['about']}".strip()


SIGNING = {"api_token", "api_refresh", "api_revoke"}


@pytest.mark.parametrize("row", [row for row in rows_of(api=True) if row["door"] not in SIGNING], ids=label)
def test_an_operation_refuses_fields_that_are_not_its_own(world, row):
    address, wrong = world.address(row["door"], row["about"]), []
    body = BODIES[row["door"]](world.things) if row["door"] in BODIES else {}
    own = dict.fromkeys(OWN.get(row["door"], ()))
    let_in = [actor for actor in reversed(WRITERS) if row[actor] not in {"401", "403", "404"}]
    for actor in let_in:
        client = world.client(actor)
        plain = deed(client, row["method"], address, body, True)
        one_by_one = [{name: value} for name, value in EVIL.items()] if actor == let_in[0] else []
        for extra in [every_field(), *one_by_one]:
            said = {name: value for name, value in extra.items() if name not in body | own}
            answer = deed(client, row["method"], address, body | said, True)
            if answer[0] == 400:
                wrong += [(actor, list(said)[:1], answer[1])] if answer[1] else []
            elif answer[:3] != plain[:3]:
                wrong.append((actor, list(said)[:1], plain[:2], answer[:2]))
    assert wrong == []


@pytest.mark.parametrize("row", [row for row in rows_of(api=False) if not row["door"].startswith(APART)], ids=label)
def test_a_form_writes_no_field_that_it_does_not_show(world, row):
    address, wrong = world.address(row["door"], row["about"]), []
    for actor in WRITERS:
        if row[actor] in {"login", "403", "404", "405"}:
            continue
        client = world.client(actor)
        shown = shown_fields(client, address)
        plain = deed(client, "POST", address, shown, False)
        extra = {
            name: value
            for name, value in every_field().items()
            if name not in shown.keys() | OWN.get(row["door"], set())
        }
        answer = deed(client, "POST", address, shown | extra, False)
        if answer[:3] != plain[:3]:
            wrong.append((actor, plain[:2], answer[:2]))
    assert wrong == []


def shown_fields(client: Any, address: str) -> dict[str, Any]:
    """Return what a browser would send back of the page as it is shown."""
    with transaction.atomic():
        answer = client.get(address)
        transaction.set_rollback(True)
    said: dict[str, Any] = {"reason": "Because"}
    for context in answer.context or []:
        for value in context.flatten().values() if hasattr(context, "flatten") else []:
            if isinstance(value, BaseFormSet):
                forms = [value.management_form, *value.forms]
            else:
                forms = [value] if isinstance(value, BaseForm) else []
            for form in forms:
                said |= {field.html_name: field.value() for field in form}
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    """Return a value as a form sends it; a switch that is off is sent as nothing."""
    if value is None or value is False:
        return ""
    return [str(getattr(one, "pk", one)) for one in value] if isinstance(value, list | tuple | set) else str(value)
