"""What a member's own page says over the API, and what may be said to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from members.api.answers import as_json
from messaging.models import Category, Channel, MemberSession

AT = {"type": ["string", "null"], "format": "date-time"}
WHO = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "first_name": {"type": "string"}, "club": {"type": "string"}},
}
SESSION = {
    "type": "object",
    "properties": {
        "token": {
            "type": "string",
            "description": "For `Authorization: Bearer …`; keep it as you would a password.",
        },
        "expires_at": AT,
        "member": WHO,
        "others": {
            "type": "array",
            "items": WHO,
            "description": "Who shares the address, to change over to.",
        },
    },
}
MESSAGE = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "channel": {"type": "string", "enum": Channel.values},
        "title": {"type": "string"},
        "text": {"type": "string", "description": "Empty once the club deleted old words."},
        "leads_on": {
            "type": "boolean",
            "description": "Whether it has a link; `follow` tells where it leads.",
        },
        "sent_at": AT,
        "read_at": AT,
    },
}
MESSAGES = {
    "type": "object",
    "properties": {
        "messages": {"type": "array", "items": MESSAGE},
        "next": {"type": "string", "description": "The `after` of your next request. Keep it."},
        "has_more": {"type": "boolean"},
        "unread": {"type": "integer"},
    },
}
UNREAD = {"type": "object", "properties": {"unread": {"type": "integer"}}}
BOOKINGS = {
    "type": "object",
    "properties": {
        "time_zone": {"type": "string", "description": "The club's."},
        "bookings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "name": {"type": "string"},
                    "starts_at": AT,
                    "ends_at": AT,
                    "status": {"type": "string"},
                },
            },
        },
    },
}
PREFERENCES = {
    "type": "object",
    "properties": {
        "preferences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "channel": {"type": "string", "enum": Channel.values},
                    "category": {"type": "string", "enum": Category.values},
                    "is_granted": {"type": ["boolean", "null"], "description": "null: nothing was said."},
                },
            },
        }
    },
}


class Asking(Schema):
    address: str = Field(max_length=254, description="An e-mail address or a phone number.")
    club: str = Field("", max_length=50, description="The club's short name; all clubs if empty.")


class Opened(Schema):
    link: str = Field(
        max_length=500, description="The link that the member got, or the part after the last slash."
    )


class Named(Schema):
    member: str = Field(max_length=64, description="Your own ID of the member.")


class ChangeOver(Schema):
    member: str = Field(
        "", max_length=64, description="Another who shares the address, by `id`; empty to stay."
    )
    club: str = Field("", max_length=50, description="Whose club, if both have the same ID.")


class Wish(Schema):
    channel: Channel
    category: Category
    is_granted: bool


def to_the_member(body: dict[str, Any]) -> HttpResponse:
    """Kept by nobody on the way."""
    response = as_json(body)
    response["Cache-Control"] = "no-store"
    return response


def session_of(request: HttpRequest) -> MemberSession:
    session: MemberSession = request.auth  # type: ignore[attr-defined]
    return session
