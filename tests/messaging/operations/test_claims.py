"""Who holds a message: nobody has it twice, and a worker whose claim was taken back sends nothing."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations import delivery
from messaging.operations.claims import MOST_CLAIMED, claim
from messaging.operations.delivery import deliver, prepare
from messaging.operations.outbox import sweep_messages
from messaging.rules.placeholders import OF_THE_CLUB, OF_THE_MEMBER
from tests.factories import (
    NOW,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    UserFactory,
)
from tests.on_the_way import mark_as_sending
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
LONG_AFTER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
"""When whatever was claimed by the real clock counts as abandoned."""


@pytest.fixture
def outbox() -> Any:
    club = ClubFactory()
    template = MessageTemplateFactory(club=club)

    def fill(number: int) -> list[Message]:
        return [MessageFactory(member=MemberFactory(club=club), template=template) for _ in range(number)]

    return fill


def ready_of(claimed: list[Message]) -> list[delivery.Ready]:
    return prepare(claimed, NOW).ready


def test_two_who_claim_never_hold_the_same_message(outbox: Any) -> None:
    outbox(MOST_CLAIMED + 10)
    first, second, third = claim(NOW), claim(NOW), claim(NOW)
    assert (len(first), len(second), third) == (MOST_CLAIMED, 10, [])
    assert not {message.pk for message in first} & {message.pk for message in second}
    assert len({message.claim for message in first + second}) == 2


@pytest.mark.parametrize(("rate", "claimed"), [(0.05, 1), (0.5, 5), (1000.0, 12)])
def test_a_slow_account_claims_no_more_than_it_sends_in_seconds(
    rate: float, claimed: int, outbox: Any, settings: Any
) -> None:
    settings.SMS_PER_SECOND = rate
    outbox(12)
    assert len(claim(NOW)) == claimed


def test_a_worker_whose_claim_was_swept_sends_nothing(outbox: Any) -> None:
    swept, kept = outbox(2)
    ready = ready_of(claim(NOW))
    Message.objects.filter(pk=swept.pk).update(claimed_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
    assert sweep_messages(now=NOW)["requeued"] == 1
    assert [message.pk for message, _ in mark_as_sending(ready)] == [kept.pk]
    assert dict(Message.objects.values_list("pk", "status")) == {swept.pk: "queued", kept.pk: "sending"}


def test_a_worker_whose_claim_went_to_another_sends_nothing(outbox: Any) -> None:
    outbox(3)
    slow = ready_of(claim(NOW))
    sweep_messages(now=LONG_AFTER)
    quick = ready_of(claim(NOW))
    assert len(mark_as_sending(quick)) == 3
    assert mark_as_sending(slow) == []
    assert set(Message.objects.values_list("status", "attempts")) == {("sending", 1)}


def test_marking_twice_is_marking_once(outbox: Any) -> None:
    outbox(2)
    ready = ready_of(claim(NOW))
    assert mark_as_sending(ready) == ready
    assert mark_as_sending(ready) == []
    assert set(Message.objects.values_list("attempts", flat=True)) == {1}


def test_a_verdict_never_touches_a_message_that_was_taken_back(outbox: Any) -> None:
    (message,) = outbox(1)
    claimed = claim(NOW)
    sweep_messages(now=LONG_AFTER)
    Message.objects.update(expires_at=NOW)
    claimed[0].expires_at = NOW - dt.timedelta(days=1)
    assert ready_of(claimed) == []
    message.refresh_from_db()
    assert (message.status, message.reason) == ("queued", "")


def test_the_words_of_a_message_that_was_taken_back_are_not_kept(outbox: Any) -> None:
    (message,) = outbox(1)
    claimed = claim(NOW)
    sweep_messages(now=LONG_AFTER)
    ready_of(claimed)
    message.refresh_from_db()
    assert message.text_body == ""


@pytest.mark.parametrize("threads", [1, 2, 3, 16])
def test_never_more_are_marked_at_once_than_there_are_threads(
    threads: int, outbox: Any, provider: ScriptedTransport, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That many at most are `unknown` after a kill."""
    settings.SENDING_THREADS = threads
    most = 0
    original = delivery.turn_over

    def counted(*given: Any, **more: Any) -> Any:
        nonlocal most
        leaving = original(*given, **more)
        most = max(most, Message.objects.filter(status="sending").count())
        return leaving

    monkeypatch.setattr(delivery, "turn_over", counted)
    outbox(40)
    assert deliver(clock=lambda: NOW) == {"sent": 40}
    assert 1 <= most <= threads


