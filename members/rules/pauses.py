"""Who is left in peace at an instant, since they said that they are away."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from members.models import Pause


def pauses_at(now: dt.datetime) -> QuerySet[Pause]:
    return Pause.objects.filter(ended_at=None, starts_at__lte=now, until__gt=now)


def is_paused(now: dt.datetime) -> Q:
    """The members who are."""
    return Q(Exists(pauses_at(now).filter(member=OuterRef("pk"))))


def paused_until(member_ids: Collection[int], now: dt.datetime) -> dict[int, dt.datetime]:
    """Of these members those who are, each with the instant at which it is over; one query."""
    return dict(pauses_at(now).filter(member__in=member_ids).values_list("member", "until"))
