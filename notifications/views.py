"""The page that shows locally stored mail to developers."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from notifications.mail import local

SHOWN = 50


def _local_only() -> None:
    if not settings.SHOW_LOCAL_MAIL:
        raise Http404


def local_mail_list(request: HttpRequest) -> HttpResponse:
    _local_only()
    names = local.names()
    mails = [mail for name in names[:SHOWN] if (mail := local.read(name))]
    return render(request, "notifications/local_mail_list.html", {"mails": mails, "total": len(names)})


def local_mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    _local_only()
    mail = local.read(name)
    if mail is None:
        raise Http404
    return render(request, "notifications/local_mail_detail.html", {"mail": mail})


def local_mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the HTML part alone, in a sandbox: mail content never runs in this origin."""
    _local_only()
    mail = local.read(name)
    if mail is None or not mail.html:
        raise Http404
    response = HttpResponse(mail.html)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    return response
