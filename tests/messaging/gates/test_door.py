"""All gates together: which answer counts, and what asking costs."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from messaging import gates
from messaging.gates import MEMBER_GATES, Skip, Verdict, Wait, ask
from messaging.models import Message
from tests.factories import (
    NOW,
    ClubFactory,
    ConsentRecordFactory,
    MemberFactory,
    MessageFactory,
    SuppressionFactory,
)

pytestmark = pytest.mark.django_db
NIGHT = NOW.replace(hour=23)


def test_silence_lets_a_message_through() -> None:
    assert ask([MessageFactory()], NOW) == {}


def test_the_member_gates_stand_in_the_order_of_the_reasons() -> None:
    assert [gate.reason for gate in MEMBER_GATES] == ["no_address", "opted_out", "suppressed"]


def test_the_first_member_gate_that_stops_a_message_counts() -> None:
    member = MemberFactory(phone="")
    ConsentRecordFactory(member=member)
    other = MemberFactory()
    ConsentRecordFactory(member=other)
    SuppressionFactory(club=other.club, address=other.phone)
    suppressed = MemberFactory()
    SuppressionFactory(club=suppressed.club, address=suppressed.phone)
    messages = [MessageFactory(member=one) for one in (member, other, suppressed)]
    verdicts = ask(messages, NOW)
    assert [verdicts[message.pk] for message in messages] == [
        Skip("no_address"),
        Skip("opted_out"),
        Skip("suppressed"),
    ]


def test_a_gate_of_one_channel_does_not_stop_the_other() -> None:
    member = MemberFactory(phone="")
    sms, email = MessageFactory(member=member), MessageFactory(member=member, channel="email")
    assert ask([sms, email], NOW) == {sms.pk: Skip("no_address")}


def test_a_skip_outweighs_a_wait() -> None:
    message = MessageFactory(member__phone="", member__club__sending_paused=True)
    assert ask([message], NIGHT) == {message.pk: Skip("no_address")}


def test_of_two_waits_the_first_gate_counts() -> None:
    message = MessageFactory(member__club__sending_paused=True)
    assert ask([message], NIGHT) == {message.pk: Wait(NIGHT + dt.timedelta(minutes=5), "sending_paused")}


@pytest.mark.parametrize(
    ("answer", "counts"),
    [(Skip("mine"), Skip("mine")), (Wait(NOW, "mine"), Skip("no_address"))],
)
def test_a_gate_from_above_is_asked_first(
    answer: Verdict, counts: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Mine:
        def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> Mapping[int, Verdict]:
            return {message.pk: answer for message in messages}

    monkeypatch.setattr(gates, "_door", list(gates._door))
    gates.add_door_gate(Mine())
    message = MessageFactory(member__phone="")
    assert ask([message], NOW) == {message.pk: counts}


def test_it_asks_the_database_as_often_for_sixty_as_for_three(django_assert_num_queries: Any) -> None:
    club = ClubFactory()
    messages = [MessageFactory(member=MemberFactory(club=club)) for _ in range(60)]
    for batch in (messages[:3], messages):
        # Whose enrollments they are, the member gates of one channel, what staff hold back, the switch for all clubs, and
        # the club's ceiling.
        with django_assert_num_queries(5):
            ask(batch, NOW)


def test_what_something_else_keeps_from_leaving_takes_no_place_of_those_that_may() -> None:
    club = ClubFactory(hourly_ceiling=1, cap_messages=1)
    without, member = MemberFactory(club=club, phone=""), MemberFactory(club=club)
    first, second = (MessageFactory(member=one, is_capped=True) for one in (without, member))
    assert ask([first, second], NOW) == {first.pk: Skip("no_address")}


def test_at_night_the_quiet_hours_are_told_and_by_day_the_limit_per_member_before_the_ceiling() -> None:
    member = MemberFactory(club=ClubFactory(hourly_ceiling=1, cap_messages=1))
    MessageFactory(member=member, is_capped=True, status="sent", sent_at=NOW - dt.timedelta(minutes=30))
    message = MessageFactory(member=member, is_capped=True)
    at_night, by_day = ask([message], NIGHT)[message.pk], ask([message], NOW)[message.pk]
    assert isinstance(at_night, Wait)
    assert isinstance(by_day, Wait)
    assert (at_night.reason, by_day.reason) == ("quiet_hours", "enough_lately")
    receipt = MessageFactory(member=member)
    assert ask([receipt], NOW)[receipt.pk].reason == "hourly_ceiling"
