"""When a step is due, across clocks that are put forward and back."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automations.models import Step
from automations.timing import due_after

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
AUCKLAND = zoneinfo.ZoneInfo("Pacific/Auckland")
HONOLULU = zoneinfo.ZoneInfo("Pacific/Honolulu")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("delay", "unit", "at", "zone", "since", "due"),
    [
        (0, "days", None, ZURICH, "2025-09-01T10:00", "2025-09-01T10:00"),
        (90, "minutes", None, ZURICH, "2025-09-01T10:00", "2025-09-01T11:30"),
        # Elapsed hours, although the wall clock shows one more: 30 March 2025 has no 02:30 in Zurich.
        (3, "hours", None, ZURICH, "2025-03-30T00:30", "2025-03-30T03:30"),
        # The same wall clock a day later, although that day has 23 or 25 hours.
        (1, "days", None, ZURICH, "2025-03-29T09:00", "2025-03-30T08:00"),
        (1, "days", None, ZURICH, "2025-10-25T08:00", "2025-10-26T09:00"),
        # The hour that never comes, and the first of the one that comes twice.
        (1, "days", None, ZURICH, "2025-03-29T01:30", "2025-03-30T01:30"),
        (1, "days", None, ZURICH, "2025-10-25T00:30", "2025-10-26T00:30"),
        (2, "weeks", None, ZURICH, "2025-03-20T09:00", "2025-04-03T08:00"),
        (1, "days", None, ZURICH, "2024-02-28T09:00", "2024-02-29T09:00"),
        (1, "days", None, ZURICH, "2025-02-28T09:00", "2025-03-01T09:00"),
        # At an hour of the member's own day: today if it is still to come, else tomorrow.
        (0, "days", dt.time(9), ZURICH, "2025-09-01T06:59", "2025-09-01T07:00"),
        (0, "days", dt.time(9), ZURICH, "2025-09-01T07:00", "2025-09-01T07:00"),
        (0, "days", dt.time(9), ZURICH, "2025-09-01T07:01", "2025-09-02T07:00"),
        (2, "days", dt.time(9), AUCKLAND, "2025-09-01T20:00", "2025-09-03T21:00"),
        (2, "days", dt.time(9), HONOLULU, "2025-09-01T20:00", "2025-09-04T19:00"),
        (0, "days", dt.time(2, 30), ZURICH, "2025-03-29T12:00", "2025-03-30T01:30"),
    ],
)
def test_a_step_is_due(delay, unit, at, zone, since, due):
    assert due_after(Step(delay=delay, delay_unit=unit, at_time=at), utc(since), zone) == utc(due)


@pytest.mark.parametrize(
    ("delay", "weekday", "at", "zone", "since", "due"),
    [
        # Tuesday 2 September 2025: that day up to the hour itself, a week later from then on.
        (0, 1, dt.time(9), ZURICH, "2025-09-01T10:00", "2025-09-02T07:00"),
        (0, 1, dt.time(9), ZURICH, "2025-09-02T06:59", "2025-09-02T07:00"),
        (0, 1, dt.time(9), ZURICH, "2025-09-02T07:00", "2025-09-02T07:00"),
        (0, 1, dt.time(9), ZURICH, "2025-09-02T07:01", "2025-09-09T07:00"),
        # The wait first: two days from Sunday is Tuesday, three days from it are too many.
        (2, 1, dt.time(9), ZURICH, "2025-08-31T06:00", "2025-09-02T07:00"),
        (3, 1, dt.time(9), ZURICH, "2025-08-31T06:00", "2025-09-09T07:00"),
        # Sunday, the last of a week that begins on Monday, and across the end of a month and of a year.
        (0, 6, dt.time(18), ZURICH, "2025-09-01T10:00", "2025-09-07T16:00"),
        (0, 0, dt.time(9), ZURICH, "2025-12-30T10:00", "2026-01-05T08:00"),
        # 29 February 2024 was a Thursday; a year later the Thursday is the 27th.
        (0, 3, dt.time(9), ZURICH, "2024-02-26T10:00", "2024-02-29T08:00"),
        (0, 3, dt.time(9), ZURICH, "2025-02-26T10:00", "2025-02-27T08:00"),
        # The hour that never comes, the first of the one that comes twice, and the week after it.
        (0, 6, dt.time(2, 30), ZURICH, "2025-03-28T12:00", "2025-03-30T01:30"),
        (0, 6, dt.time(2, 30), ZURICH, "2025-10-24T12:00", "2025-10-26T00:30"),
        (0, 6, dt.time(2, 30), ZURICH, "2025-10-26T00:31", "2025-11-02T01:30"),
        # The member's own Tuesday: already there in Auckland, not yet in Honolulu.
        (0, 1, dt.time(9), AUCKLAND, "2025-09-01T20:00", "2025-09-01T21:00"),
        (0, 1, dt.time(9), AUCKLAND, "2025-09-02T12:00", "2025-09-08T21:00"),
        (0, 1, dt.time(9), HONOLULU, "2025-09-02T08:00", "2025-09-02T19:00"),
        (0, 1, dt.time(9), HONOLULU, "2025-09-03T09:00", "2025-09-09T19:00"),
        # New Zealand puts its clocks forward on Sunday, 28 September 2025.
        (0, 6, dt.time(9), AUCKLAND, "2025-09-26T20:00", "2025-09-27T20:00"),
    ],
)
def test_a_step_on_a_day_of_the_week_is_due(delay, weekday, at, zone, since, due):
    step = Step(delay=delay, delay_unit="days", at_time=at, at_weekday=weekday)
    assert due_after(step, utc(since), zone) == utc(due)


@given(
    weekday=st.sampled_from(Step.Weekday.values),
    at=st.times(),
    since=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
    zone=st.sampled_from([ZURICH, AUCKLAND, HONOLULU]),
)
def test_it_is_always_the_next_such_day(weekday, at, since, zone):
    due = due_after(Step(delay=0, delay_unit="days", at_time=at, at_weekday=weekday), since, zone)
    assert due.astimezone(zone).weekday() == weekday
    assert dt.timedelta() <= due - since <= dt.timedelta(days=7, hours=1)


@given(
    delay=st.integers(0, 400),
    unit=st.sampled_from(Step.Unit.values),
    at=st.none() | st.times(),
    since=st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),
    zone=st.sampled_from([ZURICH, AUCKLAND, HONOLULU]),
)
def test_it_is_never_due_before_the_step_was_reached(delay, unit, at, since, zone):
    due = due_after(Step(delay=delay, delay_unit=unit, at_time=at), since, zone)
    # A wall clock in the hour that comes twice means the first of the two.
    assert due >= since - dt.timedelta(hours=1)
    if at and not delay:
        assert due - since <= dt.timedelta(hours=25)
