"""What became of a message, from all that was told of it: the same whatever the order, however often it is told.

Each event moves the standing up and never down (the largest of the outcomes, the earliest of the instants), so a late
delivery after a bounce changes nothing that it should not.
"""

import datetime as dt
from dataclasses import dataclass, replace

from django.db.models.functions import Coalesce

from messaging.models import Message, MessageEvent

Fate = Message.Fate
Kind = MessageEvent.Kind

RANKS = {"": 0, **{fate.value: rank for rank, fate in enumerate(Fate, start=1)}}
ARRIVED = (Fate.DELIVERED, Fate.OPENED, Fate.CLICKED, Fate.COMPLAINED)
"""Nobody opens, follows or complains about what did not arrive."""
NOT_ARRIVED = (Fate.RETURNED, Fate.REFUSED, Fate.BOUNCED)
OPENED_AT = Coalesce("opened_at", "receipt__read_at")
CLICKED_AT = Coalesce("clicked_at", "receipt__followed_at")
"""Of a message; what is shown in the member's own page is told there, by nobody else."""

_FATES: dict[str, Fate] = {fate.value: fate for fate in Fate}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message that the provider took; instants in UTC, `cost` in millionths of a US dollar."""

    fate: str = ""
    fate_reason: str = ""
    delivered_at: dt.datetime | None = None
    opened_at: dt.datetime | None = None
    clicked_at: dt.datetime | None = None
    cost: int | None = None
    parts: int | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one event says; `kind` is a MessageEvent's."""

    kind: str
    happened_at: dt.datetime
    reason: str = ""
    cost: int | None = None
    parts: int | None = None
    carrier: str = ""


def after(standing: Standing, told: Told) -> Standing:
    """The standing with this event taken in. Commutes, and a second time changes nothing."""
    at = told.happened_at
    clicked = _earlier(standing.clicked_at, at if told.kind == Kind.CLICKED else None)
    # A program that loads no pictures tells of no opening; who follows a link has opened it.
    opened = _earlier(standing.opened_at, at if told.kind in (Kind.OPENED, Kind.CLICKED) else None)
    arrived = told.kind in (Kind.DELIVERED, Kind.OPENED, Kind.CLICKED)
    fate, reason = max(
        (standing.fate, standing.fate_reason),
        (_FATES.get(told.kind, ""), told.reason if told.kind in _FATES else ""),
        key=lambda one: (RANKS[one[0]], one[1]),
    )
    return replace(
        standing,
        fate=str(fate),
        fate_reason=reason,
        delivered_at=_earlier(standing.delivered_at, at if arrived else None),
        opened_at=opened,
        clicked_at=clicked,
        cost=_larger(standing.cost, told.cost),
        parts=_larger(standing.parts, told.parts),
        carrier=max(standing.carrier, told.carrier),
    )


def _earlier(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return min((at for at in (one, other) if at), default=None)


def _larger(one: int | None, other: int | None) -> int | None:
    return max((number for number in (one, other) if number is not None), default=None)
