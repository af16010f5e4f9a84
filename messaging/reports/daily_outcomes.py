"""What became of the messages, day by day and club by club; what has not left yet is among them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Case, Count, DateField, When
from django.db.models.functions import TruncDate

from members.models import Club
from members.rules.days import DAY, start_of_day
from messaging.models import Message
from messaging.reports.figures import counted_ahead, keep

DAYS = 30
WHAT = "messages"
"""Under which they are kept, by club."""


class Outcome(NamedTuple):
    day: dt.date
    status: str
    reason: str
    number: int


def outcomes_by_day(
    clubs: Sequence[Club], first: dt.date, now: dt.datetime
) -> tuple[list[Outcome], dt.datetime | None]:
    """Of messages written from `first` on, each on the day of its own club; at most three queries, however many clubs.

    Of clubs with many members as they were counted ahead; the instant is that of the oldest such count, None if there is none.
    """
    ahead = counted_ahead(WHAT, [club.pk for club in clubs], clubs, now)
    found = [
        Outcome(dt.date.fromisoformat(day), *rest) for rows in ahead.counts.values() for day, *rest in rows
    ]
    if others := [club for club in clubs if club.pk in ahead.others]:
        found += (Outcome(*row) for row in _grouped(others, first).values_list(*GROUPED))
    return found, ahead.counted_at


def count_ahead(clubs: Sequence[Club], now: dt.datetime) -> int:
    """Keeps the last month of each, and a day more for what is shown beside clubs where it is tomorrow already."""
    counts: dict[int, list[Any]] = {}
    for club in clubs:
        rows = _grouped([club], club.today(now) - DAYS * DAY).values_list(*GROUPED)
        counts[club.pk] = [[day.isoformat(), *rest] for day, *rest in rows]
    return keep(WHAT, counts, now)


GROUPED = ("day", "status", "reason", "number")


def _grouped(clubs: Sequence[Club], first: dt.date) -> Any:
    zones = defaultdict(list)
    for club in clubs:
        zones[club.zone].append(club.pk)
    day = Case(
        *(When(club__in=those, then=TruncDate("created_at", tzinfo=zone)) for zone, those in zones.items()),
        output_field=DateField(),
    )
    written = Message.objects.filter(
        club__in=clubs, created_at__gte=min(start_of_day(first, zone) for zone in zones)
    )
    return written.order_by().annotate(day=day).values("day", "status", "reason").annotate(number=Count("pk"))
