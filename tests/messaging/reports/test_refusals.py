"""How many of what was lately given to a provider came back refused or unanswered."""

import datetime as dt

import pytest

from messaging.reports import refusals as module
from messaging.reports.refusals import LATELY, Refusals, refusals
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def club():
    return ClubFactory()


def ended(club, status, ago=dt.timedelta(minutes=1), attempts=1, channel="sms"):
    return MessageFactory(
        member=MemberFactory(club=club),
        status=status,
        ended_at=NOW - ago,
        attempts=attempts,
        channel=channel,
    )


def test_refused_and_unanswered_count_against_all_that_were_asked(club):
    for status in ("sent", "sent", "failed", "unknown"):
        ended(club, status)
    ended(club, "sent", channel="email")
    other = ended(ClubFactory(), "failed").club_id
    assert refusals(NOW) == [
        Refusals(club.pk, "email", 1, 0),
        Refusals(club.pk, "sms", 4, 2),
        Refusals(other, "sms", 1, 1),
    ]


def test_what_no_provider_was_asked_about_is_left_out(club):
    ended(club, "failed", attempts=0)
    ended(club, "skipped", attempts=0)
    MessageFactory(member=MemberFactory(club=club))
    assert refusals(NOW) == []


@pytest.mark.parametrize(("ago", "counts"), [(LATELY - dt.timedelta(seconds=1), True), (LATELY, False)])
def test_only_the_last_hour_counts(club, ago, counts):
    ended(club, "failed", ago=ago)
    assert bool(refusals(NOW)) == counts


def test_only_the_newest_are_looked_at(club, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    ended(club, "failed", ago=dt.timedelta(minutes=9))
    for _ in range(2):
        ended(club, "sent")
    with django_assert_num_queries(1):
        assert refusals(NOW) == [Refusals(club.pk, "sms", 2, 0)]
