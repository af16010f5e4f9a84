"""One commit between two calls: what came back and what leaves next."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.db import connection

from messaging.channels.envelopes import Again, Envelope, Sent
from messaging.models import Message
from messaging.operations.pace import reserve
from messaging.operations.turnover import Ready, turn_over
from messaging.operations.wording import envelope_of
from tests.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db
CLAIM = uuid.UUID(int=1)
LATER = NOW + dt.timedelta(minutes=1)


def ready(**more: Any) -> Ready:
    message = MessageFactory(**{"status": "claimed", "claim": CLAIM, "claimed_at": NOW} | more)
    return message, envelope_of(message)


def answered() -> Message:
    return MessageFactory(status="sending", claim=CLAIM, claimed_at=NOW, attempts=1)


@time_machine.travel(LATER, tick=False)
def test_what_came_back_is_sent_and_what_leaves_next_is_marked() -> None:
    back, (next_one, envelope) = answered(), ready(error="Throttled", attempts=1)
    counts, leaving = turn_over([(back, Sent("p-1"))], [(next_one, envelope)], NOW, at_pace=False)
    assert counts == {"sent": 1}
    assert leaving == [((next_one, envelope), LATER)]
    back.refresh_from_db()
    assert (back.status, back.provider_id, back.sent_at, back.claimed_at) == ("sent", "p-1", NOW, NOW)
    next_one.refresh_from_db()
    assert (next_one.status, next_one.attempts, next_one.claimed_at) == ("sending", 2, LATER)
    assert (next_one.sent_at, next_one.error) == (None, "Throttled")


@time_machine.travel(NOW, tick=False)
def test_the_group_leaves_at_the_accounts_pace_after_those_who_were_before(settings: Any) -> None:
    settings.SMS_PER_SECOND = 10.0
    before = reserve("sms", 2)
    _counts, leaving = turn_over([], [ready(), ready()], NOW, at_pace=True)
    starts = [start for _ready, start in leaving]
    after = reserve("sms", 1)
    assert [*before, *starts, *after] == [NOW + dt.timedelta(seconds=0.1 * n) for n in range(5)]


@time_machine.travel(NOW, tick=False)
def test_an_account_that_nobody_used_yet_is_free_at_once() -> None:
    _counts, ((_ready, start),) = turn_over([], [ready()], NOW, at_pace=True)
    assert start == NOW


def test_a_late_answer_and_a_swept_message_leave_the_rest_of_the_group_alone() -> None:
    stranger, back = answered(), answered()
    Message.objects.filter(pk=stranger.pk).update(claim=uuid.UUID(int=2))
    swept, kept = ready(), ready()
    Message.objects.filter(pk=swept[0].pk).update(status="queued", claim=None)
    _counts, leaving = turn_over(
        [(stranger, Sent("p-1")), (back, Sent("p-2"))], [swept, kept], NOW, at_pace=False
    )
    assert [message.pk for (message, _envelope), _start in leaving] == [kept[0].pk]
    assert dict(Message.objects.values_list("pk", "status")) == {
        stranger.pk: "sending",
        back.pk: "sent",
        swept[0].pk: "queued",
        kept[0].pk: "sending",
    }


def test_it_is_one_statement_where_the_database_can(django_assert_num_queries: Any) -> None:
    turn_over([], [ready()], NOW, at_pace=True)
    for number in (1, 5):
        back = [(answered(), Sent("p")) for _ in range(number)]
        group: list[tuple[Message, Envelope]] = [ready() for _ in range(number)]
        # Elsewhere: what came back, what leaves, the account read and written, and a savepoint around them.
        with django_assert_num_queries(1 if connection.vendor == "postgresql" else 6):
            turn_over(back, group, NOW, at_pace=True)


def test_one_that_must_try_again_goes_with_the_same_commit() -> None:
    back, group = answered(), [ready()]
    counts, leaving = turn_over([(back, Again("Throttled"))], group, NOW, at_pace=True)
    assert (counts, len(leaving)) == ({"again": 1, "sent": 0}, 1)
    back.refresh_from_db()
    assert (back.status, back.error) == ("queued", "Throttled")
