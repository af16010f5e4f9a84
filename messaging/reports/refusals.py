"""How many of the messages that were lately given to a provider it refused or left unanswered, by club and channel."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from messaging.models import Message

LATELY = dt.timedelta(hours=1)
LOOKED_AT = 5_000
"""So many of the newest at most, however many were sent within the hour."""


@dataclass(frozen=True)
class Refusals:
    club_id: int
    channel: str
    asked: int
    refused: int


def refusals(now: dt.datetime) -> list[Refusals]:
    """Of the newest that ended within the hour. What no provider was asked about, such as an empty text, is left out."""
    status = Message.Status
    newest = Message.objects.filter(ended_at__gt=now - LATELY, ended_at__lte=now).order_by("-ended_at")
    given = Message.objects.filter(
        pk__in=newest.values("pk")[:LOOKED_AT],
        attempts__gt=0,
        status__in=[status.SENT, status.FAILED, status.UNKNOWN],
    )
    by_club = (
        given.order_by("club", "channel")
        .values_list("club", "channel")
        .annotate(
            asked=Count("pk"),
            refused=Count("pk", filter=Q(status__in=[status.FAILED, status.UNKNOWN])),
        )
    )
    return [Refusals(club, channel, asked, refused) for club, channel, asked, refused in by_club]
