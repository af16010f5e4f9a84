"""30 days of messages, each on the day of its own club, also where clocks change."""

import datetime as dt
import zoneinfo

import pytest

from config.dashboard.sending import sending
from messaging.reports.daily_outcomes import count_ahead
from tests.factories import NOW, ClubFactory, MemberFactory, MessageFactory

pytestmark = pytest.mark.django_db


def written(club, at, status="sent", reason=""):
    template = None
    MessageFactory(
        member=MemberFactory(club=club), template=template, status=status, reason=reason, created_at=at
    )


def at(zone, *when):
    return dt.datetime(*when, tzinfo=zoneinfo.ZoneInfo(zone))


def days(answer):
    return {row["day"]: row["numbers"] for row in answer["rows"]}


def totals(answer):
    return {total["kind"]: total["number"] for total in answer["totals"]}


def test_it_counts_by_what_became_of_them_and_says_why_some_were_skipped():
    club = ClubFactory()
    for status, reason in [("sent", ""), ("sent", ""), ("failed", ""), ("unknown", "")]:
        written(club, NOW, status, reason)
    for reason in ("opted_out", "opted_out", "came_back"):
        written(club, NOW, "skipped", reason)
    written(club, NOW, "queued")
    answer = sending([club], NOW)
    assert totals(answer) == {"sent": 2, "failed": 1, "unknown": 1, "skipped": 3, "waiting": 1}
    assert days(answer) == {"1 September 2025": [2, 1, 1, 3, 1]}
    assert [(reason["words"], reason["number"]) for reason in answer["reasons"]] == [
        ("Opted out", 2),
        ("Came back before it left", 1),
    ]
    assert (
        "1 September 2025: 2 sent, 1 failed, 1 may or may not have left, 3 skipped, 1 waiting"
        in answer["chart"]
    )


@pytest.mark.parametrize("status", ["queued", "claimed", "sending"])
def test_what_has_not_left_yet_waits(status):
    club = ClubFactory()
    written(club, NOW, status)
    answer = sending([club], NOW)
    assert totals(answer)["waiting"] == 1
    assert not answer["is_empty"]


def test_nothing_in_30_days_is_empty():
    club = ClubFactory()
    written(club, NOW - dt.timedelta(days=40))
    answer = sending([club], NOW)
    assert answer["is_empty"]
    assert answer["rows"] == []


def test_without_a_club_there_is_nothing_to_show():
    assert sending([], NOW) is None


def test_it_shows_30_days_from_midnight_to_midnight():
    club = ClubFactory()
    for day in range(3, 32):
        written(club, dt.datetime(2025, 8, day, 12, tzinfo=dt.UTC))
    written(club, NOW)
    written(club, dt.datetime(2025, 8, 2, 23, 59, 59, tzinfo=dt.UTC))
    answer = sending([club], NOW)
    assert len(days(answer)) == 30
    assert totals(answer)["sent"] == 30
    assert answer["chart"].count("<title>") == 30


@pytest.mark.parametrize(
    ("zone", "now", "hours", "expected"),
    [
        # Auckland skips an hour on 28 September 2025: that day has 23 hours.
        (
            "Pacific/Auckland",
            (2025, 9, 29, 12),
            [(2025, 9, 27, 23, 59), (2025, 9, 28, 0, 0), (2025, 9, 28, 23, 59), (2025, 9, 29, 0, 0)],
            {"27 September 2025": 1, "28 September 2025": 2, "29 September 2025": 1},
        ),
        # … and repeats one on 6 April 2025: 25 hours.
        (
            "Pacific/Auckland",
            (2025, 4, 7, 12),
            [(2025, 4, 5, 23, 59), (2025, 4, 6, 0, 0), (2025, 4, 6, 23, 59), (2025, 4, 7, 0, 0)],
            {"5 April 2025": 1, "6 April 2025": 2, "7 April 2025": 1},
        ),
        (
            "Pacific/Honolulu",
            (2025, 3, 10, 12),
            [(2025, 3, 8, 23, 59), (2025, 3, 9, 0, 0), (2025, 3, 9, 23, 59), (2025, 3, 10, 0, 0)],
            {"8 March 2025": 1, "9 March 2025": 2, "10 March 2025": 1},
        ),
    ],
)
def test_days_are_the_clubs_own_where_clocks_change_and_where_they_do_not(zone, now, hours, expected):
    club = ClubFactory(time_zone=zone)
    for hour in hours:
        written(club, at(zone, *hour))
    found = days(sending([club], at(zone, *now)))
    assert {day: numbers[0] for day, numbers in found.items()} == expected


