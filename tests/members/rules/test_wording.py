"""How days and instants are written for people."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from members.rules.wording import day_in_words, instant_in_words


def test_a_day_is_written_out() -> None:
    assert day_in_words(dt.date(2024, 2, 29)) == "29 February 2024"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Mon 1 September 2025, 10:30"),
        ("Pacific/Auckland", "Mon 1 September 2025, 22:30"),
        ("Pacific/Honolulu", "Mon 1 September 2025, 00:30"),
        ("Pacific/Kiritimati", "Tue 2 September 2025, 00:30"),
    ],
)
def test_an_instant_is_written_in_the_zone(zone: str, words: str) -> None:
    assert instant_in_words(dt.datetime(2025, 9, 1, 10, 30, tzinfo=dt.UTC), ZoneInfo(zone)) == words
