"""Calendar days in a club's zone, and how they become instants that a query compares with one column."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import DateField, DateTimeField, Func, Value
from django.utils.translation import ngettext

from members.models import Club
from members.rules.wording import DEFAULT_LOCALE, day_in_words

DAY = dt.timedelta(days=1)


def start_of_day(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The UTC instant at which `day` begins; where clocks skip midnight, the first instant that exists."""
    return at_wall_clock(day, dt.time(0), zone)


def at_wall_clock(day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """The UTC instant of a wall-clock time: the first of an hour that comes twice; as much later as the gap is
    long where the hour never comes."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


def noon_of(day: dt.date, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """How a bare date is stored: noon, which no change of zone or of clocks moves to another day."""
    return at_wall_clock(day, dt.time(12), zone)


def next_wall_clock(time: dt.time, zone: zoneinfo.ZoneInfo, now: dt.datetime) -> dt.datetime:
    """The first instant at or after `now` at which clocks in `zone` show `time`."""
    today = now.astimezone(zone).date()
    return next(
        instant
        for day in (today, today + DAY, today + 2 * DAY)
        if (instant := at_wall_clock(day, time, zone)) >= now
    )


class DaysLater(Func):
    """So many days after a column with days, in a query."""

    output_field = DateField()

    def __init__(self, day: Any, days: int) -> None:
        super().__init__(day)
        self.days = int(days)

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, template=f"(%(expressions)s + {self.days})")

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, template=f"date(%(expressions)s, '{self.days:+d} days')")


class StartOfDay(Func):
    """`start_of_day` of a column with days, in a query."""

    output_field = DateTimeField()

    def __init__(self, day: Any, zone: zoneinfo.ZoneInfo) -> None:
        super().__init__(day, Value(zone.key))

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="((%(expressions)s))", arg_joiner=")::timestamp AT TIME ZONE ("
        )

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        # Django's own function for TruncSecond, which reads the text in the last zone and gives it in the one before.
        template = "django_datetime_trunc('second', %(expressions)s)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" || ' 00:00:00', 'UTC', ")


@dataclass(frozen=True)
class AwayClock:
    """Counts days away: calendar days since a visit in the club's zone, without those on which the club was shut.

    `closures` are half-open (first day shut, first day open again).
    """

    today: dt.date
    zone: zoneinfo.ZoneInfo
    closures: tuple[tuple[dt.date, dt.date], ...] = ()
    locale: str = DEFAULT_LOCALE

    @classmethod
    def of(cls, club: Club, now: dt.datetime) -> "AwayClock":
        # As rows, so that closures fetched with the clubs are not asked for again.
        closures = tuple((closure.starts_on, closure.reopens_on) for closure in club.closures.all())
        return cls(club.today(now), club.zone, closures, club.locale)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "AwayClock":
        """The clock that `as_json` kept."""
        closures = tuple(
            (dt.date.fromisoformat(first), dt.date.fromisoformat(end)) for first, end in kept["closures"]
        )
        today, zone = dt.date.fromisoformat(kept["today"]), zoneinfo.ZoneInfo(kept["zone"])
        return cls(today, zone, closures, kept.get("locale", DEFAULT_LOCALE))

    def as_json(self) -> dict[str, Any]:
        closures = [[first.isoformat(), end.isoformat()] for first, end in self.closures]
        return {
            "today": self.today.isoformat(),
            "zone": self.zone.key,
            "closures": closures,
            "locale": self.locale,
        }

    def at(self, instant: dt.datetime) -> "AwayClock":
        """The same calendar on the day of another instant."""
        return replace(self, today=self.day_of(instant))

    def is_shut(self, day: dt.date) -> bool:
        return any(starts_on <= day < reopens_on for starts_on, reopens_on in self.closures)

    def day_of(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self.zone).date()

    def in_words(self, day: dt.date) -> str:
        return day_in_words(day, self.locale)

    def days_away(self, last_on: dt.date) -> int:
        """Open days after `last_on`, up to and including today; 0 for a visit today."""
        return max((self.today - last_on).days - self.days_shut(last_on), 0)

    def days_shut(self, last_on: dt.date) -> int:
        """The days after `last_on`, up to and including today, that are left out of the days away."""
        shut: set[dt.date] = set()
        for starts_on, reopens_on in self.closures:
            first, end = max(starts_on, last_on + DAY), min(reopens_on, self.today + DAY)
            shut.update(first + DAY * n for n in range((end - first).days))
        return len(shut)

    def not_counted(self, last_on: dt.date) -> str:
        """What stands behind a number of days away, so that it can be counted again; nothing where no day was left out."""
        days = self.days_shut(last_on)
        words = ngettext(" (%(days)s closed day not counted)", " (%(days)s closed days not counted)", days)
        return words % {"days": days} if days else ""

    def away_for(self, days: int) -> dt.datetime:
        """The instant before which a last visit lies exactly when its member is at least `days` (1 or more) away."""
        day = self.today
        open_days = 0 if self.is_shut(day) else 1
        while open_days < days:
            day -= DAY
            open_days += not self.is_shut(day)
        return start_of_day(day, self.zone)

    def day_when_away_for(self, days: int, last_on: dt.date) -> dt.date:
        """The first day from today on at which a member who last came on `last_on` is `days` away."""
        day, missing = self.today, days - self.days_away(last_on)
        while missing > 0:
            day += DAY
            missing -= not self.is_shut(day)
        return day
