"""Of whom a condition is asked and as of when: everything beside the rule itself that its answer depends on."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from members.models import Club
from members.rules.days import AwayClock


@dataclass(frozen=True)
class Asked:
    """`kept` is what an old run kept of the segments and the club's own fields; without it they are as they are now."""

    club: Club
    now: dt.datetime
    known_clock: AwayClock | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    """The segments on the way to where this is asked, the outermost first."""

    @cached_property
    def clock(self) -> AwayClock:
        return self.known_clock or AwayClock.of(self.club, self.now)

    @property
    def today(self) -> dt.date:
        return self.clock.today

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return self.clock.zone

    @cached_property
    def segments(self) -> Mapping[str, Mapping[str, Any]]:
        """By short name: the name of each segment and its conditions."""
        if "segments" in self.kept:
            return self.kept["segments"]  # type: ignore[no-any-return]
        # As rows, so that what was fetched with the clubs is not asked for again.
        return {
            row.slug: {"name": row.name, "conditions": row.conditions} for row in self.club.segments.all()
        }

    @cached_property
    def custom_fields(self) -> Mapping[str, Mapping[str, Any]]:
        """By name: the label and the type of each of the club's own fields."""
        if "custom_fields" in self.kept:
            return self.kept["custom_fields"]  # type: ignore[no-any-return]
        return {row.name: {"label": row.label, "type": row.type} for row in self.club.custom_fields.all()}

    def within(self, segment: str) -> "Asked":
        """The same, asked by this segment."""
        # What was looked up already is not looked up again.
        known = {"segments": self.segments, "custom_fields": self.custom_fields}
        return replace(self, kept=known, inside=(*self.inside, segment))
