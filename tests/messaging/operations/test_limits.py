"""Ceiling, limit per member and the switch for all clubs, through the one door: held, told, and sent later in order."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member
from messaging.models import Message, SendingSwitch
from messaging.operations.delivery import deliver
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def deliver_at(now: dt.datetime) -> dict[str, int]:
    return deliver(clock=lambda: now)


def capped(member: Member, **more: Any) -> Message:
    message: Message = MessageFactory(member=member, is_capped=True, **more)
    return message


def story(message: Message) -> list[tuple[str, str]]:
    return list(message.events.values_list("kind", "detail"))


def test_what_a_member_gets_too_much_of_leaves_later_the_more_important_first(
    provider: ScriptedTransport,
) -> None:
    member = MemberFactory(club=ClubFactory(cap_messages=1, cap_days=7))
    low, normal, high = (capped(member, priority=priority) for priority in (0, 1, 2))
    assert deliver_at(NOW) == {"sent": 1, "held": 2}
    # Whether the first one really left is known a minute later.
    assert deliver_at(NOW + MINUTE) == {"held": 2}
    assert deliver_at(NOW + 6 * DAY) == {}
    assert deliver_at(NOW + 7 * DAY) == {"sent": 1, "held": 1}
    assert deliver_at(NOW + 14 * DAY) == {"sent": 1}
    assert [envelope.message_id for envelope in provider.asked] == [high.pk, normal.pk, low.pk]
    assert story(low) == [("held", "enough_lately")]


def test_one_that_waits_for_the_limit_beyond_its_patience_is_recorded_as_too_late(
    provider: ScriptedTransport,
) -> None:
    member = MemberFactory(club=ClubFactory(cap_messages=1, cap_days=7))
    capped(member, priority=2)
    message = capped(member, expires_at=NOW + 3 * DAY)
    assert deliver_at(NOW) == {"sent": 1, "held": 1}
    assert deliver_at(NOW + MINUTE) == {"held": 1}
    assert deliver_at(NOW + 3 * DAY + dt.timedelta(seconds=1)) == {"skipped": 1}
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "too_late")
    assert story(message) == [("held", "enough_lately"), ("skipped", "too_late")]


def test_waiting_for_the_end_of_the_quiet_hours_comes_after_waiting_for_the_limit(
    provider: ScriptedTransport,
) -> None:
    member = MemberFactory(club=ClubFactory(cap_messages=1, cap_days=1))
    capped(member, status="sent", sent_at=NOW.replace(day=1, hour=3))
    message = capped(member, due_at=NOW)
    assert deliver_at(NOW) == {"held": 1}
    message.refresh_from_db()
    assert (message.reason, message.due_at) == ("enough_lately", NOW.replace(day=2, hour=3))
    assert deliver_at(NOW.replace(day=2, hour=3)) == {"held": 1}
    message.refresh_from_db()
    assert (message.reason, message.due_at) == ("quiet_hours", NOW.replace(day=2, hour=8))
    assert deliver_at(NOW.replace(day=2, hour=8)) == {"sent": 1}


def test_no_more_than_the_ceiling_leaves_in_any_hour_and_nothing_is_lost(provider: ScriptedTransport) -> None:
    club = ClubFactory(hourly_ceiling=10)
    for number in range(25):
        MessageFactory(member=MemberFactory(club=club), priority=number % 3)
    now, sent = NOW, 0
    while sent < 25:
        sent += deliver_at(now).get("sent", 0)
        last = Message.objects.filter(sent_at__gt=now - HOUR)
        assert last.count() <= 10
        now += MINUTE
    assert now - NOW < 2.5 * HOUR
    priorities = Message.objects.order_by("sent_at", "-priority").values_list("priority", flat=True)
    assert list(priorities) == sorted(priorities, reverse=True)
    assert {tuple(story(message)) for message in Message.objects.all()} == {
        (),
        (("held", "hourly_ceiling"),),
    }


@pytest.mark.usefixtures("one_caller")
def test_of_two_due_at_the_same_instant_the_more_important_one_leaves_first(
    provider: ScriptedTransport,
) -> None:
    normal, high = MessageFactory(), MessageFactory(priority=2)
    older = MessageFactory(priority=0, due_at=NOW - HOUR)
    deliver_at(NOW)
    assert [envelope.message_id for envelope in provider.asked] == [older.pk, high.pk, normal.pk]


def test_nothing_leaves_for_any_club_while_the_switch_for_all_is_on(provider: ScriptedTransport) -> None:
    MessageFactory(), MessageFactory()
    SendingSwitch.objects.create(is_paused=True)
    assert deliver_at(NOW) == {}
    # Nobody took them either: whoever had them in hand would have to give them back.
    assert set(Message.objects.values_list("status", flat=True)) == {"queued"}
    SendingSwitch.objects.update(is_paused=False)
    assert deliver_at(NOW) == {"sent": 2}
    assert Club.objects.count() == 2
