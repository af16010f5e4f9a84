"""What was counted ahead for large clubs; a page that finds nothing fresh counts for itself."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from members.models import Club, Member
from members.models.bulk import count_each
from messaging.models import Figure

LARGE = 20_000
"""Members; the pages of a smaller club count as they are asked."""

FRESH = dt.timedelta(hours=1)
"""Counted every ten minutes. Should that stop, the pages are right again, and slow, within the hour."""


def large_clubs() -> list[Club]:
    clubs = list(Club.objects.order_by("pk"))
    sizes = count_each([Member.objects.filter(club=club) for club in clubs], at_most=LARGE + 1)
    return [club for club, size in zip(clubs, sizes, strict=True) if size > LARGE]


def kept(names: Iterable[str], now: dt.datetime) -> dict[str, Figure]:
    """Those of these that are fresh, by name; one query."""
    fresh = Figure.objects.filter(name__in=list(names), counted_at__gt=now - FRESH)
    return {figure.name: figure for figure in fresh}


def keep(counts: Mapping[str, Any], now: dt.datetime) -> int:
    """Each under its name, in the place of what was kept there; how many."""
    figures = [Figure(name=name, counts=each, counted_at=now) for name, each in counts.items()]
    Figure.objects.bulk_create(
        figures, update_conflicts=True, unique_fields=["name"], update_fields=["counts", "counted_at"]
    )
    return len(figures)
