"""Processes that die in the midst of things, and a provider that answers what a test drew."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

from automations.engine import evaluation
from messaging.channels.envelopes import Envelope, Outcome, Sent, Unknown


class Dies(BaseException):
    """The process ends here."""


class Provider:
    """Answers what the test drew last; remembers which messages it took, and so may have reached somebody."""

    def __init__(self) -> None:
        self.answer: Outcome | Dies = Sent("p")
        self.took: list[int] = []

    def send(self, envelope: Envelope) -> Outcome:
        if isinstance(self.answer, Sent | Unknown | Dies):
            self.took.append(envelope.message_id)
        if isinstance(self.answer, Dies):
            raise self.answer
        return self.answer


@contextmanager
def dying_in_range(number: int) -> Iterator[None]:
    decide, ranges = evaluation._decide, []

    def decide_and_die(*args: Any) -> int:
        ranges.append(args)
        enrolled = decide(*args)
        if len(ranges) == number:
            raise Dies
        return enrolled

    with mock.patch.object(evaluation, "_decide", decide_and_die), suppress(Dies):
        yield
