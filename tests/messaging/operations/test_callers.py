"""The threads that call the provider: as many as are needed, a group at a time, and no answer is lost."""

import datetime as dt
import threading
from queue import SimpleQueue

import pytest

from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations.callers import Callers
from messaging.operations.turnover import Ready
from tests.factories import NOW


def ready(number: int) -> Ready:
    texts = dict.fromkeys(
        ("first_name", "address", "subject", "text", "html", "from_name", "from_email", "sms_sender"), ""
    )
    return Message(pk=number), Envelope(message_id=number, channel="sms", unsubscribe_url="", **texts)


def leaving(*numbers: int) -> list[tuple[Ready, dt.datetime]]:
    return [(ready(number), NOW) for number in numbers]


def answer(envelope: Envelope, _start: dt.datetime) -> Outcome:
    if envelope.message_id < 0:
        raise KeyboardInterrupt
    return Sent(str(envelope.message_id))


@pytest.fixture
def bell() -> "SimpleQueue[None]":
    return SimpleQueue()


def test_it_rings_when_a_whole_group_was_answered(bell: "SimpleQueue[None]") -> None:
    with Callers(4, answer, lambda: bell.put(None)) as callers:
        callers.begin(leaving(1, 2, 3))
        bell.get(timeout=10)
        group = callers.answered()
        assert group
        assert sorted((m.pk, o) for m, o in group.all_answers()) == [(n, Sent(str(n))) for n in (1, 2, 3)]


def test_a_group_that_hangs_does_not_keep_the_answers_of_another(bell: "SimpleQueue[None]") -> None:
    released = threading.Event()

    def call(envelope: Envelope, _start: dt.datetime) -> Outcome:
        if envelope.message_id == 1:
            assert released.wait(10)
        return Sent("p")

    with Callers(2, call, lambda: bell.put(None)) as callers:
        callers.begin(leaving(1))
        callers.begin(leaving(2))
        bell.get(timeout=10)
        assert callers.answered() is callers.in_flight[1]
        released.set()


def test_it_begins_no_more_threads_than_there_are_calls_nor_than_it_may() -> None:
    before = threading.active_count()
    go_on = threading.Event()

    def call(_envelope: Envelope, _start: dt.datetime) -> Outcome:
        assert go_on.wait(10)
        return Sent("p")

    with Callers(3, call, lambda: None) as callers:
        callers.begin(leaving(1))
        assert threading.active_count() == before + 1
        callers.begin(leaving(2, 3, 4, 5))
        assert threading.active_count() == before + 3
        go_on.set()
    assert threading.active_count() == before
    assert [group.size for group in callers.in_flight if group.is_answered] == [1, 4]


def test_what_a_call_raises_reaches_whoever_asks_and_the_others_answers_are_kept() -> None:
    rung = threading.Event()
    with Callers(2, answer, rung.set) as callers:
        callers.begin(leaving(1, -2, 3))
        assert rung.wait(10)
        group = callers.answered()
        assert group
        with pytest.raises(KeyboardInterrupt):
            group.all_answers()
        (kept,) = callers.last_answers()
        assert sorted(message.pk for message, _outcome in kept) == [1, 3]
