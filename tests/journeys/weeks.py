"""Weeks at a gym: the schedule's jobs run every twelve hours of a club's day, and what reached whom is written down."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field
from typing import Any

from django.core.management import call_command

from members.models import Club, Member
from members.operations.bookings import BookingFact, ClassFact, take_in_bookings, take_in_class_sessions
from tests.scripted_transport import ScriptedTransport

EVERY = dt.timedelta(hours=12)


@dataclass
class Weeks:
    zone: zoneinfo.ZoneInfo
    time_machine: Any
    provider: ScriptedTransport
    told: list[tuple[str, str, str]] = field(default_factory=list)
    """Who, what, and on which day."""

    def at(self, day: dt.date, time: str = "12:00") -> dt.datetime:
        return dt.datetime.combine(day, dt.time.fromisoformat(time), self.zone)

    def go_by(self, first: dt.date, last: dt.date) -> None:
        """From 04:30 of the first day to 16:30 of the last."""
        now, end = self.at(first, "04:30"), self.at(last, "16:30")
        while now <= end:
            self.time_machine.move_to(now, tick=False)
            call_command("run_job", "all")
            for asked in self.provider.asked[len(self.told) :]:
                self.told.append((asked.first_name, asked.text, f"{now.astimezone(self.zone):%Y-%m-%d}"))
            now += EVERY


def books(club: Club, name: str, at: dt.datetime, starts_at: dt.datetime) -> None:
    """A class that the club's own system reports together with the booking."""
    member = Member.objects.get(first_name=name)
    session = ClassFact(external_id=f"C-{name}", occurred_at=at, name="Yoga", starts_at=starts_at)
    take_in_class_sessions(club=club, facts=[session], now=at)
    fact = BookingFact(
        external_id=f"B-{name}",
        occurred_at=at,
        member=member.external_id,
        class_session=session.external_id,
        booked_at=at,
    )
    take_in_bookings(club=club, facts=[fact], now=at)
