"""A query parameter that nobody reads is refused: a misspelt filter must not show everything."""

import pytest

from coursemgmt.tests.pages import opened

pytestmark = [pytest.mark.django_db, pytest.mark.row("I01")]
# The document itself and the page that shows it.
OPEN = {"api_schema", "api_docs"}


@pytest.mark.parametrize("actor", ["student", "administrator"])
def test_an_unknown_parameter_is_refused_wherever_the_api_is_read(world, actor):
    wrong, asked = [], 0
    for row, answer in opened(world, actor, api=True):
        if row["method"] != "GET" or row["door"] in OPEN:
            continue
        asked += 1
        said = answer.request.get("QUERY_STRING", "")
        address = answer.request["PATH_INFO"]
        refused = world.client(actor).get(address, QUERY_STRING=f"{said}&unheard_of=1".lstrip("&"))
        if refused.status_code != 400 or "unheard_of" not in refused.json().get("errors", {}):
            wrong.append((row["door"], refused.status_code))
    assert wrong == []
    assert asked > 25
