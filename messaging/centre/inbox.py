"""The member's messages: the list, one of them, and what is done with them by a button."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from members.models import Member
from members.rules.wording import instant_in_words, short_instant
from messaging.centre.pages import member_page, page
from messaging.models import Channel, MemberSession, Message
from messaging.operations.receipts import dismiss, follow, mark_all_read, mark_read
from messaging.rules.inbox import inbox, message_of, unread_count, upcoming


@member_page
@require_safe
def messages(request: HttpRequest, session: MemberSession) -> HttpResponse:
    member = session.member
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isdecimal() and asked.isascii() and len(asked) < 19 else None
    found = inbox(member, before=before)
    return page(
        request,
        "messages",
        session=session,
        member=member,
        rows=[_row(message, member) for message in found.messages],
        older=found.older,
        is_first=before is None,
        unread=unread_count(member),
        bookings=[] if before else _bookings(member),
    )


@member_page
@require_safe
def message(request: HttpRequest, session: MemberSession, pk: int) -> HttpResponse:
    """Shown whole. Who opens it has read it; nobody but the member opens this address."""
    shown = _hers(session.member, pk)
    if request.method == "GET" and shown.channel == Channel.IN_APP:
        mark_read(member=session.member, message_id=pk, now=timezone.now())
    return page(request, "message", session=session, member=session.member, row=_row(shown, session.member))


@member_page
@require_POST
def read(request: HttpRequest, session: MemberSession, pk: int) -> HttpResponse:
    return _done(session, pk, mark_read)


@member_page
@require_POST
def read_all(request: HttpRequest, session: MemberSession) -> HttpResponse:
    mark_all_read(member=session.member, now=timezone.now())
    return redirect("centre")


@member_page
@require_POST
def put_away(request: HttpRequest, session: MemberSession, pk: int) -> HttpResponse:
    return _done(session, pk, dismiss)


@member_page
@require_safe
def lead_on(request: HttpRequest, session: MemberSession, pk: int) -> HttpResponse:
    """To where the message leads and nowhere else: the address takes no parameter.

    A link rather than a form, since the policy of the page lets forms go nowhere but here, also by a redirect.
    """
    shown = _hers(session.member, pk)
    if request.method == "GET":
        follow(member=session.member, message_id=pk, now=timezone.now())
    if not shown.action_url.startswith(("https://", "http://")):
        raise Http404
    response = HttpResponseRedirect(shown.action_url)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _hers(member: Member, pk: int) -> Message:
    try:
        return message_of(member, pk)
    except Message.DoesNotExist:
        raise Http404 from None


def _done(session: MemberSession, pk: int, deed: Callable[..., bool]) -> HttpResponse:
    try:
        deed(member=session.member, message_id=pk, now=timezone.now())
    except Message.DoesNotExist:
        raise Http404 from None
    return redirect("centre")


def _row(message: Message, member: Member) -> dict[str, Any]:
    club = member.club
    receipt = getattr(message, "receipt", None)
    is_in_app = message.channel == Channel.IN_APP
    return {
        "message": message,
        # What the club calls in-app is to the member simply a message.
        "channel": "" if is_in_app else message.get_channel_display(),
        "title": message.subject,
        "text": message.text_body,
        "is_gone": not (message.subject or message.text_body),
        "when": short_instant(message.sent_at or message.created_at, club.zone, club.locale),
        "is_unread": is_in_app and not (receipt and receipt.read_at),
        "leads_on": bool(message.action_url),
    }


def _bookings(member: Member) -> list[dict[str, str]]:
    club = member.club
    return [
        {
            "name": booking.class_session.name,
            "when": instant_in_words(booking.class_session.starts_at, club.zone, club.locale),
        }
        for booking in upcoming(member, timezone.now())
    ]
