"""How days, instants, and money are written for people: in the club's zone, as the club's country writes them."""

import datetime as dt
import zoneinfo
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, get_currency_precision
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

DEFAULT_LOCALE = "en_GB"
_OFFERED = (
    "en_AU en_CA en_GB en_IE en_IN en_NZ en_US en_ZA cs_CZ da_DK de_AT de_CH de_DE es_ES es_MX es_US fi_FI fr_BE "
    "fr_CA fr_CH fr_FR it_CH it_IT nb_NO nl_BE nl_NL pl_PL pt_BR pt_PT sk_SK sv_SE"
)


def locales() -> list[tuple[str, str]]:
    """What a club may choose: (code, name in English) pairs, by name."""
    named = ((code, str(Locale.parse(code).get_display_name("en"))) for code in _OFFERED.split())
    return sorted(named, key=lambda pair: pair[1])


def languages() -> list[tuple[str, str]]:
    """What a member may prefer to read: (code, name in English) pairs, by name; those of the ways of writing."""
    codes = {Locale.parse(code).language for code in _OFFERED.split()}
    named = ((code, str(Locale(code).get_display_name("en"))) for code in codes)
    return sorted(named, key=lambda pair: pair[1])


def language_name(code: str) -> str:
    """Like “German”; the code itself where nobody knows it."""
    return dict(languages()).get(code, code)


def person_name(person: AbstractBaseUser | AnonymousUser) -> str:
    """What a login is called where it is told who did something."""
    return person.get_full_name() or person.get_username()  # type: ignore[union-attr]


def day_in_words(day: dt.date, locale: str = DEFAULT_LOCALE) -> str:
    """Like “25 August 2025”, in the United States “August 25, 2025”."""
    return format_date(day, "long", locale)


def day_of_year_in_words(day: dt.date, locale: str = DEFAULT_LOCALE) -> str:
    """Like “25 August”."""
    return format_skeleton("MMMMd", day, locale=locale)


def instant_in_words(instant: dt.datetime, zone: zoneinfo.ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """Like “Tue 2 September 2025, 09:00”."""
    there = instant.astimezone(zone)
    weekday = format_date(there.date(), "EEE", locale)
    return f"{weekday} {day_in_words(there.date(), locale)}, {_hour(there, locale)}"


def short_instant(instant: dt.datetime, zone: zoneinfo.ZoneInfo, locale: str = DEFAULT_LOCALE) -> str:
    """Like “2 Sep 2025, 09:00”, for tables."""
    there = instant.astimezone(zone)
    return f"{format_date(there.date(), 'medium', locale)}, {_hour(there, locale)}"


def money_in_words(minor_units: int, currency: str, locale: str = DEFAULT_LOCALE) -> str:
    """Like “$12.50” for 1250 cents; a currency without cents has none."""
    amount = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return _plain(format_currency(amount, currency, locale=locale))


def small_money_in_words(millionths: int, currency: str, locale: str = DEFAULT_LOCALE) -> str:
    """Like “$0.00645” for 6450 millionths: exact, with more digits than the currency has only where they are needed."""
    amount = Decimal(millionths).scaleb(-6).normalize()
    return _plain(format_currency(amount, currency, locale=locale, decimal_quantization=False))


def _hour(there: dt.datetime, locale: str) -> str:
    return _plain(format_time(there.time(), "short", locale=locale))


def _plain(words: str) -> str:
    # A no-break space would more than double the price of a text message.
    return words.replace("\u202f", " ").replace("\xa0", " ")
