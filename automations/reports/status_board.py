"""How many people are in each follow-up status, and how that changed within a week."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Count, Q

from members.models import Club, FollowUpChange, FollowUpStatus, Member
from members.rules.days import DAY, start_of_day
from messaging.reports.figures import counted_ahead, keep

DAYS = 7
WHAT = "statuses"
"""Under which they are kept, by club."""


@dataclass(frozen=True)
class Standing:
    """`change`: those who have come to the status within 7 calendar days of their club, less those who left it."""

    status: FollowUpStatus
    number: int
    change: int


def status_board(clubs: Sequence[Club], now: dt.datetime) -> tuple[list[Standing], dt.datetime | None]:
    """Every status in the order of the rules; at most four queries, however many clubs.

    Of clubs with many members as they were counted ahead; the instant is that of the oldest such count, None if there is none.
    """
    ahead = counted_ahead(WHAT, [club.pk for club in clubs], clubs, now)
    numbers, changes = Counter[str](), Counter[str]()
    for counts in ahead.counts.values():
        numbers.update(counts["numbers"])
        changes.update(counts["changes"])
    if others := [club for club in clubs if club.pk in ahead.others]:
        numbers.update(_numbers(others))
        changes.update(_changes(others, now))
    board = [Standing(status, numbers[status], changes[status]) for status in FollowUpStatus]
    return board, ahead.counted_at


def count_ahead(clubs: Sequence[Club], now: dt.datetime) -> int:
    counts = {club.pk: {"numbers": _numbers([club]), "changes": _changes([club], now)} for club in clubs}
    return keep(WHAT, counts, now)


def _numbers(clubs: Sequence[Club]) -> Counter[str]:
    members = Member.objects.filter(club__in=clubs).exclude(follow_up_status="").order_by()
    return Counter(dict(members.values_list("follow_up_status").annotate(number=Count("pk"))))


def _changes(clubs: Sequence[Club], now: dt.datetime) -> Counter[str]:
    changes = Counter[str]()
    since: dict[dt.datetime, list[Club]] = defaultdict(list)
    for club in clubs:
        since[start_of_day(club.today(now) - (DAYS - 1) * DAY, club.zone)].append(club)
    lately = reduce(or_, (Q(club__in=those, changed_at__gte=start) for start, those in since.items()))
    moved = FollowUpChange.objects.filter(lately).order_by().values_list("from_status", "to_status")
    for left, entered, number in moved.annotate(number=Count("pk")):
        changes[entered] += number
        if left:
            changes[left] -= number
    return changes
