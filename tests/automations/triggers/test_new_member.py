"""New member: so many days after joining, in the club's zone, late where patience bears it, and only for members."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.explanation import explain
from automations.triggers import TRIGGERS
from members.rules.days import AwayClock
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TRIGGER = TRIGGERS["new_member"]
PARAMS = {"days_since_join": 1}


@pytest.mark.parametrize(
    ("zone", "joined", "now", "days", "reason"),
    [
        ("UTC", "2025-09-01", "2025-09-01T23:59:59Z", 1, "too_new"),
        ("UTC", "2025-09-01", "2025-09-02T00:00:00Z", 1, "due"),
        ("UTC", "2025-09-01", "2025-09-06T00:00:00Z", 1, "due"),
        ("UTC", "2025-09-01", "2025-09-06T00:00:01Z", 1, "missed"),
        ("UTC", "2025-09-01", "2025-10-03T10:00:00Z", 1, "missed"),
        ("UTC", "2025-09-01", "2025-10-04T10:00:00Z", 1, "no_occasion"),
        ("UTC", "2025-09-01", "2025-08-31T23:59:59Z", 0, "too_new"),
        ("UTC", "2025-09-01", "2025-09-01T00:00:00Z", 0, "due"),
        ("UTC", "2025-08-31", "2025-09-29T23:59:59Z", 30, "too_new"),
        ("UTC", "2025-08-31", "2025-09-30T00:00:00Z", 30, "due"),
        ("UTC", "2024-02-28", "2024-02-29T10:00:00Z", 1, "due"),
        ("UTC", "2024-02-29", "2024-03-01T10:00:00Z", 1, "due"),
        ("UTC", "2025-12-31", "2026-01-01T10:00:00Z", 1, "due"),
        ("Pacific/Auckland", "2025-09-01", "2025-09-01T11:59:59Z", 1, "too_new"),
        ("Pacific/Auckland", "2025-09-01", "2025-09-01T12:00:00Z", 1, "due"),
        ("Pacific/Honolulu", "2025-09-01", "2025-09-02T09:59:59Z", 1, "too_new"),
        ("Pacific/Honolulu", "2025-09-01", "2025-09-02T10:00:00Z", 1, "due"),
        ("America/New_York", "2025-03-09", "2025-03-10T03:59:59Z", 1, "too_new"),
        ("America/New_York", "2025-03-09", "2025-03-10T04:00:00Z", 1, "due"),
        ("America/New_York", "2025-11-02", "2025-11-03T04:59:59Z", 1, "too_new"),
        ("America/New_York", "2025-11-02", "2025-11-03T05:00:00Z", 1, "due"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone, joined, now, days, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone), joined_on=dt.date.fromisoformat(joined))
    assert decided(member, at(now), "new_member", {"days_since_join": days}) == reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"stage": "lead"}, "other_status"),
        ({"stage": "former"}, "other_status"),
        ({"canceled": True}, "canceled"),
        ({"joined_on": None}, "no_occasion"),
        ({"frozen": True}, "due"),
    ],
)
def test_who_is_welcomed(values, reason):
    member = MemberFactory(**{"joined_on": NOW.date() - DAY} | values)
    assert decided(member, NOW, "new_member", PARAMS) == reason


@pytest.mark.parametrize(
    ("joined", "why", "next_at"),
    [
        (0, "Joined on 1 September 2025; days to wait: 1.", "2025-09-02T08:00Z"),
        (2, "Joined on 30 August 2025.", "2025-09-01T10:00Z"),
        (99, "Joined on 25 May 2025.", None),
        (None, "Nobody knows the day of joining.", None),
    ],
)
def test_it_says_why_and_when(joined, why, next_at):
    member = MemberFactory(joined_on=None if joined is None else NOW.date() - joined * DAY)
    explanation = explain(member, workflow_for(member.club, "new_member", PARAMS), now=NOW)
    assert explanation.why == why
    assert explanation.next_at == (next_at and at(next_at))


def test_it_shows_who_is_near():
    due, missed, short = TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), PARAMS)
    assert due.distance(NOW - DAY) == (0, "today is the day")
    assert missed.distance(NOW - 9 * DAY) == (8, "8 days later than that")
    assert short.distance(NOW) == (1, "1 day short")


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(0, "When somebody joins"), (1, "1 day after somebody joined"), (30, "30 days after somebody joined")],
)
def test_it_says_what_it_does(days, sentence):
    assert TRIGGER.sentence(TRIGGER.clean({"days_since_join": days}, None)) == sentence


@pytest.mark.parametrize("days", [-1, 366, "soon", None])
def test_it_refuses_parameters_that_make_no_sense(days):
    with pytest.raises(ValidationError):
        TRIGGER.clean({"days_since_join": days}, None)


def test_two_overlap_only_on_the_same_day():
    assert TRIGGER.overlaps(PARAMS, {"days_since_join": 1})
    assert not TRIGGER.overlaps(PARAMS, {"days_since_join": 2})
