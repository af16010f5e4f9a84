"""Words of being away, in a handful of languages, and the days that people name with them."""

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from babel import Locale
from babel.dates import get_day_names, get_month_names

from members.models import Pause

Why = Pause.Why

# Each word as `words_of` gives it: small letters, without accents.
AWAY = {
    Why.AWAY: "away traveling travelling weg unterwegs absent absente fuera ausente fora assente",
    Why.HOLIDAY: "holiday holidays vacation urlaub ferien vacances vacaciones ferias vacanza vacanze ferie vakantie",
    Why.INJURED: "injured injury verletzt blesse blessee lesionado lesionada infortunato infortunata geblesseerd",
    Why.SICK: "sick ill krank malade enfermo enferma malato malata ziek",
}
WHY = {word: why for why, words in AWAY.items() for word in words.split()}
BEFORE = frozenset(
    [
        "i",
        "m",
        "am",
        "im",
        "will",
        "be",
        "on",
        "a",
        "going",
        "currently",
        "ich",
        "bin",
        "im",
        "je",
        "suis",
        "en",
        "de",
        "estoy",
        "sono",
        "in",
        "ik",
        "ben",
        "op",
        "estou",
    ]
)
"""What may stand before the word: “I'm injured”, “on holiday”."""
FOR = frozenset(["for", "fur", "pour", "por", "per", "voor"])
UNTIL = frozenset(["until", "till", "til", "through", "thru", "bis", "jusqu", "hasta", "fino", "tot", "ate"])
AFTER_UNTIL = frozenset(["the", "au", "al", "am", "zum", "le", "el", "il", "a", "en", "de", "of", "on"])
BACK = frozenset(["back", "zuruck"])
NUMBERS = {
    word: n
    for n, words in enumerate(
        (
            "a an one ein eine un une una uno een um uma",
            "two zwei deux dos due twee dois duas",
            "three drei trois tres tre drie",
            "four vier quatre cuatro quattro quatro",
            "five funf cinq cinco cinque vijf",
            "six sechs seis sei zes",
        ),
        start=1,
    )
    for word in words.split()
}
UNITS = {
    "day": "d day days tag tage tagen jour jours dia dias giorno giorni dag dagen",
    "week": "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    "month": "month months monat monate monaten mois mes meses mese mesi maand maanden",
}
UNIT = {word: unit for unit, words in UNITS.items() for word in words.split()}


DEFAULT_AWAY = dt.timedelta(days=14)
"""Where nobody said for how long; the task asks a person to find out."""
LONGEST_AWAY = dt.timedelta(days=366)

_TOKENS = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}(?:[./](?:\d{4}|\d{2}))?|\d+|[^\W\d_]+")


@dataclass(frozen=True)
class Away:
    """The first day back, in the zone of whoever wrote, and why."""

    back_on: dt.date
    why: str
    is_guess: bool = False
    """Nobody said for how long."""


def words_of(text: str) -> list[str]:
    """In small letters and without accents, signs and pictures; days as they are written."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _TOKENS.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def away(words: Sequence[str], today: dt.date, locale: str) -> Away | None:
    """What these words say of being away; None where they are about something else, or leave it open."""
    start = next((n for n, word in enumerate(words) if word in WHY), None)
    if start is None or not BEFORE.issuperset(words[:start]):
        return None
    why, rest = WHY[words[start]], list(words[start + 1 :])
    if not rest:
        return Away(today + DEFAULT_AWAY, why, is_guess=True)
    back_on = _back_on(rest, today, locale)
    if back_on is None or not today < back_on <= today + LONGEST_AWAY:
        # A slip, or more than a machine should decide.
        return None
    return Away(back_on, why)


def _back_on(rest: list[str], today: dt.date, locale: str) -> dt.date | None:
    """The first day back, of “2 weeks”, “until 3 May” (that day still away) or “back 4 May”."""
    first, *others = rest
    if first in FOR:
        return _after(others, today)
    if first in UNTIL:
        last = _day(_without(others, AFTER_UNTIL), today, locale)
        return last + dt.timedelta(days=1) if last else None
    if first in BACK:
        return _day(_without(others, AFTER_UNTIL), today, locale)
    return _after(rest, today)


def _without(words: Sequence[str], noise: frozenset[str]) -> list[str]:
    return [word for word in words if word not in noise]


def _after(words: Sequence[str], today: dt.date) -> dt.date | None:
    if len(words) != 2 or words[1] not in UNIT:
        return None
    number = NUMBERS.get(words[0]) or (int(words[0]) if re.fullmatch(r"\d{1,3}", words[0]) else 0)
    match UNIT[words[1]]:
        case "day":
            return today + dt.timedelta(days=number)
        case "week":
            return today + dt.timedelta(weeks=number)
    return _months_later(today, number)


def _months_later(day: dt.date, number: int) -> dt.date:
    """The same day of that month, or its last one."""
    years, month = divmod(day.month - 1 + number, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _day(words: Sequence[str], today: dt.date, locale: str) -> dt.date | None:
    """A day as people write it; without a year the next such day, today among them."""
    names = _names(locale)
    match list(words):
        case [one] if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", one):
            return _date(*map(int, one.split("-")))
        case [one] if parts := re.fullmatch(r"(\d{1,2})([./])(\d{1,2})(?:[./](\d+))?", one):
            day, month = int(parts[1]), int(parts[3])
            if parts[2] == "/" and Locale.parse(locale).territory == "US":
                day, month = month, day
            return _next(day, month, parts[4], today)
        case [one] if one in names.weekdays:
            ahead = (names.weekdays[one] - today.weekday() - 1) % 7 + 1
            return today + dt.timedelta(days=ahead)
        case ["tomorrow" | "morgen" | "demain" | "manana" | "domani"]:
            return today + dt.timedelta(days=1)
        case [*parts] if 2 <= len(parts) <= 4:
            return _spelled(parts, names.months, today)
    return None


def _spelled(parts: list[str], months: Mapping[str, int], today: dt.date) -> dt.date | None:
    """“3 may”, “may 3”, “3 rd may 2026”."""
    named = [months[part] for part in parts if part in months]
    rest = [part for part in parts if part not in months and part not in ("st", "nd", "rd", "th", "er")]
    if len(named) != 1 or not 1 <= len(rest) <= 2 or not all(part.isdecimal() for part in rest):
        return None
    if len(rest) == 2 and len(rest[1]) not in (2, 4):
        return None
    return _next(int(rest[0]), named[0], rest[1] if len(rest) == 2 else None, today)


def _next(day: int, month: int, year: str | None, today: dt.date) -> dt.date | None:
    if year is not None:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    for ahead in (0, 1):
        found = _date(today.year + ahead, month, day)
        if found and found >= today:
            return found
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class _Names:
    months: Mapping[str, int]
    weekdays: Mapping[str, int]


@cache
def _names(locale: str) -> _Names:
    """Of months and of days of the week, in English and in the club's language, whole and short."""
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    for where in ("en", locale):
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, where).items():
                    months.update((word, number) for word in words_of(name) if len(word) > 2)
                for number, name in get_day_names(width, context, where).items():
                    weekdays.update((word, number) for word in words_of(name) if len(word) > 2)
    return _Names(months | {"sept": 9}, weekdays)
