"""How instants that belong to no single club are written: as the clubs that a person sees do, where they agree."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from members.admin.scoping import visible_club_ids
from members.models import Club
from members.rules.wording import DEFAULT_LOCALE, short_instant


@dataclass(frozen=True)
class ClockWords:
    zone: zoneinfo.ZoneInfo
    locale: str

    @classmethod
    def of(cls, clubs: Iterable[Club]) -> "ClockWords":
        """Of clubs in several zones the installation's own, since none of theirs is everybody's."""
        clubs = list(clubs)
        zones, locales = {club.time_zone for club in clubs}, {club.locale for club in clubs}
        return cls(
            zoneinfo.ZoneInfo(zones.pop() if len(zones) == 1 else settings.TIME_ZONE),
            locales.pop() if len(locales) == 1 else DEFAULT_LOCALE,
        )

    @classmethod
    def for_request(cls, request: HttpRequest) -> "ClockWords":
        """Asked once per request."""
        words: ClockWords | None = getattr(request, "clock_words", None)
        if words is None:
            words = cls.of(Club.objects.filter(pk__in=visible_club_ids(request)))
            request.clock_words = words  # type: ignore[attr-defined]
        return words

    def written(self, instant: dt.datetime | None) -> str:
        """Like “2 Sep 2025, 09:00”; empty without an instant."""
        return short_instant(instant, self.zone, self.locale) if instant else ""
