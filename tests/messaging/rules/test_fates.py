"""Whatever is told of a message, in whatever order and however often, comes to the same."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Message, MessageEvent
from messaging.rules.fates import NOT_ARRIVED, Standing, Told, after
from tests.factories import NOW

Kind = MessageEvent.Kind
KINDS = [
    *(Kind.ACCEPTED, Kind.DELIVERED, Kind.DELAYED, Kind.RETURNED, Kind.REFUSED, Kind.BOUNCED),
    *(Kind.COMPLAINED, Kind.OPENED, Kind.CLICKED),
]


def told(kind: str, minutes: int = 1, **more: object) -> Told:
    return Told(kind=kind, happened_at=NOW + dt.timedelta(minutes=minutes), **more)


def end(*events: Told) -> Standing:
    standing = Standing()
    for event in events:
        standing = after(standing, event)
    return standing


some_events = st.lists(
    st.builds(
        told,
        st.sampled_from(KINDS),
        st.integers(-5, 5),
        reason=st.sampled_from(["", "general", "mailbox_full"]),
        cost=st.sampled_from([None, 0, 6450, 12_900]),
        parts=st.sampled_from([None, 1, 2]),
        carrier=st.sampled_from(["", "Swisscom"]),
    ),
    max_size=7,
)


@given(some_events, st.randoms(), st.lists(st.integers(0, 6), max_size=5))
def test_any_order_and_any_repetition_come_to_the_same(events, random, again):
    shuffled = [*events, *(events[n] for n in again if n < len(events))]
    random.shuffle(shuffled)
    assert end(*shuffled) == end(*events)


def test_a_late_delivery_after_a_bounce_leaves_it_bounced():
    standing = end(told(Kind.BOUNCED, 1, reason="general"), told(Kind.DELIVERED, 2))
    assert (standing.fate, standing.fate_reason) == (Message.Fate.BOUNCED, "general")


def test_an_answer_of_absence_after_the_delivery_leaves_it_delivered():
    assert end(told(Kind.DELIVERED, 1), told(Kind.RETURNED, 2, reason="x")).fate == Message.Fate.DELIVERED


def test_who_follows_a_link_has_opened_it_and_it_was_delivered():
    standing = end(told(Kind.CLICKED, 9))
    assert standing.opened_at == standing.clicked_at == standing.delivered_at == NOW + dt.timedelta(minutes=9)


def test_the_first_opening_counts():
    assert end(told(Kind.OPENED, 9), told(Kind.OPENED, 3)).opened_at == NOW + dt.timedelta(minutes=3)


def test_that_the_provider_took_it_is_no_outcome():
    assert end(told(Kind.ACCEPTED)) == Standing()


@pytest.mark.parametrize("fate", list(NOT_ARRIVED))
def test_a_delay_that_is_told_later_changes_no_outcome(fate):
    assert end(told(fate, reason="general"), told(Kind.DELAYED, 2, reason="zzz")).fate_reason == "general"
