"""Sums over all time: each message is added once, however many count at once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from messaging.models import MessageTally
from messaging.operations.tallies import SETTLED_FOR, count_settled
from tests.factories import NOW, MessageFactory

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


def ended(at, status="sent", channel="sms"):
    MessageFactory(status=status, channel=channel, ended_at=at)


def tallies():
    found = MessageTally.objects.values_list("channel", "result", "number")
    return {(channel, result): number for channel, result, number in found if number}


def test_it_begins_at_the_first_call_and_adds_what_ended_since():
    ended(NOW - MINUTE * 60)
    assert count_settled(now=NOW) == 0
    for status in ("sent", "sent", "failed", "unknown", "skipped"):
        ended(NOW, status)
    ended(NOW, channel="email")
    assert count_settled(now=NOW + SETTLED_FOR) == 6
    assert tallies() == {
        ("sms", "sent"): 2,
        ("sms", "failed"): 1,
        ("sms", "unknown"): 1,
        ("sms", "skipped"): 1,
        ("email", "sent"): 1,
    }


def test_nothing_is_added_twice_or_left_out():
    count_settled(now=NOW)
    for seconds in range(0, 300, 20):
        ended(NOW - SETTLED_FOR + dt.timedelta(seconds=seconds + 1))
    added = [count_settled(now=NOW + n * MINUTE) for n in (1, 1, 2, 2, 5)]
    assert sum(added) == 15
    assert tallies() == {("sms", "sent"): 15}


def test_what_ended_just_now_waits_until_everybody_sees_it():
    count_settled(now=NOW)
    ended(NOW + MINUTE)
    assert count_settled(now=NOW + 2 * MINUTE) == 0
    assert count_settled(now=NOW + 3 * MINUTE) == 1


def test_a_clock_that_goes_back_adds_nothing():
    count_settled(now=NOW)
    assert count_settled(now=NOW - MINUTE) == 0


def test_it_costs_the_same_for_many(django_assert_num_queries):
    count_settled(now=NOW)
    for _ in range(9):
        ended(NOW)
    with django_assert_num_queries(5):
        count_settled(now=NOW + SETTLED_FOR)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_that_count_at_once_count_once():
    count_settled(now=NOW)
    for _ in range(5):
        ended(NOW)

    def count(_):
        try:
            return count_settled(now=NOW + SETTLED_FOR)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(count, range(4))) == [0, 0, 0, 5]
    assert tallies() == {("sms", "sent"): 5}
