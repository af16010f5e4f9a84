"""The limit per member: what counts, until when the others wait, and who goes first."""

import datetime as dt
from typing import Any

import pytest

from members.models import Member
from messaging.gates.base import Wait
from messaging.gates.frequency_cap import FrequencyCapGate, free_from
from messaging.models import Message
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db
DAY, MINUTE, SECOND = dt.timedelta(days=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def member() -> Member:
    return MemberFactory(club=ClubFactory(cap_messages=2, cap_days=7))


def had(member: Member, ago: dt.timedelta, **more: Any) -> Message:
    """One that left so long ago."""
    facts = {"status": "sent", "sent_at": NOW - ago, "ended_at": NOW - ago, "is_capped": True}
    message: Message = MessageFactory(member=member, **facts | more)
    return message


def asked(*messages: Message, now: dt.datetime = NOW) -> dict[int, Wait]:
    return FrequencyCapGate().verdicts(messages, now)


def new(member: Member, **more: Any) -> Message:
    message: Message = MessageFactory(member=member, is_capped=True, **more)
    return message


def test_it_lets_a_message_through_below_the_limit(member: Member) -> None:
    had(member, 1 * DAY)
    assert asked(new(member)) == {}


def test_at_the_limit_the_next_waits_until_the_oldest_that_counts_is_so_many_days_ago(member: Member) -> None:
    for days in (6, 5, 1):
        had(member, days * DAY)
    message = new(member)
    # Of three within seven days, two must be over.
    assert asked(message) == {message.pk: Wait(NOW + 2 * DAY, "enough_lately")}
    assert free_from(member, NOW) == NOW + 2 * DAY


@pytest.mark.parametrize(
    ("ago", "waits"),
    [(7 * DAY - SECOND, True), (7 * DAY, False), (7 * DAY + SECOND, False)],
    ids=["a second short", "to the second", "a second more"],
)
def test_the_days_are_whole_ones_from_instant_to_instant(
    member: Member, ago: dt.timedelta, waits: bool
) -> None:
    had(member, ago)
    had(member, 1 * DAY)
    assert bool(asked(new(member))) is waits


def test_what_does_not_count_neither_waits_nor_is_counted(member: Member) -> None:
    had(member, 1 * DAY, is_capped=False)
    had(member, 1 * DAY)
    had(member, 1 * DAY, status="failed")
    had(member, 1 * DAY, status="skipped")
    assert asked(new(member)) == {}
    had(member, 2 * DAY)
    assert asked(MessageFactory(member=member)) == {}


def test_one_that_may_have_reached_the_member_counts(member: Member) -> None:
    had(member, 1 * DAY)
    had(member, 1 * DAY, status="unknown", sent_at=None)
    assert set(asked(message := new(member))) == {message.pk}


@pytest.mark.parametrize("status", ["claimed", "sending"])
def test_what_another_worker_has_in_hand_counts_and_is_asked_again_in_a_minute(
    member: Member, status: str
) -> None:
    had(member, 1 * DAY)
    in_hand = new(member, status=status)
    message = new(member)
    assert asked(message) == {message.pk: Wait(NOW + MINUTE, "enough_lately")}
    assert asked(message, in_hand).keys() == {message.pk}


def test_of_several_the_more_important_one_leaves_and_of_equals_the_one_due_first(member: Member) -> None:
    had(member, 1 * DAY)
    low = new(member, priority=0, due_at=NOW - 2 * DAY)
    late, early = new(member), new(member, due_at=NOW - 1 * DAY)
    assert set(asked(low, late, early)) == {low.pk, late.pk}
    high = new(member, priority=2)
    assert set(asked(low, late, early, high)) == {low.pk, late.pk, early.pk}


def test_one_that_would_wait_until_it_is_of_no_use_is_asked_again_as_soon_as_that_is_so(
    member: Member,
) -> None:
    had(member, 1 * DAY)
    had(member, 1 * DAY)
    message = new(member, expires_at=NOW + 3 * DAY)
    assert asked(message)[message.pk].until == NOW + 3 * DAY + SECOND


def test_without_a_limit_nothing_waits_and_nothing_is_asked(
    member: Member, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        had(member, 1 * DAY)
    member.club.cap_messages = None
    message = new(member)
    with django_assert_num_queries(0):
        assert asked(message) == {}
        assert free_from(member, NOW) == NOW


def test_each_club_has_its_own_limit_and_many_members_cost_one_query(
    member: Member, django_assert_num_queries: Any
) -> None:
    other = MemberFactory(club=ClubFactory(cap_messages=1, cap_days=1))
    for one in (member, other):
        had(one, 2 * DAY)
        had(one, 3 * DAY)
    messages = [new(member), new(other), *(new(MemberFactory(club=member.club)) for _ in range(20))]
    with django_assert_num_queries(1):
        assert set(asked(*messages)) == {messages[0].pk}
