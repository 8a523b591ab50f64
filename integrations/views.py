"""Imports of enrollments: a file is checked, looked at, applied, and can be taken back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import Conflict, DomainError
from core.forms import refuse
from core.problems import status_of
from integrations import operations
from integrations.errors import MayNotImport
from integrations.forms import ImportForm, ResultForm
from integrations.models import ImportRun
from integrations.policies import can_import_enrollments
from integrations.queries.runs import counts_of
from students.forms import ReasonForm
from students.views.sections import posted

PAGE = 100


def _ask(user):
    if not can_import_enrollments(user):
        raise MayNotImport()


def _run(request, public_id):
    found = ImportRun.objects.visible_to(request.user).select_related("term", "by", "undone_by")
    return get_object_or_404(found, public_id=public_id)


@login_required
def import_list(request):
    _ask(request.user)
    runs = ImportRun.objects.visible_to(request.user).select_related("term", "by")
    page = Paginator(runs, PAGE).get_page(request.GET.get("page"))
    return render(request, "integrations/import_list.html", {"page_obj": page, "runs": page.object_list})


@login_required
def import_create(request):
    """Upload a file; what it would do is shown before anything is done."""
    _ask(request.user)
    form = ImportForm(posted(request), request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = operations.create_run(
                data["file"].read(),
                data["term"],
                by=request.user,
                file_name=data["file"].name,
                reason=data["reason"],
                mode=data["mode"],
                is_whole=not data["by_line"],
                most_percent=data["most_percent"],
                keep_until=data["keep_until"],
            )
        except DomainError as exc:
            refuse(form, exc)
        else:
            return redirect("integrations:import_detail", run.public_id)
    return render(request, "integrations/import_form.html", {"form": form}, status=400 if form.errors else 200)


@login_required
def import_detail(request, public_id):
    return _show(request, _run(request, public_id))


def _show(request, run, refusal=None):
    wanted = ResultForm(request.GET)
    rows = run.rows.select_related("student__user", "section__course__subject", "enrollment")
    if wanted.is_valid() and wanted.cleaned_data["result"]:
        rows = rows.filter(result=wanted.cleaned_data["result"])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = counts_of(run)
    context = {
        "run": run,
        "rows": page.object_list,
        "page_obj": page,
        "counts": counts,
        "wanted": wanted,
        "may_apply": run.is_checked and counts.get("done") and not (run.is_whole and counts.get("refused")),
        "reason_form": ReasonForm(),
        "refusal": refusal,
    }
    return render(request, "integrations/import_detail.html", context, status=status_of(refusal) if refusal else 200)


@require_POST
@login_required
def import_apply(request, public_id):
    run = _run(request, public_id)
    try:
        run = operations.apply_run(run, by=request.user)
    except Conflict as exc:
        return _show(request, run, exc)
    if run.state == ImportRun.State.APPLIED:
        messages.success(request, _("The import is applied."))
    return redirect("integrations:import_detail", run.public_id)


@require_POST
@login_required
def import_undo(request, public_id):
    run = _run(request, public_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        operations.undo_run(run, by=request.user, reason=reason)
    except Conflict as exc:
        return _show(request, run, exc)
    messages.success(request, _("The import is undone."))
    return redirect("integrations:import_detail", run.public_id)
