"""Where a short link in a text leads: to the address that the club wrote, and nowhere else."""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from messaging.centre.unsubscribe import STRICTER
from messaging.operations.links import follow, target_of
from messaging.rules.visitors import is_person


@csp_replace(STRICTER)  # type: ignore[arg-type]  # It takes any view.
@require_safe
def short_link(request: HttpRequest, token: str) -> HttpResponse:
    link = target_of(token)
    if link is None:
        return _private(render(request, "messaging/centre/unknown.html", status=404))
    now = timezone.now()
    sent_at = link.message.sent_at
    since = now - sent_at if sent_at else None
    follow(link, is_person=is_person(request.method or "", request.headers, since), now=now)
    return _private(HttpResponse(status=302, headers={"Location": link.target}))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
