"""A day of a club's calendar, and what is due from when to when so that it leaves on that day."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from functools import cached_property

from members.models import Club, Member
from members.rules.days import DAY, start_of_day
from messaging.gates import opening_at_or_after


@dataclass(frozen=True)
class Window:
    """For members in this zone: what is due at or after `first` and before `last` leaves on the day, quiet hours counted in."""

    zone: zoneinfo.ZoneInfo
    first: dt.datetime
    last: dt.datetime


@dataclass(frozen=True)
class ClubDay:
    """From `begins` until before `ends`, both in UTC."""

    club: Club
    day: dt.date
    begins: dt.datetime
    ends: dt.datetime

    @property
    def noon(self) -> dt.datetime:
        return self.begins + DAY / 2

    @classmethod
    def tomorrow(cls, club: Club, now: dt.datetime) -> "ClubDay":
        day = club.today(now) + DAY
        return cls(club, day, start_of_day(day, club.zone), start_of_day(day + DAY, club.zone))

    @cached_property
    def windows(self) -> dict[str, Window]:
        """By what members have as their time zone, empty for the club's; one query."""
        zones = (
            Member.objects.filter(club=self.club).exclude(time_zone="").order_by().values_list("time_zone")
        )
        found = {}
        for key in sorted({"", *(zone for (zone,) in zones.distinct())}):
            zone = zoneinfo.ZoneInfo(key) if key else self.club.zone
            first, last = (opening_at_or_after(self.club, zone, at) for at in (self.begins, self.ends))
            found[key] = Window(zone, first, last)
        return found
