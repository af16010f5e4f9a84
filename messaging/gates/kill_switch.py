"""The club's kill switch: what is due waits while it is on."""

import datetime as dt
from collections.abc import Sequence

from messaging.gates.base import Wait
from messaging.models import Message

ASK_AGAIN = dt.timedelta(minutes=5)


class KillSwitchGate:
    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Wait]:
        return {
            message.pk: Wait(now + ASK_AGAIN, "sending_paused")
            for message in messages
            if message.club.sending_paused
        }
