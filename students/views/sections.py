"""What the pages about one section have in common: the section of the address, and the status of a form."""

from django.shortcuts import get_object_or_404

from courses.forms.facts import attempt
from courses.models import Section
from courses.policies import can_edit_sections
from students.policies import can_edit_registration

# What was typed cannot be read; every other code is a rule that said no.
MALFORMED = {
    "required", "invalid", "unknown", "unique", "invalid_choice", "max_length", "min_value", "max_digits",
    "max_decimal_places", "max_whole_digits", "ambiguous_timezone", "score_malformed", "seen", "unknown_person",
    "several", None,
}  # fmt: skip


def visible_section(request, public_id):
    sections = Section.objects.visible_to(request.user).select_related("course__subject", "term", "cross_list_group")
    return get_object_or_404(sections, public_id=public_id)


def links_of(user, rights):
    """Return which pages about the section its reader may open, for the row of links on each of them."""
    return {
        "roster": rights.roster,
        "line": rights.line,
        "ledger": user.is_authenticated,
        "rules": can_edit_registration(user),
        "sheet": rights.grade,
        "manage": rights.teaches or can_edit_sections(user),
    }


def posted(request):
    return request.POST if request.method == "POST" else None


def done(request, form, deed):
    """Return whether the form was sent and `deed()` went through; a refusal stands on the form."""
    return request.method == "POST" and form.is_valid() and attempt(form, deed) is not None


def form_status(form):
    """Return 409 when a rule refused, 400 when the input was malformed."""
    codes = {error.code for errors in form.errors.as_data().values() for error in errors}
    if not codes:
        return 200
    return 400 if codes <= MALFORMED else 409
