"""Nothing leaves outside the club's hours, on the member's own clock."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.models import Club, Member
from messaging.gates.base import Wait
from messaging.gates.quiet_hours import QuietHoursGate, open_from, opening_at_or_after
from tests.factories import MessageFactory


def member_in(zone: str, club_zone: str = "UTC") -> Member:
    return Member(club=Club(time_zone=club_zone), time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "now", "opens"),
    [
        ("", "2025-09-01T07:59:59Z", "2025-09-01T08:00Z"),
        ("", "2025-09-01T08:00:00Z", "2025-09-01T08:00Z"),
        ("", "2025-09-01T19:59:59.999999Z", "2025-09-01T19:59:59.999999Z"),
        ("", "2025-09-01T20:00:00Z", "2025-09-02T08:00Z"),
        ("", "2024-02-28T20:00:00Z", "2024-02-29T08:00Z"),
        ("", "2025-12-31T23:59:59Z", "2026-01-01T08:00Z"),
        ("Pacific/Auckland", "2025-09-01T10:00Z", "2025-09-01T20:00Z"),
        ("Pacific/Auckland", "2025-09-01T20:00Z", "2025-09-01T20:00Z"),
        ("Pacific/Honolulu", "2025-09-01T10:00Z", "2025-09-01T18:00Z"),
        ("Pacific/Honolulu", "2025-09-02T05:59Z", "2025-09-02T05:59Z"),
        ("America/New_York", "2025-03-09T06:59Z", "2025-03-09T12:00Z"),  # The hour that never comes.
        ("America/New_York", "2025-11-02T05:30Z", "2025-11-02T13:00Z"),  # The hour that comes twice.
        ("America/New_York", "2025-11-02T06:30Z", "2025-11-02T13:00Z"),
    ],
)
def test_it_opens_at_eight_on_her_own_clock(zone: str, now: str, opens: str) -> None:
    assert open_from(member_in(zone), dt.datetime.fromisoformat(now)) == dt.datetime.fromisoformat(opens)


def test_without_a_zone_of_her_own_the_clubs_clock_counts() -> None:
    now = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
    assert open_from(member_in("", club_zone="Pacific/Auckland"), now) == now.replace(hour=20)
    assert open_from(member_in("UTC", club_zone="Pacific/Auckland"), now) == now


def test_a_clubs_own_hours_count() -> None:
    member = Member(club=Club(send_from=dt.time(9, 30), send_until=dt.time(12)))
    early, late = dt.datetime(2025, 9, 1, 9, 29, tzinfo=dt.UTC), dt.datetime(2025, 9, 1, 12, tzinfo=dt.UTC)
    assert open_from(member, early) == early.replace(minute=30)
    assert open_from(member, late) == dt.datetime(2025, 9, 2, 9, 30, tzinfo=dt.UTC)


@given(
    zone=st.sampled_from(
        ["Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
    now=st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),
)
def test_whenever_it_opens_it_is_day_there(zone: str, now: dt.datetime) -> None:
    opens = open_from(member_in(zone), now)
    local = opens.astimezone(member_in(zone).zone)
    assert dt.time(8) <= local.time() < dt.time(20)
    assert now <= opens <= now + dt.timedelta(hours=13)


@pytest.mark.django_db
def test_the_gate_holds_a_message_until_then_and_lets_the_others_through() -> None:
    now = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
    asleep = MessageFactory(member__time_zone="Pacific/Auckland")
    verdicts = QuietHoursGate().verdicts([asleep, MessageFactory()], now)
    assert verdicts == {asleep.pk: Wait(now.replace(hour=20), "quiet_hours", is_usual=True)}


@pytest.mark.parametrize(
    "zone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "Europe/Zurich"]
)
@pytest.mark.parametrize(
    "day", ["2025-03-09", "2025-03-30", "2025-04-06", "2025-09-28", "2025-10-26", "2025-11-02", "2024-02-29"]
)
def test_what_is_due_from_its_opening_on_leaves_no_earlier(zone, day):
    there = zoneinfo.ZoneInfo(zone)
    club = Club(time_zone=zone)
    member = Member(club=club)
    begins = dt.datetime.fromisoformat(day).replace(tzinfo=there).astimezone(dt.UTC)
    for hours in range(0, 24, 3):
        instant = begins + dt.timedelta(hours=hours)
        first = opening_at_or_after(club, there, instant)
        assert open_from(member, first) >= instant
        assert open_from(member, first - dt.timedelta(seconds=1)) < instant
