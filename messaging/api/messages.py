"""What was sent and what became of it, for the club's own systems."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from members.api.answers import as_json
from members.api.keys import KeyThatMay
from members.api.schemas import reading
from members.models import Scope
from members.operations.api_keys import Access
from messaging.models import Channel, Message, MessageEvent
from messaging.reports.message_feed import feed
from messaging.rules.reasons import in_words

router = Router()

MOST = 500
LARGEST = 2**63 - 1
_AT = {"type": ["string", "null"], "format": "date-time"}
_MESSAGE = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": MessageEvent.Kind.values},
        "event_at": _AT,
        "id": {"type": "integer"},
        "member": {"type": "string", "description": "The member's ID."},
        "channel": {"type": "string", "enum": Channel.values},
        "origin": {"type": "string", "description": "What asked for it, such as a workflow's short name."},
        "status": {"type": "string", "enum": Message.Status.values},
        "reason": {"type": "string", "description": "Why it was skipped, in words."},
        "subject": {"type": "string"},
        "text": {"type": "string"},
        "created_at": _AT,
        "sent_at": _AT,
    },
}
_PAGE = {
    "type": "object",
    "properties": {
        "messages": {"type": "array", "items": _MESSAGE},
        "next": {"type": "integer", "description": "The `after` of your next request. Keep it."},
        "has_more": {"type": "boolean", "description": "Ask again at once; else in a while."},
    },
}


@router.get(
    "/messages",
    auth=KeyThatMay(Scope.READ_MESSAGES),
    summary="What was sent and what became of it",
    openapi_extra=reading(
        _PAGE, "The messages to which something happened, oldest first", _422="No such page"
    ),
)
def messages(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> HttpResponse:
    """A message comes each time that something happened to it, as it is now. Nothing is ever put in before `next`."""
    access: Access = request.auth  # type: ignore[attr-defined]
    page = feed(club=access.club, after=after, limit=limit)
    return as_json(
        {
            "messages": [_told(*event) for event in page.events],
            "next": page.cursor,
            "has_more": page.has_more,
        }
    )


def _told(
    _event_id: int,
    kind: str,
    happened_at: dt.datetime,
    message_id: int,
    member: str,
    channel: str,
    origin: str,
    status: str,
    reason: str,
    subject: str,
    text: str,
    created_at: dt.datetime,
    sent_at: dt.datetime | None,
) -> dict[str, Any]:
    return {
        "event": kind,
        "event_at": happened_at,
        "id": message_id,
        "member": member,
        "channel": channel,
        "origin": origin,
        "status": status,
        "reason": in_words(reason) if reason else "",
        "subject": subject,
        "text": text,
        "created_at": created_at,
        "sent_at": sent_at,
    }
