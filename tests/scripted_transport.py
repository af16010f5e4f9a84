"""A provider in memory: answers as told, else that it was sent, and remembers what it was asked."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from messaging.channels.envelopes import Envelope, Outcome, Sent

Answer = Outcome | BaseException | Callable[[Envelope], Outcome]


class ScriptedTransport:
    def __init__(self) -> None:
        self.asked: list[Envelope] = []
        self.answers: deque[Answer] = deque()
        self.always: Answer | None = None
        self._lock = threading.Lock()

    def will_answer(self, *answers: Answer) -> None:
        """These to the next calls, in their order."""
        self.answers += answers

    def send(self, envelope: Envelope) -> Outcome:
        with self._lock:
            self.asked.append(envelope)
            answer = self.answers.popleft() if self.answers else self.always
        if isinstance(answer, BaseException):
            raise answer
        if callable(answer):
            return answer(envelope)
        return answer or Sent(f"provider-{envelope.message_id}")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, settings: Any) -> ScriptedTransport:
    """In place of every channel's transport, at a pace that no test has to wait for."""
    transport = ScriptedTransport()
    monkeypatch.setattr("messaging.operations.delivery.transport_for", lambda channel: transport)
    settings.SMS_PER_SECOND = settings.EMAILS_PER_SECOND = 1e6
    return transport


@pytest.fixture
def one_caller(settings: Any) -> None:
    """Of several callers any may be the first to ask; by one alone the order of leaving is seen."""
    settings.SENDING_THREADS = 1
