"""Messages on their way, as the door has them: marked as being sent, and recorded when the provider has answered."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from messaging.channels.envelopes import Outcome
from messaging.models import Message
from messaging.operations.turnover import Ready, turn_over
from tests.factories import NOW


def mark_as_sending(group: Sequence[Ready]) -> list[Ready]:
    _counts, leaving = turn_over([], group, NOW, at_pace=False)
    return [ready for ready, _start in leaving]


def record(answers: Sequence[tuple[Message, Outcome]], now: dt.datetime) -> Counter[str]:
    counts, _leaving = turn_over(answers, [], now, at_pace=False)
    return counts
