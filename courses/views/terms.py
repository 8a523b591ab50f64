"""Terms: what there is, and staff's pages to make and change them."""

from copy import copy

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from courses import operations
from courses.forms import TermFilterForm, TermForm, attempt
from courses.models import Term
from courses.policies import can_edit_terms
from courses.views.shared import allowed_to, found_for, page_of


def term_list(request):
    """All terms that the reader may see, the newest first."""
    form = TermFilterForm(request.GET)
    terms = Term.objects.visible_to(request.user)
    terms = form.kept(terms) if form.is_valid() else terms.none()
    context = {
        "form": form,
        "page_obj": page_of(request, terms.select_related("parent").order_by("-start_date", "code")),
        "may_edit": request.user.is_authenticated and can_edit_terms(request.user),
    }
    return render(request, "courses/term_list.html", context)


@allowed_to(can_edit_terms)
def term_create(request):
    """Make a term."""
    return _term_form(request, None)


@login_required
def term_edit(request, public_id):
    """Change a term."""
    terms = Term.objects.visible_to(request.user)
    return _term_form(request, found_for(request.user, terms, public_id, lambda user, term: can_edit_terms(user)))


def _term_form(request, term):
    form = TermForm(request.POST or None, instance=copy(term))
    if request.method == "POST" and form.is_valid():
        if term is None:
            saved = attempt(form, lambda: operations.create_term(by=request.user, **form.given()))
        else:
            saved = attempt(form, lambda: operations.change_term(term, by=request.user, **form.given()))
        if saved is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": saved.name})
            return redirect("courses:term_list")
    return render(request, "courses/term_form.html", {"form": form, "term": term})
