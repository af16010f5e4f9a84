"""A member's own page for the club's app: the messages, what is booked, and what may be sent."""

import datetime as dt
import re
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from members.api.problems import Problem, not_found
from members.api.schemas import reading
from members.models import Member
from messaging.api.me_keys import MemberToken
from messaging.api.me_shapes import BOOKINGS, MESSAGES, PREFERENCES, UNREAD, Wish, session_of, to_the_member
from messaging.models import Message
from messaging.operations.consents import opt_in, opt_out, standing_words
from messaging.operations.receipts import dismiss, follow, mark_all_read, mark_read
from messaging.rules.inbox import arrived_after, unread_count, upcoming

router = Router()

CURSOR = re.compile(r"(\d{1,17})-(\d{1,18})", re.ASCII)
SETTLED_FOR = dt.timedelta(seconds=5)
"""Longer than it takes to write down that a message left, so that nothing appears before a cursor that was given out."""
SOURCE = "member's app"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@router.get(
    "/me/messages",
    auth=MemberToken(),
    summary="The member's messages",
    openapi_extra=reading(MESSAGES, "Since the cursor, oldest first", _422="No such page"),
)
def messages(
    request: HttpRequest, after: str = "", limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> HttpResponse:
    """What was sent to the member, each once, within seconds. What the member put away is left out."""
    member, now = session_of(request).member, timezone.now()
    since = None
    if after:
        cut = CURSOR.fullmatch(after)
        if cut is None:
            raise Problem(422, "invalid", _("This parameter cannot be right: %s.") % "after")
        since = (EPOCH + dt.timedelta(microseconds=int(cut[1])), int(cut[2]))
    found = list(arrived_after(member, since, now - SETTLED_FOR).defer("html_body", "context")[: limit + 1])
    shown = found[:limit]
    return to_the_member(
        {
            "messages": [_told(one) for one in shown],
            "next": _cursor(shown[-1]) if shown else after,
            "has_more": len(found) > limit,
            "unread": unread_count(member),
        }
    )


@router.get(
    "/me/unread", auth=MemberToken(), summary="How many are new", openapi_extra=reading(UNREAD, "The number")
)
def unread(request: HttpRequest) -> HttpResponse:
    return to_the_member({"unread": unread_count(session_of(request).member)})


@router.post(
    "/me/messages/read",
    auth=MemberToken(),
    summary="Mark all as read",
    openapi_extra=reading(UNREAD, "The number that is left"),
)
def read_all(request: HttpRequest) -> HttpResponse:
    member = session_of(request).member
    mark_all_read(member=member, now=timezone.now())
    return to_the_member({"unread": unread_count(member)})


@router.post(
    "/me/messages/{int:pk}/read",
    auth=MemberToken(),
    summary="Mark one as read",
    openapi_extra=reading(UNREAD, "The number that is left", _404="No such message of this member"),
)
def read(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, pk, mark_read)


@router.post(
    "/me/messages/{int:pk}/dismiss",
    auth=MemberToken(),
    summary="Put one away",
    openapi_extra=reading(UNREAD, "The number that is left", _404="No such message of this member"),
)
def put_away(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, pk, dismiss)


@router.post(
    "/me/messages/{int:pk}/follow",
    auth=MemberToken(),
    summary="Where its link leads",
    openapi_extra=reading(
        {"type": "object", "properties": {"url": {"type": "string"}}},
        "The address",
        _404="No such message, or it has no link",
    ),
)
def follow_on(request: HttpRequest, pk: int) -> HttpResponse:
    """It counts as read and as followed."""
    try:
        url = follow(member=session_of(request).member, message_id=pk, now=timezone.now())
    except Message.DoesNotExist:
        url = ""
    if not url:
        raise not_found(_("There is no such message with a link."))
    return to_the_member({"url": url})


def _done(request: HttpRequest, pk: int, deed: Any) -> HttpResponse:
    member = session_of(request).member
    try:
        deed(member=member, message_id=pk, now=timezone.now())
    except Message.DoesNotExist:
        raise not_found(_("There is no such message.")) from None
    return to_the_member({"unread": unread_count(member)})


# --- What is booked and what may be sent ----------------------------------------------------------
@router.get(
    "/me/bookings",
    auth=MemberToken(),
    summary="The classes to come",
    openapi_extra=reading(BOOKINGS, "The next one first"),
)
def bookings(request: HttpRequest) -> HttpResponse:
    member = session_of(request).member
    found = [
        {
            "id": one.external_id,
            "name": one.class_session.name,
            "starts_at": one.class_session.starts_at,
            "ends_at": one.class_session.ends_at,
            "status": one.status,
        }
        for one in upcoming(member, timezone.now())
    ]
    return to_the_member({"time_zone": member.club.time_zone, "bookings": found})


@router.get(
    "/me/preferences",
    auth=MemberToken(),
    summary="What the member wants to be sent",
    openapi_extra=reading(PREFERENCES, "By channel and category"),
)
def preferences(request: HttpRequest) -> HttpResponse:
    return to_the_member(_told_wishes(session_of(request).member))


@router.post(
    "/me/preferences",
    auth=MemberToken(),
    summary="Say yes or no",
    openapi_extra=reading(PREFERENCES, "As it is now", _422="No such channel or category"),
)
def wish(request: HttpRequest, body: Wish) -> HttpResponse:
    """Kept for good, with the time and that the member said so in the app."""
    member = session_of(request).member
    answer = opt_in if body.is_granted else opt_out
    words = _("Yes to %(what)s by %(channel)s") if body.is_granted else _("No to %(what)s by %(channel)s")
    answer(
        member_id=member.pk,
        channel=body.channel,
        category=body.category,
        source=SOURCE,
        words=words % {"what": body.category.label, "channel": body.channel.label},
        now=timezone.now(),
    )
    return to_the_member(_told_wishes(member))


def _told_wishes(member: Member) -> dict[str, Any]:
    return {
        "preferences": [
            {"channel": channel, "category": category, "is_granted": is_granted}
            for (channel, category), is_granted in standing_words(member_id=member.pk).items()
        ]
    }


def _told(message: Message) -> dict[str, Any]:
    receipt = getattr(message, "receipt", None)
    return {
        "id": message.pk,
        "channel": message.channel,
        "title": message.subject,
        "text": message.text_body,
        "leads_on": bool(message.action_url),
        "sent_at": message.sent_at,
        "read_at": receipt.read_at if receipt else None,
    }


def _cursor(message: Message) -> str:
    assert message.ended_at is not None
    return f"{(message.ended_at - EPOCH) // dt.timedelta(microseconds=1)}-{message.pk}"
