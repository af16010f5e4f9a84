"""What became of messages, as it was counted ahead: by workflow, template, variant, channel or month, and day by day."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Min, Sum
from django.db.models.functions import TruncMonth

from members.models import Club
from messaging.models import OutcomeDay

BY = {
    "origin": ("origin",),
    "template": ("template_number",),
    "variant": ("origin", "template_number", "variant"),
    "channel": ("channel",),
    "month": ("month",),
}
"""What the figures can be told by; a variant is one of its workflow and template."""
FIGURES = (
    *("sent", "delivered", "opened", "clicked", "replied", "failed", "unknown"),
    *("opted_out", "came_back", "parts", "billed", "cost"),
)
MOST_ROWS = 500


@dataclass(frozen=True)
class Outcomes:
    """The figures of one of BY, its `key` a tuple where that is of several; `cost` in millionths of a US dollar."""

    key: Any
    numbers: Mapping[str, int]
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.numbers.get(name, 0)

    def share(self, name: str) -> float | None:
        """Of those that left; None if none did."""
        return self[name] / self["sent"] if self["sent"] else None

    @property
    def cost_per_return(self) -> int | None:
        """None where nothing was billed or nobody came back."""
        return round(self["cost"] / self["came_back"]) if self["billed"] and self["came_back"] else None


@dataclass(frozen=True)
class Asked:
    """Which messages: of these clubs, written from `first` to `last`, and no others where one is named."""

    clubs: Sequence[Club]
    first: dt.date
    last: dt.date
    channel: str = ""
    origin: str = ""
    template: int | None = None
    variant: str = ""
    is_compared: bool = False
    """Only those that had one of several wordings."""

    def rows(self) -> Any:
        rows = OutcomeDay.objects.filter(
            club__in=self.clubs, day__gte=self.first, day__lte=self.last
        ).order_by()
        if self.channel:
            rows = rows.filter(channel=self.channel)
        if self.origin:
            rows = rows.filter(origin=self.origin)
        if self.template is not None:
            rows = rows.filter(template_number=self.template)
        if self.variant:
            rows = rows.filter(variant=self.variant)
        if self.is_compared:
            rows = rows.exclude(variant="")
        return rows


def outcomes_by(asked: Asked, by: str) -> list[Outcomes]:
    """The figures by one of BY, the most sent first (months in their order); two queries."""
    names = BY[by]
    rows = asked.rows().annotate(month=TruncMonth("day"))
    sums = {figure: Sum(figure) for figure in FIGURES}
    # Reasons are few kinds in a text each; the database would need a statement of its own for each.
    reasons: dict[Any, Counter[str]] = {}
    for *parts, told in rows.exclude(reasons={}).values_list(*names, "reasons"):
        reasons.setdefault(_key(parts), Counter()).update(told)
    found = []
    for row in rows.values(*names).annotate(**sums):
        key = _key([row.pop(name) for name in names])
        found.append(Outcomes(key, row, dict(reasons.get(key, Counter()).most_common())))
    found.sort(key=(lambda one: one.key) if by == "month" else (lambda one: (-one["sent"], str(one.key))))
    return found[:MOST_ROWS]


def _key(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts)


def total(found: Sequence[Outcomes]) -> Outcomes:
    """All of them together."""
    numbers: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for one in found:
        numbers.update(one.numbers)
        reasons.update(one.reasons)
    return Outcomes(None, numbers, dict(reasons.most_common()))


def outcomes_by_day(asked: Asked) -> dict[dt.date, Outcomes]:
    """One query."""
    sums = {figure: Sum(figure) for figure in FIGURES}
    return {row.pop("day"): Outcomes(None, row) for row in asked.rows().values("day").annotate(**sums)}


def counted_between(clubs: Sequence[Club]) -> tuple[dt.date | None, dt.datetime | None]:
    """The first day that was counted, and when the last count was."""
    found = OutcomeDay.objects.filter(club__in=clubs).aggregate(first=Min("day"), at=Max("counted_at"))
    return found["first"], found["at"]
