"""The kill switch of a club, and the one for all clubs: what is due waits while it is on."""

import datetime as dt
from collections.abc import Sequence

from messaging.gates.base import Wait
from messaging.models import Message, switch_if_paused

ASK_AGAIN = dt.timedelta(minutes=5)


class KillSwitchGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        if switch_if_paused():
            return {message.pk: Wait(now + ASK_AGAIN, "all_paused") for message in messages}
        return {
            message.pk: Wait(now + ASK_AGAIN, "sending_paused")
            for message in messages
            if message.club.sending_paused
        }
