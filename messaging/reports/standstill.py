"""What holds back everything of a club: its own pause, or the one for all clubs, and since when."""

import datetime as dt
from dataclasses import dataclass

from members.models import Club
from members.reports.pauses import pause_of, switched_on
from messaging.models import switch_if_paused


@dataclass(frozen=True)
class Standstill:
    reason: str
    """The code by which the kill switch tells each message to wait."""
    since: dt.datetime | None
    """None where nobody wrote it down."""


def standstill_of(club: Club) -> Standstill | None:
    """None while messages leave."""
    if switch := switch_if_paused():
        reason, began = "all_paused", switched_on(switch.history, "is_paused")
    elif club.sending_paused:
        reason, began = "sending_paused", pause_of(club)
    else:
        return None
    return Standstill(reason, began.history_date if began else None)
