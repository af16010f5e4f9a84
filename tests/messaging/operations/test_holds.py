"""Holding one message or a member: nothing of it leaves, letting go makes it leave, and the story says who did it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Hold, Message
from messaging.operations.claims import claim
from messaging.operations.delivery import deliver, prepare
from messaging.operations.holds import hold_member, hold_message, let_go
from messaging.operations.settling import NotPossible
from tests.factories import NOW, MemberFactory, MessageFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def ana():
    return UserFactory(first_name="Ana", last_name="Ruiz")


def send(now=NOW):
    return deliver(clock=lambda: now)


def story(message):
    return list(message.events.values_list("detail", flat=True))


def test_a_held_message_stays_and_others_leave(ana, settings):
    held, other = MessageFactory(), MessageFactory()
    hold_message(message_id=held.pk, by=ana, now=NOW)
    assert send() == {"held": 1, "sent": 1}
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.status, held.reason, other.status) == ("queued", "held", "sent")
    assert story(held) == ["Ana Ruiz: hold it back.", "held"]


def test_let_go_it_leaves_at_once(ana):
    message = MessageFactory()
    hold = hold_message(message_id=message.pk, by=ana, now=NOW)
    send()
    let_go(hold_id=hold.pk, by=ana, now=NOW + HOUR)
    assert send(NOW + HOUR) == {"sent": 1}
    assert "Ana Ruiz: let it go." in story(message)
    hold.refresh_from_db()
    assert (hold.lifted_at, hold.lifted_by) == (NOW + HOUR, ana)


def test_let_go_before_it_is_due_it_keeps_its_hour(ana):
    message = MessageFactory(due_at=NOW + 2 * HOUR)
    hold = hold_message(message_id=message.pk, by=ana, now=NOW)
    let_go(hold_id=hold.pk, by=ana, now=NOW)
    message.refresh_from_db()
    assert message.due_at == NOW + 2 * HOUR


def test_held_until_it_is_of_no_use_it_is_never_sent_and_says_so(ana):
    message = MessageFactory(expires_at=NOW + HOUR)
    hold_message(message_id=message.pk, by=ana, now=NOW)
    send()
    send(NOW + HOUR + dt.timedelta(seconds=1))
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "held_too_long")


@pytest.mark.parametrize("status", ["sending", "sent", "failed", "unknown", "skipped"])
def test_what_has_left_or_ended_cannot_be_held(ana, status):
    message = MessageFactory(status=status)
    with pytest.raises(NotPossible):
        hold_message(message_id=message.pk, by=ana, now=NOW)
    assert not Hold.objects.exists()


def test_a_second_hold_of_the_same_message_is_refused(ana):
    message = MessageFactory()
    hold = hold_message(message_id=message.pk, by=ana, now=NOW)
    with pytest.raises(NotPossible, match="already"):
        hold_message(message_id=message.pk, by=ana, now=NOW)
    let_go(hold_id=hold.pk, by=ana, now=NOW)
    with pytest.raises(NotPossible, match="already"):
        let_go(hold_id=hold.pk, by=ana, now=NOW)
    hold_message(message_id=message.pk, by=ana, now=NOW)


def test_a_worker_that_prepared_it_before_cannot_send_it(ana, monkeypatch):
    message = MessageFactory()

    def hold_meanwhile(*args):
        hold_message(message_id=message.pk, by=ana, now=NOW)
        return real(*args)

    from messaging.operations import delivery

    real = delivery.envelope_of
    monkeypatch.setattr(delivery, "envelope_of", hold_meanwhile)
    assert send().get("sent") is None
    message.refresh_from_db()
    assert message.status == "queued"


def test_nothing_leaves_for_a_held_member_until_the_hour_named(ana):
    message = MessageFactory()
    later = MessageFactory(member=message.member, club=message.club, due_at=NOW + HOUR)
    other = MessageFactory()
    hold_member(member_id=message.member_id, until=NOW + 2 * HOUR, by=ana, now=NOW)
    assert send() == {"held": 1, "sent": 1}
    assert send(NOW + HOUR) == {"held": 1}
    assert send(NOW + 2 * HOUR) == {"sent": 2}
    assert set(Message.objects.values_list("pk", flat=True)) == {message.pk, later.pk, other.pk}


def test_a_member_whose_hold_is_over_can_be_held_again(ana):
    member = MemberFactory()
    first = hold_member(member_id=member.pk, until=NOW + HOUR, by=ana, now=NOW)
    with pytest.raises(NotPossible):
        hold_member(member_id=member.pk, until=None, by=ana, now=NOW)
    hold_member(member_id=member.pk, until=None, by=ana, now=NOW + 2 * HOUR)
    first.refresh_from_db()
    assert first.lifted_at == NOW + HOUR


def test_an_opt_out_outweighs_a_hold(ana):
    from tests.factories import ConsentRecordFactory

    message = MessageFactory()
    ConsentRecordFactory(member=message.member)
    hold_message(message_id=message.pk, by=ana, now=NOW)
    assert send() == {"skipped": 1}


def test_a_batch_asks_once_however_many_are_held(ana):
    def queries(number):
        for _ in range(number):
            hold_message(message_id=MessageFactory().pk, by=ana, now=NOW)
        claimed = claim(NOW)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            prepare(claimed, NOW)
        Message.objects.update(status="skipped")
        return len([q for q in asked.captured_queries if "messaging_hold" in q["sql"]])

    assert queries(1) == queries(8) == 1
