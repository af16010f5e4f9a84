"""How days, instants, and money are written for people."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from members.rules.wording import (
    day_in_words,
    day_of_year_in_words,
    instant_in_words,
    locales,
    money_in_words,
    short_instant,
    small_money_in_words,
)

INSTANT = dt.datetime(2025, 9, 1, 10, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("locale", "words", "without_year"),
    [
        ("en_GB", "29 February 2024", "29 February"),
        ("en_US", "February 29, 2024", "February 29"),
        ("de_CH", "29. Februar 2024", "29. Februar"),
        ("fr_FR", "29 février 2024", "29 février"),
    ],
)
def test_a_day_is_written_out_as_the_country_does(locale: str, words: str, without_year: str) -> None:
    assert day_in_words(dt.date(2024, 2, 29), locale) == words
    assert day_of_year_in_words(dt.date(2024, 2, 29), locale) == without_year


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
    assert instant_in_words(INSTANT, ZoneInfo(zone)) == words


def test_an_hour_is_written_as_the_country_does_without_the_dear_kind_of_space() -> None:
    assert short_instant(INSTANT, ZoneInfo("America/New_York"), "en_US") == "Sep 1, 2025, 6:30 AM"
    assert short_instant(INSTANT, ZoneInfo("Europe/Zurich"), "de_CH") == "01.09.2025, 12:30"


@pytest.mark.parametrize(
    ("minor_units", "currency", "locale", "words"),
    [
        (1250, "USD", "en_US", "$12.50"),
        (-1, "EUR", "de_DE", "-0,01 €"),
        (123_456_789_012_345_678, "CHF", "en_GB", "CHF1,234,567,890,123,456.78"),
        (1250, "JPY", "en_US", "¥1,250"),
    ],
)
def test_money_is_written_exactly(minor_units: int, currency: str, locale: str, words: str) -> None:
    assert money_in_words(minor_units, currency, locale) == words


@pytest.mark.parametrize(
    ("millionths", "currency", "locale", "words"),
    [
        (6450, "USD", "en_US", "$0.00645"),
        (6450, "EUR", "de_DE", "0,00645 €"),
        (50_000, "CHF", "de_CH", "CHF 0.05"),
        (1, "USD", "en_US", "$0.000001"),
        (0, "USD", "en_US", "$0.00"),
        (12_000_000, "USD", "en_US", "$12.00"),
        (1_500_000, "JPY", "en_US", "¥1.5"),
        (123_456_789_012_345_678, "USD", "en_US", "$123,456,789,012.345678"),
    ],
)
def test_less_than_a_cent_is_written_exactly(millionths: int, currency: str, locale: str, words: str) -> None:
    assert small_money_in_words(millionths, currency, locale) == words


@pytest.mark.parametrize("locale", [code for code, _name in locales()])
def test_every_way_of_writing_that_is_offered_can_be_written(locale: str) -> None:
    assert day_in_words(dt.date(2024, 2, 29), locale)
    assert short_instant(INSTANT, ZoneInfo("UTC"), locale)
    assert money_in_words(1, "USD", locale)
    assert small_money_in_words(6450, "USD", locale)
