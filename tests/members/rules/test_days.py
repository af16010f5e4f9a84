"""Calendar days and wall clocks: days away with closed days, leap days, and clocks that jump."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.rules.days import AwayClock, at_wall_clock, next_wall_clock, noon_of, start_of_day
from tests.factories import NOW, ClosureFactory, ClubFactory

AUCKLAND, HONOLULU, NEW_YORK = (
    ZoneInfo("Pacific/Auckland"),
    ZoneInfo("Pacific/Honolulu"),
    ZoneInfo("America/New_York"),
)
SANTIAGO, HAVANA, LORD_HOWE, UTC = (
    ZoneInfo("America/Santiago"),
    ZoneInfo("America/Havana"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("UTC"),
)
ZONES = st.sampled_from(
    [AUCKLAND, HONOLULU, NEW_YORK, SANTIAGO, HAVANA, LORD_HOWE, UTC, ZoneInfo("Asia/Kathmandu")]
)
DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "on", "begins"),
    [
        (UTC, "2025-09-01", "2025-09-01T00:00Z"),
        (AUCKLAND, "2025-09-01", "2025-08-31T12:00Z"),
        (HONOLULU, "2025-09-01", "2025-09-01T10:00Z"),
        (NEW_YORK, "2025-03-09", "2025-03-09T05:00Z"),  # The clocks go on at two.
        (NEW_YORK, "2025-03-10", "2025-03-10T04:00Z"),
        (NEW_YORK, "2025-11-02", "2025-11-02T04:00Z"),  # The clocks go back at two.
        (NEW_YORK, "2025-11-03", "2025-11-03T05:00Z"),
        (SANTIAGO, "2025-09-07", "2025-09-07T04:00Z"),  # Midnight never comes; the day begins at one.
        (HAVANA, "2025-11-02", "2025-11-02T04:00Z"),  # Midnight comes twice; the day begins at the first.
        (HAVANA, "2025-11-03", "2025-11-03T05:00Z"),
        (UTC, "2024-02-29", "2024-02-29T00:00Z"),
    ],
)
def test_a_day_begins_at_its_first_instant(zone: ZoneInfo, on: str, begins: str) -> None:
    assert start_of_day(day(on), zone) == at(begins)


@pytest.mark.parametrize(
    ("zone", "on", "time", "instant"),
    [
        (NEW_YORK, "2025-03-09", "01:59", "2025-03-09T06:59Z"),
        (NEW_YORK, "2025-03-09", "02:30", "2025-03-09T07:30Z"),  # Never comes: half past three.
        (NEW_YORK, "2025-03-09", "03:00", "2025-03-09T07:00Z"),
        (NEW_YORK, "2025-11-02", "01:30", "2025-11-02T05:30Z"),  # Comes twice: the first.
        (NEW_YORK, "2025-11-02", "02:00", "2025-11-02T07:00Z"),
        (AUCKLAND, "2025-09-28", "02:30", "2025-09-27T14:30Z"),
        (AUCKLAND, "2025-04-06", "02:30", "2025-04-05T13:30Z"),
        (LORD_HOWE, "2025-10-05", "02:15", "2025-10-04T15:45Z"),  # The clocks go on by half an hour.
        (HONOLULU, "2025-03-09", "02:30", "2025-03-09T12:30Z"),
    ],
)
def test_a_wall_clock_time_is_one_instant(zone: ZoneInfo, on: str, time: str, instant: str) -> None:
    assert at_wall_clock(day(on), dt.time.fromisoformat(time), zone) == at(instant)


@pytest.mark.parametrize(
    ("zone", "time", "now", "expected"),
    [
        (UTC, "08:00", "2025-09-01T07:59:59Z", "2025-09-01T08:00Z"),
        (UTC, "08:00", "2025-09-01T08:00:00Z", "2025-09-01T08:00Z"),
        (UTC, "08:00", "2025-09-01T08:00:01Z", "2025-09-02T08:00Z"),
        (UTC, "08:00", "2024-02-28T09:00Z", "2024-02-29T08:00Z"),
        (UTC, "08:00", "2025-02-28T09:00Z", "2025-03-01T08:00Z"),
        (UTC, "00:00", "2025-12-31T23:59Z", "2026-01-01T00:00Z"),
        (AUCKLAND, "08:00", "2025-09-01T19:59Z", "2025-09-01T20:00Z"),
        (AUCKLAND, "08:00", "2025-09-01T20:01Z", "2025-09-02T20:00Z"),
        (HONOLULU, "08:00", "2025-09-01T18:01Z", "2025-09-02T18:00Z"),
        (NEW_YORK, "08:00", "2025-03-08T13:01Z", "2025-03-09T12:00Z"),  # 23 hours on.
        (NEW_YORK, "08:00", "2025-11-01T12:01Z", "2025-11-02T13:00Z"),  # 25 hours on.
        (NEW_YORK, "02:30", "2025-03-09T06:00Z", "2025-03-09T07:30Z"),
        (
            NEW_YORK,
            "01:30",
            "2025-11-02T05:31Z",
            "2025-11-03T06:30Z",
        ),  # Once a day, also where it comes twice.
    ],
)
def test_the_next_wall_clock_time_is_today_or_tomorrow(
    zone: ZoneInfo, time: str, now: str, expected: str
) -> None:
    assert next_wall_clock(dt.time.fromisoformat(time), zone, at(now)) == at(expected)


@given(
    zone=ZONES,
    time=st.times(),
    now=st.datetimes(at("2015-01-01"), at("2035-12-31"), timezones=st.just(dt.UTC)),
)
def test_the_next_wall_clock_time_lies_less_than_two_days_ahead(
    zone: ZoneInfo, time: dt.time, now: dt.datetime
) -> None:
    assert now <= next_wall_clock(time, zone, now) < now + dt.timedelta(hours=49)


@given(zone=ZONES, on=DAYS, other=ZONES)
def test_noon_of_a_day_stays_on_that_day(zone: ZoneInfo, on: dt.date, other: ZoneInfo) -> None:
    assert noon_of(on, zone).astimezone(zone).date() == on
    assert start_of_day(on, zone) < noon_of(on, zone) < start_of_day(on + dt.timedelta(days=1), zone)


@pytest.mark.parametrize(
    ("last_on", "today", "away"),
    [
        ("2025-09-02", "2025-09-01", 0),  # A visit that lies ahead is no absence.
        ("2025-09-01", "2025-09-01", 0),
        ("2025-08-31", "2025-09-01", 1),
        ("2025-08-26", "2025-09-01", 6),
        ("2025-08-25", "2025-09-01", 7),
        ("2024-02-28", "2024-03-01", 2),  # The leap day counts.
        ("2025-02-28", "2025-03-01", 1),
        ("2024-02-29", "2025-02-28", 365),
        ("2024-12-31", "2025-01-01", 1),
    ],
)
def test_days_away_are_calendar_days(last_on: str, today: str, away: int) -> None:
    assert AwayClock(day(today), UTC).days_away(day(last_on)) == away


@pytest.mark.parametrize(
    ("closures", "away"),
    [
        ([], 7),
        ([("2025-08-20", "2025-08-25")], 7),  # Over before the last visit.
        ([("2025-08-20", "2025-08-26")], 7),  # The day of the visit itself is none of the days away.
        ([("2025-08-20", "2025-08-27")], 6),
        ([("2025-08-28", "2025-08-29")], 6),
        ([("2025-08-28", "2025-08-30"), ("2025-08-29", "2025-08-31")], 4),  # Overlapping days count once.
        ([("2025-09-01", "2025-09-02")], 6),  # Shut today.
        ([("2025-09-02", "2025-09-09")], 7),  # Shut from tomorrow on.
        ([("2025-08-01", "2025-10-01")], 0),
    ],
)
def test_closed_days_do_not_count(closures: list[tuple[str, str]], away: int) -> None:
    shut = tuple((day(first), day(end)) for first, end in closures)
    clock = AwayClock(day("2025-09-01"), UTC, shut)
    assert clock.days_away(day("2025-08-25")) == away
    assert clock.days_shut(day("2025-08-25")) == 7 - away


@pytest.mark.parametrize(
    ("reopens_on", "said"),
    [
        ("2025-08-26", ""),
        ("2025-08-27", " (1 closed day not counted)"),
        ("2025-08-28", " (2 closed days not counted)"),
    ],
)
def test_closed_days_that_were_left_out_are_named(reopens_on: str, said: str) -> None:
    clock = AwayClock(day("2025-09-01"), UTC, ((day("2025-08-24"), day(reopens_on)),))
    assert clock.not_counted(day("2025-08-25")) == said


CLOSURES = st.lists(st.tuples(st.integers(-60, 10), st.integers(1, 20)), max_size=4)


@st.composite
def clocks(draw: st.DrawFn) -> AwayClock:
    today = draw(DAYS)
    shut = [
        (today + dt.timedelta(start), today + dt.timedelta(start + length))
        for start, length in draw(CLOSURES)
    ]
    return AwayClock(today, draw(ZONES), tuple(shut))


@given(clock=clocks(), hours_ago=st.integers(-30, 24 * 90), days=st.integers(1, 40))
def test_the_threshold_says_the_same_as_the_count(clock: AwayClock, hours_ago: int, days: int) -> None:
    last = start_of_day(clock.today, clock.zone) - dt.timedelta(hours=hours_ago, minutes=hours_ago % 60)
    assert (last < clock.away_for(days)) == (clock.days_away(clock.day_of(last)) >= days)


@given(clock=clocks(), days=st.integers(1, 40))
def test_the_threshold_is_exact_to_the_microsecond(clock: AwayClock, days: int) -> None:
    threshold = clock.away_for(days)
    assert clock.days_away(clock.day_of(threshold)) < days
    assert clock.days_away(clock.day_of(threshold - dt.timedelta(microseconds=1))) >= days


@given(clock=clocks(), days_ago=st.integers(0, 90))
def test_days_away_are_the_open_days_since(clock: AwayClock, days_ago: int) -> None:
    last_on = clock.today - dt.timedelta(days=days_ago)
    since = [last_on + dt.timedelta(days=n + 1) for n in range(days_ago)]
    assert clock.days_away(last_on) == sum(not clock.is_shut(one) for one in since)


@given(clock=clocks(), days_ago=st.integers(0, 60), days=st.integers(1, 40))
def test_the_day_when_away_so_long_is_the_first_such_day(clock: AwayClock, days_ago: int, days: int) -> None:
    last_on = clock.today - dt.timedelta(days=days_ago)
    then = clock.day_when_away_for(days, last_on)
    assert then >= clock.today
    assert AwayClock(then, clock.zone, clock.closures).days_away(last_on) >= days
    if then > clock.today:
        eve = then - dt.timedelta(days=1)
        assert AwayClock(eve, clock.zone, clock.closures).days_away(last_on) < days


@pytest.mark.django_db
def test_a_clubs_clock_knows_its_zone_and_its_own_closures() -> None:
    club = ClubFactory(time_zone="Pacific/Auckland")
    ClosureFactory(club=club, starts_on=day("2025-08-28"), reopens_on=day("2025-08-30"))
    ClosureFactory(starts_on=day("2025-08-01"), reopens_on=day("2025-09-30"))
    clock = AwayClock.of(club, at("2025-09-01T12:00Z"))
    assert clock.today == day("2025-09-02")
    assert clock.closures == ((day("2025-08-28"), day("2025-08-30")),)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "today"),
    [("Pacific/Auckland", "2025-09-01"), ("UTC", "2025-09-01"), ("Pacific/Honolulu", "2025-09-01")],
)
def test_today_is_the_clubs_own_day(zone: str, today: str) -> None:
    assert AwayClock.of(ClubFactory(time_zone=zone), NOW).today == day(today)
