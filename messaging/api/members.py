"""One member as Rollcall sees them: their follow-up status and why, where they may be reached, and what they agreed to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from members.api.answers import as_json
from members.api.keys import KeyThatMay
from members.api.problems import not_found
from members.api.schemas import reading
from members.models import Member, Scope
from members.operations.api_keys import Access
from members.reports.follow_up import explain_follow_up
from members.transfer.columns import text
from members.transfer.ground import RefusedCell
from messaging.models import Category, ConsentRecord
from messaging.reports.reach import stopped_by, stopped_in_words

router = Router()

_AT = {"type": ["string", "null"], "format": "date-time"}
_MEMBER = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "first_name": {"type": "string"},
        "last_name": {"type": "string"},
        "email": {"type": "string"},
        "phone": {"type": "string"},
        "stage": {"type": "string"},
        "membership_status": {"type": "string"},
        "last_attended_at": _AT,
        "follow_up_status": {
            "type": "object",
            "properties": {
                "code": {"type": "string"},
                "label": {"type": "string"},
                "since": _AT,
                "reasons": {"type": "array", "items": {"type": "string"}, "description": "In words."},
            },
        },
        "channels": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "may_be_sent": {"type": "boolean"},
                    "reason": {"type": "string", "description": "What stops it, in words."},
                    "service": {
                        "type": "object",
                        "properties": {"may_be_sent": {"type": "boolean"}, "reason": {"type": "string"}},
                        "description": "The same of what the member has to be told, such as a booking.",
                    },
                },
                "description": "`may_be_sent` and `reason` are those of offers and news.",
            },
        },
        "consents": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "channel": {"type": "string"},
                    "category": {
                        "type": "string",
                        "description": "What it is about; everything on the channel if empty.",
                    },
                    "is_granted": {"type": "boolean"},
                    "recorded_at": _AT,
                    "source": {"type": "string"},
                },
            },
            "description": "The latest word on each channel and category.",
        },
    },
}


@router.get(
    "/members/{path:external_id}",
    auth=KeyThatMay(Scope.READ_MEMBERS),
    summary="A member with their status",
    openapi_extra=reading(_MEMBER, "The member", _404="Your club has no such member"),
)
def member(request: HttpRequest, external_id: str) -> HttpResponse:
    """By your own ID of them: which follow-up status they have, since when and why, and where they may be reached."""
    access: Access = request.auth  # type: ignore[attr-defined]
    found = _find(access, external_id)
    if found is None:
        raise not_found(_("Your club has no member of this ID."))
    return as_json(_told(found))


def _find(access: Access, external_id: str) -> Member | None:
    try:
        name = text(external_id, 64)
    except RefusedCell:
        return None
    found = Member.objects.filter(club=access.club, external_id=name).first()
    if found:
        found.club = access.club
    return found


def _told(member: Member) -> dict[str, Any]:
    explained = explain_follow_up(member, timezone.now())
    return {
        "id": member.external_id,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": member.email,
        "phone": member.phone,
        "stage": member.stage,
        "membership_status": member.membership_status,
        "last_attended_at": member.last_attended_at,
        "follow_up_status": {
            "code": explained.status,
            "label": explained.status.label,
            "since": explained.since,
            "reasons": explained.reasons,
        },
        "channels": {
            channel: {
                **_reach(channel, Category.MARKETING, reasons),
                "service": _reach(channel, Category.SERVICE, reasons),
            }
            for channel, reasons in stopped_by(member).items()
        },
        "consents": _consents(member),
    }


def _reach(channel: str, category: str, reasons: dict[str, str]) -> dict[str, Any]:
    reason = reasons[category]
    return {
        "may_be_sent": not reason,
        "reason": stopped_in_words(channel, reason, category) if reason else "",
    }


def _consents(member: Member) -> list[dict[str, Any]]:
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    said = ConsentRecord.objects.filter(member=member).order_by("-recorded_at", "-id")
    for consent in said.values("channel", "category", "is_granted", "recorded_at", "source"):
        latest.setdefault((consent["channel"], consent["category"]), dict(consent))
    return list(latest.values())
