"""The link under a message with which a member stops what it is one of: no login, no expiry, one button.

Opening it changes nothing, since mail scanners open every link; only a POST does, from the page's button or from
the mail program's own (RFC 8058).
"""

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from members.models import Club, Member
from messaging.models import Category, Channel
from messaging.operations.consents import has_opted_out, opt_out
from messaging.rules.preferences_links import preferences_url
from messaging.rules.unsubscribe_links import NotALink, read_token

ONE_CLICK = "List-Unsubscribe=One-Click"
SOURCE = "unsubscribe link"
# A page without a script needs none of what the admin's may do.
STRICTER = {
    "default-src": [NONE],
    "script-src": [NONE],
    "style-src": [SELF],
    "img-src": [SELF],
    "frame-src": [NONE],
    "base-uri": [NONE],
}


@csp_replace(STRICTER)  # type: ignore[arg-type]  # It takes any view.
@csrf_exempt  # The signed link is the permission, and a mail program has no cookie.
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        member_id, channel, category = read_token(token)
        club = Club.objects.get(members=member_id)
    except (NotALink, Club.DoesNotExist):
        return page(request, "unknown", status=404)

    said = question(club, channel, category)
    more: dict[str, Any] = {"preferences": preferences_url(member_id)}
    if request.method == "POST":
        clicked = request.POST.get("List-Unsubscribe") == "One-Click"
        try:
            opt_out(
                member_id=member_id,
                channel=channel,
                category=category,
                source=SOURCE,
                words=ONE_CLICK if clicked else said,
                now=timezone.now(),
            )
        except Member.DoesNotExist:
            return page(request, "unknown", status=404)
    elif not has_opted_out(member_id=member_id, channel=channel, category=category):
        return page(request, "unsubscribe", question=said, **more)
    return page(request, "unsubscribed", said=promise(club, channel, category), **more)


def question(club: Club, channel: str, category: str = "") -> str:
    """What the page asks, and what is kept as the words that were answered."""
    words = {"club": club.name, "channel": Channel(channel).label}
    if category == Category.MARKETING:
        if channel == Channel.SMS:
            return _("Stop text messages with offers and news from %(club)s?") % words
        if channel == Channel.EMAIL:
            return _("Stop e-mails with offers and news from %(club)s?") % words
        return _("Stop %(channel)s messages with offers and news from %(club)s?") % words
    if channel == Channel.SMS:
        return _("Stop text messages from %(club)s?") % words
    if channel == Channel.EMAIL:
        return _("Stop e-mails from %(club)s?") % words
    return _("Stop %(channel)s messages from %(club)s?") % words


def promise(club: Club, channel: str, category: str = "") -> str:
    words = {"club": club.name, "channel": Channel(channel).label}
    if category == Category.MARKETING:
        if channel == Channel.SMS:
            return _("%(club)s will not text you offers and news again.") % words
        if channel == Channel.EMAIL:
            return _("%(club)s will not e-mail you offers and news again.") % words
        return _("%(club)s will not send you offers and news by %(channel)s again.") % words
    if channel == Channel.SMS:
        return _("%(club)s will not text you again.") % words
    if channel == Channel.EMAIL:
        return _("%(club)s will not e-mail you again.") % words
    return _("%(club)s will not send you %(channel)s messages again.") % words


def page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, f"messaging/centre/{name}.html", context, status=status)
    # The address is a key to the member's choice: nobody may keep it, list it or pass it on.
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
