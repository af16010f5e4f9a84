"""What was counted ahead for large clubs; a page that finds nothing fresh counts for itself."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


def counted_ahead(what: str, keys: Iterable[int], now: dt.datetime) -> Ahead:
    """Of what is counted under this name for clubs or workflows, what is fresh; one query."""
    names = {f"{what}:{key}": key for key in keys}
    fresh = Figure.objects.filter(name__in=list(names), counted_at__gt=now - FRESH)
    figures = {names[figure.name]: figure for figure in fresh}
    counts = {key: figure.counts for key, figure in figures.items()}
    return Ahead(counts, frozenset(names.values()) - counts.keys(), figures)


def keep(what: str, counts: Mapping[int, Any], now: dt.datetime) -> int:
    """Each by its key, in the place of what was kept there; how many."""
    figures = [Figure(name=f"{what}:{key}", counts=each, counted_at=now) for key, each in counts.items()]
    Figure.objects.bulk_create(
        figures, update_conflicts=True, unique_fields=["name"], update_fields=["counts", "counted_at"]
    )
    return len(figures)
