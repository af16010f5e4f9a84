"""Quiet hours: nothing leaves outside the club's hours for messages, in the member's zone or else the club's."""

import datetime as dt
from collections.abc import Sequence

from members.models import Member
from members.rules.days import next_wall_clock
from messaging.gates.base import Wait
from messaging.models import Message


def open_from(member: Member, now: dt.datetime) -> dt.datetime:
    """The first instant at or after `now` at which a message may reach the member."""
    club = member.club
    if club.send_from <= now.astimezone(member.zone).time() < club.send_until:
        return now
    return next_wall_clock(club.send_from, member.zone, now)


class QuietHoursGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        return {
            message.pk: Wait(until, "quiet_hours", is_usual=True)
            for message in messages
            if (until := open_from(message.member, now)) > now
        }
