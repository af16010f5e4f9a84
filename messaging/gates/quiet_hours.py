"""Quiet hours: nothing leaves outside the club's hours for messages, in the member's zone or else the club's."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from members.models import Club, Member
from members.rules.days import DAY, at_wall_clock, next_wall_clock
from messaging.gates.base import Wait
from messaging.models import Message
from messaging.models.messages import ORIGIN_OF_ANSWERS


def open_from(member: Member, now: dt.datetime) -> dt.datetime:
    """The first instant at or after `now` at which a message may reach the member."""
    club = member.club
    if club.send_from <= now.astimezone(member.zone).time() < club.send_until:
        return now
    return next_wall_clock(club.send_from, member.zone, now)


def opening_at_or_after(club: Club, zone: zoneinfo.ZoneInfo, instant: dt.datetime) -> dt.datetime:
    """The first instant that leads to `instant` or later, as `open_from` goes for members in `zone`.

    What is due from there on leaves at `instant` at the earliest: the beginning of the quiet hours that end then or later,
    or `instant` itself in the middle of the open ones.
    """
    local = instant.astimezone(zone)
    if club.send_from < local.time() < club.send_until:
        return instant
    shut = (at_wall_clock(local.date() - n * DAY, club.send_until, zone) for n in range(3))
    first = next(one for one in shut if one <= instant)
    # Where clocks go back over the hour of opening, it opened in between.
    opens = next_wall_clock(club.send_from, zone, first)
    return first if opens >= instant else instant


class QuietHoursGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        return {
            message.pk: Wait(until, "quiet_hours", is_usual=True)
            for message in messages
            # Who has just asked is awake.
            if message.origin != ORIGIN_OF_ANSWERS and (until := open_from(message.member, now)) > now
        }