def test_the_first_and_last_day_are_whole_across_a_change_of_clocks():
    zone = "Pacific/Auckland"
    club = ClubFactory(time_zone=zone)
    # 30 days up to 10 October 2025 begin on 11 September, before the change.
    for hour in [(2025, 9, 10, 23, 59), (2025, 9, 11, 0, 0), (2025, 10, 10, 23, 59)]:
        written(club, at(zone, *hour))
    found = days(sending([club], at(zone, 2025, 10, 10, 23, 59)))
    assert list(found) == ["11 September 2025", "10 October 2025"]


def test_clubs_on_both_sides_of_the_date_line_each_keep_their_day():
    auckland, honolulu = ClubFactory(time_zone="Pacific/Auckland"), ClubFactory(time_zone="Pacific/Honolulu")
    moment = dt.datetime(2025, 9, 1, 23, tzinfo=dt.UTC)  # 2 September in Auckland, 1 September in Honolulu.
    for club in (auckland, honolulu):
        written(club, moment)
    found = days(sending([auckland, honolulu], moment))
    assert found == {"1 September 2025": [1, 0, 0, 0, 0], "2 September 2025": [1, 0, 0, 0, 0]}


def test_other_clubs_are_not_counted():
    mine, theirs = ClubFactory(), ClubFactory()
    written(theirs, NOW)
    assert sending([mine], NOW)["is_empty"]


def test_it_asks_twice_however_many_clubs_and_messages(django_assert_num_queries):
    clubs = [ClubFactory(time_zone=zone) for zone in ("Pacific/Auckland", "Pacific/Honolulu", "UTC")]
    for club in clubs:
        written(club, NOW)
        written(club, NOW - dt.timedelta(days=3), "skipped", "opted_out")
    with django_assert_num_queries(2):
        sending(clubs, NOW)


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", -1)


@pytest.mark.usefixtures("many")
def test_the_days_of_many_members_are_those_counted_ahead_and_of_who_was_not_counted_those_of_now():
    counted, new = ClubFactory(), ClubFactory()
    for club in (counted, new):
        written(club, NOW - dt.timedelta(days=3), "skipped", "opted_out")
    assert count_ahead([counted], NOW - dt.timedelta(minutes=9)) == 1
    for club in (counted, new):
        written(club, NOW)
    answer = sending([counted, new], NOW)
    assert days(answer) == {"29 August 2025": [0, 0, 0, 2, 0], "1 September 2025": [1, 0, 0, 0, 0]}
    assert answer["counted_at"] == NOW - dt.timedelta(minutes=9)
    assert [reason["number"] for reason in answer["reasons"]] == [2]
    assert sending([new], NOW)["counted_at"] is None


def test_a_page_about_few_members_shows_what_is_so_now_whatever_was_counted_ahead():
    club = ClubFactory()
    count_ahead([club], NOW)
    written(club, NOW)
    answer = sending([club], NOW)
    assert (totals(answer)["sent"], answer["counted_at"]) == (1, None)


@pytest.mark.usefixtures("many")
def test_counted_ahead_is_what_would_be_counted_now_also_for_clubs_where_it_is_tomorrow():
    auckland, honolulu = ClubFactory(time_zone="Pacific/Auckland"), ClubFactory(time_zone="Pacific/Honolulu")
    for club in (auckland, honolulu):
        for ago in (0, 1, 28, 29, 30, 31):
            written(club, NOW - dt.timedelta(days=ago))
    asked_now = days(sending([auckland, honolulu], NOW))
    count_ahead([auckland, honolulu], NOW)
    assert days(sending([auckland, honolulu], NOW)) == asked_now


@pytest.mark.usefixtures("many")
def test_counted_before_midnight_the_first_day_is_still_whole_after_it():
    club = ClubFactory()
    written(club, NOW - dt.timedelta(days=29))
    midnight = NOW.replace(hour=0) + dt.timedelta(days=1)
    count_ahead([club], midnight - dt.timedelta(minutes=5))
    assert sending([club], midnight)["is_empty"]
