"""Rules are told in order, and the first that fails is the refusal."""

import pytest
from django import forms

from core.errors import Conflict, DomainError
from core.forms import refuse
from core.rules import Check, rule


class Full(Conflict):
    code = "full"
    message = "Full."
    field = "section"


class Closed(Conflict):
    code = "closed"
    message = "Closed since %(day)s."


class Form(forms.Form):
    section = forms.CharField(required=False)


def codes(form: forms.Form) -> dict[str, list[str]]:
    return {name: [error.code for error in errors] for name, errors in form.errors.as_data().items()}


def test_check_without_failures_refuses_nothing():
    check = Check([rule(True, Full()), rule(True, Closed(day="May"))])
    assert check.ok
    check.raise_refusal()


def test_first_failure_is_raised_with_the_whole_list():
    check = Check([rule(True, Full()), rule(False, Closed(day="May")), rule(False, Full(), name="again")])
    with pytest.raises(Closed, match="Closed since May") as caught:
        check.raise_refusal()
    assert [(entry["rule"], entry["passed"]) for entry in caught.value.rules] == [
        ("full", True),
        ("closed", False),
        ("again", False),
    ]
    assert [failed.name for failed in check.failed] == ["closed", "again"]


def test_rules_can_be_left_out_by_name():
    assert Check([rule(False, Full())]).without("full").ok


def test_message_is_filled_with_the_facts():
    assert str(Closed(day="May")) == "Closed since May."
    assert str(DomainError("100 % full.")) == "100 % full."


def test_refusal_stands_on_its_field_or_on_top():
    form = Form({})
    form.is_valid()
    refuse(form, Full())
    refuse(form, Closed(day="May", field=None))
    refuse(form, Full(field="room"))
    assert codes(form) == {"section": ["full"], "__all__": ["closed", "full"]}
