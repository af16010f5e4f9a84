"""The club's ceiling: so many messages may leave in any 60 minutes; what is more waits, the most important least long.

What other workers have in hand counts as if it had left: they took it before they ask, so of two that ask at once at
least the later one sees the other's. The ceiling is therefore never exceeded; near it, a few messages may wait a
minute longer than they would have to.
"""

import datetime as dt
import random
from collections import Counter, defaultdict
from collections.abc import Sequence

from django.db.models import Count, QuerySet

from members.models import Club
from messaging.gates.base import IN_HAND, Wait, beyond, not_beyond_use
from messaging.models import Message

REASON = "hourly_ceiling"
HOUR = dt.timedelta(hours=1)
TOGETHER = dt.timedelta(minutes=5)
"""Those who wait ask again at every fifth minute, all at the same instant: so the most important one is taken first."""
SECONDS_APART = (5, 60)
"""Those who met each other's messages in hand ask again at different times, or they might for ever meet again."""

Status = Message.Status


class HourlyCeilingGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        asking: dict[Club, list[Message]] = defaultdict(list)
        for message in messages:
            if message.club.hourly_ceiling is not None:
                asking[message.club].append(message)
        if not asking:
            return {}
        used = _used(asking, now, besides=messages)
        waits: dict[int, Wait] = {}
        for club, batch in asking.items():
            if left := beyond((club.hourly_ceiling or 0) - used[club.pk], batch):
                until = _asked_again(club, now)
                for message in left:
                    waits[message.pk] = Wait(not_beyond_use(message, until), REASON)
        return waits


def _left(now: dt.datetime) -> QuerySet[Message]:
    return Message.objects.filter(status=Status.SENT, sent_at__gt=now - HOUR)


def _used(clubs: dict[Club, list[Message]], now: dt.datetime, *, besides: Sequence[Message]) -> Counter[int]:
    """By club, how many left within the hour, may have left, or are in somebody's hands; one query."""
    in_hand = Message.objects.filter(status__in=IN_HAND)
    in_hand = in_hand.exclude(pk__in=[message.pk for message in besides])
    may_have_left = Message.objects.filter(status=Status.UNKNOWN, ended_at__gt=now - HOUR)
    first, *others = (
        rows.filter(club__in=clubs).order_by().values_list("club").annotate(n=Count("pk"))
        for rows in (_left(now), in_hand, may_have_left)
    )
    used: Counter[int] = Counter()
    for club_id, n in first.union(*others, all=True):
        used[club_id] += n
    return used


def _asked_again(club: Club, now: dt.datetime) -> dt.datetime:
    """The next fifth minute from when there is room again; soon, if only others have in hand what would fill it."""
    # Of what left for certain: what somebody has in hand is settled within seconds.
    newest_first = _left(now).filter(club=club).order_by("-sent_at").values_list("sent_at", flat=True)
    full_since = newest_first[(club.hourly_ceiling or 1) - 1 :].first()
    if full_since is None:
        return now + dt.timedelta(seconds=random.randint(*SECONDS_APART))  # noqa: S311
    at = full_since + HOUR
    return at + TOGETHER - (at - dt.datetime.min.replace(tzinfo=dt.UTC)) % TOGETHER
