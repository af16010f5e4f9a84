"""Batches made ahead: the first in line, the next beside the sending where another connection can see what is due."""

import threading
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from messaging.models import Message
from messaging.operations import delivery
from messaging.operations.ahead import Ahead, Batch
from messaging.operations.delivery import deliver
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory
from tests.scripted_transport import ScriptedTransport

SMALL, LARGE = 2, 5


class Outbox:
    """So many are due; remembers which sizes were asked for, and in which thread."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.asked: list[tuple[int, str]] = []
        self.bell: SimpleQueue[None] = SimpleQueue()

    def prepare(self, most: int) -> Batch:
        self.asked.append((most, threading.current_thread().name.rstrip("_0123456789")))
        claimed = min(most, self.due)
        self.due -= claimed
        return Batch(claimed)

    def ahead(self, large: int | None = LARGE) -> Ahead:
        return Ahead(self.prepare, small=SMALL, large=large, ring=lambda: self.bell.put(None))

    def taken(self, ahead: Ahead) -> list[int]:
        """How many each batch claimed, waiting for each."""
        sizes = []
        while not ahead.is_over:
            while (batch := ahead.take()) is None:
                self.bell.get(timeout=10)
            sizes.append(batch.claimed)
        return sizes


@pytest.mark.django_db
def test_inside_a_transaction_every_batch_is_made_in_line() -> None:
    outbox = Outbox(5)
    with outbox.ahead() as ahead:
        assert outbox.taken(ahead) == [2, 2, 1, 0]
    assert {thread for _size, thread in outbox.asked} == {"MainThread"}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_after_a_full_first_one_those_made_beside_grow_until_they_are_large() -> None:
    outbox = Outbox(13)
    with outbox.ahead() as ahead:
        assert outbox.taken(ahead) == [2, 4, 5, 2, 0]
    assert outbox.asked == [(SMALL, "MainThread"), (4, "preparing"), *[(LARGE, "preparing")] * 3]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("due", "large", "sizes"), [(1, LARGE, [1, 0]), (5, None, [2, 2, 1, 0])])
def test_it_stays_in_line_where_little_is_due_or_the_account_is_slow(
    due: int, large: int | None, sizes: list[int]
) -> None:
    outbox = Outbox(due)
    with outbox.ahead(large) as ahead:
        assert outbox.taken(ahead) == sizes
    assert {thread for _size, thread in outbox.asked} == {"MainThread"}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_breaks_beside_is_raised_where_it_is_taken() -> None:
    bell: SimpleQueue[None] = SimpleQueue()

    def prepare(most: int) -> Batch:
        if most > SMALL:
            raise KeyError("broken")
        return Batch(most)

    with Ahead(prepare, small=SMALL, large=LARGE, ring=lambda: bell.put(None)) as ahead:
        assert ahead.take()
        bell.get(timeout=10)
        with pytest.raises(KeyError):
            ahead.take()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_beside_it_speaks_the_language_of_whoever_sends() -> None:
    spoken: list[str | None] = []

    def prepare(most: int) -> Batch:
        spoken.append(translation.get_language())
        return Batch(most if len(spoken) < 3 else 0)

    bell: SimpleQueue[None] = SimpleQueue()
    with translation.override("fr"), Ahead(prepare, small=2, large=5, ring=lambda: bell.put(None)) as ahead:
        while not ahead.is_over:
            if ahead.take() is None:
                bell.get(timeout=10)
    assert spoken == ["fr"] * 3


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_everything_goes_out_once_and_the_connection_beside_is_closed(
    provider: ScriptedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MOST_CLAIMED", SMALL)
    monkeypatch.setattr(delivery, "MOST_CLAIMED_AHEAD", LARGE)
    original, made_in = delivery.prepare, set()

    def noted(*given: Any) -> Batch:
        made_in.add(threading.current_thread().name.rstrip("_0123456789"))
        return original(*given)

    monkeypatch.setattr(delivery, "prepare", noted)
    club = ClubFactory()
    template = MessageTemplateFactory(club=club)
    for _ in range(23):
        MessageFactory(member=MemberFactory(club=club), template=template)
    assert deliver(clock=lambda: NOW) == {"sent": 23}
    assert sorted(envelope.message_id for envelope in provider.asked) == sorted(
        Message.objects.values_list("pk", flat=True)
    )
    assert made_in == {"MainThread", "preparing"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert cursor.fetchone() == (1,)