def test_what_was_swept_while_it_waited_is_claimed_again_without_trying_each(
    outbox: Any, provider: ScriptedTransport, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a sender that slept would need a commit for each group before it gets anything out."""
    settings.SENDING_THREADS = 2
    original, turns = delivery.turn_over, 0

    def counted(*given: Any, **more: Any) -> Any:
        nonlocal turns
        turns += 1
        if turns == 1:
            sweep_messages(now=LONG_AFTER)
        return original(*given, **more)

    monkeypatch.setattr(delivery, "turn_over", counted)
    outbox(40)
    assert deliver(clock=lambda: NOW) == {"sent": 40}
    assert turns <= 45


def test_what_was_prepared_of_two_channels_leaves_in_full_groups(
    outbox: Any, provider: ScriptedTransport, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SENDING_THREADS = 16
    original, groups = delivery.turn_over, []

    def noted(answers: Any, group: Any, *given: Any, **more: Any) -> Any:
        groups.append([message.channel for message, _envelope in group])
        return original(answers, group, *given, **more)

    monkeypatch.setattr(delivery, "turn_over", noted)
    by_email = MessageTemplateFactory(as_email=True)
    for message in outbox(8):
        MessageFactory(member=MemberFactory(club=by_email.club), channel="email", template=by_email)
        assert message.channel == "sms"
    assert deliver(clock=lambda: NOW) == {"sent": 16}
    assert sorted(filter(None, groups)) == [["email"] * 4] * 2 + [["sms"] * 4] * 2


@pytest.mark.parametrize("threads", [1, 4])
def test_it_calls_the_provider_side_by_side(
    threads: int, outbox: Any, provider: ScriptedTransport, settings: Any
) -> None:
    settings.SENDING_THREADS = threads
    together, most, lock = 0, 0, threading.Lock()
    everyone_came = threading.Barrier(max(threads // 2, 1))

    def slowly(envelope: Envelope) -> Outcome:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        everyone_came.wait(timeout=10)
        with lock:
            together -= 1
        return Sent("p")

    provider.always = slowly
    outbox(8)
    deliver(clock=lambda: NOW)
    assert max(threads // 2, 1) <= most <= threads


def test_a_message_is_marked_and_nothing_else_before_the_provider_is_asked(
    outbox: Any, provider: ScriptedTransport
) -> None:
    """A process that dies during the call leaves `sending`, which the sweeper makes `unknown`."""
    (message,) = outbox(1)
    provider.will_answer(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert (message.status, message.attempts, message.text_body != "") == ("sending", 1, True)
    assert deliver(clock=lambda: NOW) == {}
    assert sweep_messages(now=LONG_AFTER) == {"requeued": 0, "unknown": 1}
    assert deliver(clock=lambda: NOW + dt.timedelta(days=1)) == {}
    assert len(provider.asked) == 1


def test_what_was_claimed_but_not_called_is_sent_after_the_sweep(
    outbox: Any, provider: ScriptedTransport, settings: Any
) -> None:
    settings.SENDING_THREADS = 2
    outbox(10)
    provider.will_answer(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver(clock=lambda: NOW)
    swept = sweep_messages(now=LONG_AFTER)
    assert 1 <= swept["unknown"] <= 2
    sent_before = Message.objects.filter(status="sent").count()
    assert deliver(clock=lambda: NOW) == {"sent": swept["requeued"]}
    assert swept["unknown"] + swept["requeued"] + sent_before == 10
    asked = [envelope.message_id for envelope in provider.asked]
    assert len(asked) == len(set(asked)) == 10


def test_a_batch_costs_the_same_for_sixty_as_for_three(
    outbox: Any, provider: ScriptedTransport, settings: Any
) -> None:
    settings.SENDING_THREADS = 400
    asked = []
    for number in (3, 60):
        outbox(number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert deliver(clock=lambda: NOW) == {"sent": number}
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 35


def test_nothing_that_a_template_may_say_is_fetched_message_by_message(
    provider: ScriptedTransport, settings: Any
) -> None:
    """Of a member no more is read than what is asked for here; whatever a placeholder needs must be among it."""
    settings.SENDING_THREADS = 200
    club = ClubFactory(cap_messages=50, hourly_ceiling=500)
    names = [one.name for one in (*OF_THE_MEMBER, *OF_THE_CLUB)]
    template = MessageTemplateFactory(
        club=club,
        as_email=True,
        text_body=" ".join(f"{{{{ {name}|default('none') }}}}" for name in [*names, "unsubscribe_link"]),
    )
    asked = []
    for number in (2, 9):
        for _ in range(number):
            member = MemberFactory(club=club, trainer=UserFactory(), birthday_on=dt.date(1990, 2, 28))
            MessageFactory(member=member, channel="email", template=template, is_capped=True)
        with CaptureQueriesContext(connection) as queries:
            assert deliver(clock=lambda: NOW) == {"sent": number}
        asked.append(len(queries))
    assert asked[0] == asked[1]
