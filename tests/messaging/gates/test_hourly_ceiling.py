"""The club's ceiling: what counts as having left within the hour, and when the others are asked again."""

import datetime as dt
from typing import Any

import pytest

from members.models import Club, Member
from messaging.gates.base import Wait
from messaging.gates.hourly_ceiling import HourlyCeilingGate
from messaging.models import Message
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db
MINUTE, SECOND = dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def club() -> Club:
    return ClubFactory(hourly_ceiling=2)


@pytest.fixture
def member(club: Club) -> Member:
    return MemberFactory(club=club)


def left(member: Member, ago: dt.timedelta, **more: Any) -> Message:
    facts = {"status": "sent", "sent_at": NOW - ago, "ended_at": NOW - ago}
    message: Message = MessageFactory(member=member, **facts | more)
    return message


def asked(*messages: Message) -> dict[int, Wait]:
    return HourlyCeilingGate().verdicts(messages, NOW)


def test_below_the_ceiling_everything_leaves(member: Member) -> None:
    left(member, 59 * MINUTE)
    assert asked(MessageFactory(member=member)) == {}


def test_at_the_ceiling_the_others_wait_for_the_next_fifth_minute_after_a_place_is_free(
    member: Member,
) -> None:
    left(member, 50 * MINUTE)
    left(member, 42 * MINUTE)
    message = MessageFactory(member=member)
    # The older of the two was at 9:10, so there is room from 10:10 on.
    assert asked(message) == {message.pk: Wait(NOW + 15 * MINUTE, "hourly_ceiling")}


@pytest.mark.parametrize(
    ("ago", "waits"),
    [(60 * MINUTE - SECOND, True), (60 * MINUTE, False)],
    ids=["a second short of the hour", "the hour"],
)
def test_the_hour_is_any_sixty_minutes(member: Member, ago: dt.timedelta, waits: bool) -> None:
    left(member, ago)
    left(member, MINUTE)
    assert bool(asked(MessageFactory(member=member))) is waits


@pytest.mark.parametrize("status", ["claimed", "sending"])
def test_what_is_in_hand_counts_as_if_it_had_left(member: Member, status: str) -> None:
    left(member, MINUTE)
    MessageFactory(member=member, status=status)
    message = MessageFactory(member=member)
    assert NOW < asked(message)[message.pk].until <= NOW + MINUTE


def test_what_may_have_left_counts_and_what_did_not_does_not(member: Member) -> None:
    left(member, MINUTE, status="failed")
    left(member, MINUTE, status="skipped")
    left(member, MINUTE, status="unknown", sent_at=None)
    assert asked(MessageFactory(member=member)) == {}
    left(member, MINUTE)
    assert asked(MessageFactory(member=member))


def test_of_several_the_more_important_ones_leave(member: Member) -> None:
    low, normal, high = (MessageFactory(member=member, priority=priority) for priority in (0, 1, 2))
    assert set(asked(low, normal, high)) == {low.pk}


def test_each_club_has_its_own_ceiling_and_one_without_has_none(club: Club) -> None:
    free = MemberFactory(club=ClubFactory(hourly_ceiling=None))
    for one in (MemberFactory(club=club), free):
        left(one, MINUTE)
        left(one, MINUTE)
    held, other = MessageFactory(member=MemberFactory(club=club)), MessageFactory(member=free)
    assert set(asked(held, other)) == {held.pk}


def test_sixty_cost_as_many_queries_as_three(club: Club, django_assert_num_queries: Any) -> None:
    messages = [MessageFactory(member=MemberFactory(club=club)) for _ in range(60)]
    left(messages[0].member, MINUTE)
    for batch in (messages[:3], messages):
        # How much of the ceiling is used, and, since it is, until when.
        with django_assert_num_queries(2):
            asked(*batch)
