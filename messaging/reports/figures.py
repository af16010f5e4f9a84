"""What was counted ahead for pages about many members; a page that finds nothing fresh counts for itself."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from members.models import Club, Member
from messaging.models import Figure

LARGE = 5_000
"""Members. A page about no more than so many, in one club or several, counts as it is asked."""

FRESH = dt.timedelta(hours=1)
"""Counted every ten minutes. Should that stop, the pages are right again, and slow, within the hour."""


def are_many(clubs: Collection[Club] | Collection[int] | None = None) -> bool:
    """Whether these clubs, or all there are, have so many members together that nobody should wait while they are counted."""
    members = Member.objects.order_by()
    if clubs is not None:
        members = members.filter(club__in=clubs)
    # Not by the key, so that the index on clubs will do.
    return members.values("club")[: LARGE + 1].count() > LARGE


@dataclass(frozen=True)
class Ahead:
    """What was counted ahead, by the keys asked for; `others` have to be counted now."""

    counts: Mapping[int, Any]
    others: frozenset[int]
    figures: Mapping[int, Figure]

    @property
    def counted_at(self) -> dt.datetime | None:
        """The instant of the oldest count; None if there is none."""
        return min((figure.counted_at for figure in self.figures.values()), default=None)


def counted_ahead(
    what: str, keys: Iterable[int], clubs: Collection[Club] | Collection[int], now: dt.datetime
) -> Ahead:
    """What is counted under this name for clubs or workflows; two queries.

    Nothing where `clubs`, which the page is about, have few members: what they do shows at once.
    """
    return fresh(what, keys, now) if are_many(clubs) else Ahead({}, frozenset(keys), {})


def fresh(what: str, keys: Iterable[int], now: dt.datetime) -> Ahead:
    """What is counted under this name and not old, by its key; one query."""
    names = {f"{what}:{key}": key for key in keys}
    found = Figure.objects.filter(name__in=list(names), counted_at__gt=now - FRESH)
    figures = {names[figure.name]: figure for figure in found}
    counts = {key: figure.counts for key, figure in figures.items()}
    return Ahead(counts, frozenset(names.values()) - counts.keys(), figures)


def keep(what: str, counts: Mapping[int, Any], now: dt.datetime) -> int:
    """Each by its key, in the place of what was kept there; how many."""
    figures = [Figure(name=f"{what}:{key}", counts=each, counted_at=now) for key, each in counts.items()]
    Figure.objects.bulk_create(
        figures, update_conflicts=True, unique_fields=["name"], update_fields=["counts", "counted_at"]
    )
    return len(figures)
