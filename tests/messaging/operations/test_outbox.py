"""Putting messages into the outbox, and taking back what a dead process left in hand."""

import datetime as dt
from typing import Any

import pytest

from messaging.models import Message, MessageEvent
from messaging.operations.outbox import IN_HAND_AT_MOST, queue_messages, sweep_messages
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory, MessageTemplateFactory

pytestmark = pytest.mark.django_db
PATIENCE = dt.timedelta(hours=72)


def queue(template: Any, *members: Any, now: dt.datetime = NOW) -> list[Message]:
    recipients = [(member, {"days_away": "9"}) for member in members]
    return queue_messages(
        template=template, recipients=recipients, origin="missed-class", now=now, patience=PATIENCE
    )


def test_a_queued_message_knows_for_whom_from_what_and_until_when() -> None:
    template = MessageTemplateFactory(version=4)
    member = MemberFactory(club=template.club)
    (message,) = queue(template, member)
    message.refresh_from_db()
    assert (message.club, message.member, message.channel, message.origin) == (
        template.club,
        member,
        "sms",
        "missed-class",
    )
    assert (message.template, message.template_version, message.context) == (template, 4, {"days_away": "9"})
    assert (message.status, message.address, message.text_body) == ("queued", member.phone, "")
    assert (message.created_at, message.due_at, message.expires_at) == (NOW, NOW, NOW + PATIENCE)


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("UTC", "2025-09-02T08:00Z"),
        ("Pacific/Auckland", "2025-09-01T22:00Z"),
        ("Pacific/Honolulu", "2025-09-01T22:00Z"),
    ],
)
def test_it_is_due_when_her_quiet_hours_end_and_her_patience_starts_then(zone: str, due: str) -> None:
    template = MessageTemplateFactory()
    member = MemberFactory(club=template.club, time_zone=zone)
    (message,) = queue(template, member, now=NOW.replace(hour=22))
    assert message.due_at == dt.datetime.fromisoformat(due)
    assert message.expires_at == message.due_at + PATIENCE


def test_an_email_is_addressed_to_the_mailbox() -> None:
    template = MessageTemplateFactory(as_email=True)
    member = MemberFactory(club=template.club)
    assert queue(template, member)[0].address == member.email


def test_sixty_are_queued_together(django_assert_max_num_queries: Any) -> None:
    template = MessageTemplateFactory()
    members = [MemberFactory(club=template.club) for _ in range(60)]
    # SQLite takes 999 values at a time.
    with django_assert_max_num_queries(3):
        assert len(queue(template, *members)) == 60


def in_hand(status: str, since: dt.timedelta, **more: Any) -> Message:
    return MessageFactory(
        status=status, claim="00000000-0000-0000-0000-000000000001", claimed_at=NOW - since, **more
    )


def test_a_claimed_message_goes_back_to_the_queue() -> None:
    message = in_hand("claimed", IN_HAND_AT_MOST + dt.timedelta(microseconds=1))
    assert sweep_messages(now=NOW) == {"requeued": 1, "unknown": 0}
    message.refresh_from_db()
    assert (message.status, message.claim, message.claimed_at, message.due_at) == ("queued", None, None, NOW)
    assert list(message.events.values_list("kind", "happened_at")) == [("requeued", NOW)]


def test_a_message_being_sent_becomes_unknown_and_nobody_sends_it_again() -> None:
    message = in_hand("sending", IN_HAND_AT_MOST + dt.timedelta(microseconds=1))
    assert sweep_messages(now=NOW) == {"requeued": 0, "unknown": 1}
    message.refresh_from_db()
    assert (message.status, message.ended_at) == ("unknown", NOW)
    assert "before it heard back" in message.error
    assert list(message.events.values_list("kind", flat=True)) == ["unknown"]
    assert sweep_messages(now=NOW + dt.timedelta(days=1)) == {"requeued": 0, "unknown": 0}


def test_an_in_app_message_goes_back_to_the_queue_since_no_provider_can_have_passed_it_on() -> None:
    message = in_hand("sending", IN_HAND_AT_MOST + dt.timedelta(microseconds=1), channel="in_app")
    assert sweep_messages(now=NOW) == {"requeued": 1, "unknown": 0}
    message.refresh_from_db()
    assert (message.status, message.claim) == ("queued", None)


@pytest.mark.parametrize("status", ["claimed", "sending"])
def test_what_a_live_worker_may_still_hold_is_left_to_it(status: str) -> None:
    message = in_hand(status, IN_HAND_AT_MOST)
    assert sweep_messages(now=NOW) == {"requeued": 0, "unknown": 0}
    message.refresh_from_db()
    assert message.status == status


@pytest.mark.parametrize("status", ["queued", "sent", "failed", "unknown", "skipped"])
def test_what_nobody_holds_is_left_alone(status: str) -> None:
    in_hand(status, dt.timedelta(days=9))
    assert sweep_messages(now=NOW) == {"requeued": 0, "unknown": 0}
    assert Message.objects.get().status == status
    assert not MessageEvent.objects.exists()


def test_sweeping_costs_the_same_for_sixty_as_for_three(django_assert_num_queries: Any) -> None:
    club = ClubFactory()
    for count in (3, 60):
        for number in range(count):
            in_hand(
                "claimed" if number % 2 else "sending", dt.timedelta(days=1), member=MemberFactory(club=club)
            )
        # A savepoint around, two look-ups, two updates, one insert of events.
        with django_assert_num_queries(7):
            assert sum(sweep_messages(now=NOW).values()) == count
