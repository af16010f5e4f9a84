"""What a person decides about a message: once, with her name, and never behind the back of a worker that has it."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from messaging.channels.envelopes import Again, Refused, Sent, Unknown
from messaging.models import Message
from messaging.operations import settling
from messaging.operations.claims import claim
from messaging.operations.delivery import deliver, prepare
from messaging.operations.outbox import sweep_messages
from messaging.operations.settling import (
    DEEDS,
    NotPossible,
    hold_off,
    settle_unknown,
    try_again,
    try_many_again,
)
from tests.factories import NOW, ConsentRecordFactory, MessageFactory
from tests.on_the_way import mark_as_sending, record
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
LONG_AFTER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def settle(message: Message, deed: Any, **more: Any) -> Message:
    deed(message_id=message.pk, by="Anna Smith", now=NOW, **more)
    message.refresh_from_db()
    return message


def said(message: Message) -> list[str]:
    return list(message.events.filter(kind="settled").values_list("detail", flat=True))


def in_the_midst_of_sending() -> Message:
    """Marked as being sent, its worker still at it."""
    MessageFactory()
    ready = prepare(claim(NOW), NOW).ready
    ((message, _),) = mark_as_sending(ready)
    return message


def test_a_failed_message_goes_back_into_the_outbox_and_is_sent(provider: ScriptedTransport) -> None:
    message = MessageFactory(status="failed", error="No", attempts=6, ended_at=NOW, expires_at=NOW)
    message = settle(message, try_again)
    assert (message.status, message.error, message.attempts, message.ended_at) == ("queued", "", 0, None)
    assert said(message) == ["Anna Smith: try again."]
    assert deliver(clock=lambda: NOW) == {"sent": 1}


def test_trying_again_gives_it_its_patience_anew() -> None:
    patience = dt.timedelta(hours=72)
    long_ago = NOW - dt.timedelta(days=30)
    message = MessageFactory(
        status="failed", created_at=long_ago, due_at=long_ago, expires_at=long_ago + patience
    )
    assert settle(message, try_again).expires_at == NOW + patience


def test_what_lost_its_words_is_not_tried_again_and_says_so() -> None:
    message = MessageFactory(status="failed", blanked_at=NOW)
    with pytest.raises(NotPossible, match="Its words were deleted"):
        settle(message, try_again)
    assert try_many_again(message_ids=[message.pk], by="Anna", now=NOW) == 0
    message.refresh_from_db()
    assert (message.status, said(message)) == ("failed", [])


def test_trying_again_waits_for_the_end_of_quiet_hours() -> None:
    message = MessageFactory(status="failed")
    message.club.send_from = dt.time(12)
    message.club.save()
    assert settle(message, try_again).due_at == NOW.replace(hour=12)


def test_somebody_who_opted_out_is_not_tried_again() -> None:
    message = MessageFactory(status="failed")
    ConsentRecordFactory(member=message.member)
    with pytest.raises(NotPossible, match="Opted out"):
        settle(message, try_again)
    message.refresh_from_db()
    assert (message.status, said(message)) == ("failed", [])


def test_without_its_template_there_is_nothing_to_try() -> None:
    with pytest.raises(NotPossible, match="template was deleted"):
        settle(MessageFactory(status="failed", template=None), try_again)


def test_what_may_have_arrived_is_sent_again_only_after_a_person_said_that_it_did_not(
    provider: ScriptedTransport,
) -> None:
    message = MessageFactory(status="unknown")
    with pytest.raises(NotPossible, match="Outcome unknown"):
        settle(message, try_again)
    settle(message, settle_unknown, arrived=False)
    assert (message.status, deliver(clock=lambda: NOW)) == ("failed", {})
    settle(message, try_again)
    assert deliver(clock=lambda: NOW) == {"sent": 1}
    assert said(message) == ["Anna Smith: it did not arrive.", "Anna Smith: try again."]


def test_what_did_arrive_counts_as_sent_when_it_left() -> None:
    left = NOW - dt.timedelta(hours=2)
    message = settle(MessageFactory(status="unknown", claimed_at=left), settle_unknown, arrived=True)
    assert (message.status, message.sent_at, message.ended_at) == ("sent", left, NOW)
    assert settle(MessageFactory(status="unknown"), settle_unknown, arrived=True).sent_at == NOW


@pytest.mark.parametrize("late", [Sent("p"), Again("busy"), Refused("no"), Unknown("hm")])
def test_a_late_answer_changes_nothing_once_somebody_said_that_it_arrived(late: Any) -> None:
    message = in_the_midst_of_sending()
    sweep_messages(now=LONG_AFTER)
    settle_unknown(message_id=message.pk, arrived=True, by="Anna", now=NOW)
    record([(message, late)], NOW)
    assert Message.objects.get().status == "sent"


def test_a_late_yes_of_the_provider_outweighs_a_persons_no() -> None:
    message = in_the_midst_of_sending()
    sweep_messages(now=LONG_AFTER)
    settle_unknown(message_id=message.pk, arrived=False, by="Anna", now=NOW)
    record([(message, Sent("p"))], NOW)
    with pytest.raises(NotPossible, match="Sent"):
        try_again(message_id=message.pk, by="Anna", now=NOW)


def test_a_late_answer_to_the_first_attempt_does_not_touch_the_second() -> None:
    message = in_the_midst_of_sending()
    sweep_messages(now=LONG_AFTER)
    settle_unknown(message_id=message.pk, arrived=False, by="Anna", now=NOW)
    try_again(message_id=message.pk, by="Anna", now=NOW)
    record([(message, Refused("no"))], NOW)
    assert Message.objects.get().status == "queued"


def test_what_waits_is_not_sent_when_a_person_says_so(provider: ScriptedTransport) -> None:
    message = settle(MessageFactory(reason="quiet_hours"), hold_off)
    assert (message.status, message.reason, message.ended_at) == ("skipped", "by_hand", NOW)
    assert deliver(clock=lambda: NOW) == {}
    assert said(message) == ["Anna Smith: do not send."]


def test_what_a_worker_prepares_is_still_held_off() -> None:
    MessageFactory()
    ready = prepare(claim(NOW), NOW).ready
    hold_off(message_id=ready[0][0].pk, by="Anna", now=NOW)
    assert mark_as_sending(ready) == []
    assert Message.objects.get().status == "skipped"


def test_what_is_being_sent_is_nobodys_to_decide() -> None:
    message = in_the_midst_of_sending()
    for deed in (try_again, hold_off):
        with pytest.raises(NotPossible, match="Being sent"):
            settle(message, deed)
    with pytest.raises(NotPossible, match="Being sent"):
        settle(message, settle_unknown, arrived=False)


@pytest.mark.parametrize(
    ("status", "deed"),
    [(status, deed) for status in Message.Status.values for deed in ("try_again", "hold_off")],
)
def test_a_deed_is_done_only_in_its_status(status: str, deed: str) -> None:
    message = MessageFactory(status=status)
    if deed in DEEDS.get(status, ()):
        settle(message, getattr(settling, deed))
    with pytest.raises(NotPossible):
        settle(message, getattr(settling, deed))
    assert len(said(message)) == (deed in DEEDS.get(status, ()))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "deed"), [("failed", try_again), ("queued", hold_off), ("unknown", settle_unknown)]
)
def test_of_eight_people_at_once_one_decides(status: str, deed: Any) -> None:
    message = MessageFactory(status=status)
    everyone = threading.Barrier(8)
    refused: list[str] = []

    def decide(number: int) -> None:
        more = {"arrived": bool(number % 2)} if deed is settle_unknown else {}
        everyone.wait(timeout=10)
        try:
            deed(message_id=message.pk, by=f"Person {number}", now=NOW, **more)
        except NotPossible as why:
            refused.append(str(why))
        finally:
            connection.close()

    _side_by_side(decide, 8)
    assert (len(refused), len(said(message))) == (7, 1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_worker_and_a_person_never_both_have_their_way(provider: ScriptedTransport) -> None:
    """Whatever was held off did not leave, and whatever left was not held off."""
    template = MessageFactory().template
    messages = [MessageFactory(template=template) for _ in range(60)]
    held: list[int] = []

    def work(number: int) -> None:
        try:
            if number == 0:
                deliver(clock=lambda: NOW)
                return
            for message in messages[number::3]:
                try:
                    hold_off(message_id=message.pk, by="Anna", now=NOW)
                except NotPossible:
                    continue
                held.append(message.pk)
        finally:
            connection.close()

    _side_by_side(work, 3)
    left = {envelope.message_id for envelope in provider.asked}
    assert not left & set(held)
    assert set(Message.objects.filter(status="skipped").values_list("pk", flat=True)) == set(held)
    assert set(Message.objects.filter(status="sent").values_list("pk", flat=True)) == left


def _side_by_side(work: Any, number: int) -> None:
    threads = [threading.Thread(target=work, args=[n]) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
