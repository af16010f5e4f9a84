"""Whole messages of the carriers' words, and never a part of a sentence; days away as people write them."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import InboundMessage
from messaging.rules.days_away import LONGEST_AWAY, WHY
from messaging.rules.replies import HELP, START, STOP, understand

TakenAs = InboundMessage.TakenAs
TODAY = dt.date(2025, 9, 1)
"""A Monday."""

KEYWORDS = sorted(STOP | START | HELP)
noise = st.text(
    alphabet=string.punctuation.replace("/", "").replace("'", "") + " \n\t“”«»…¡¿🙏📌❤️", max_size=8
)


def taken_as(body: str) -> str:
    return understand(body, today=TODAY).taken_as


def any_case(word: str) -> st.SearchStrategy[str]:
    return st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda large: "".join(
            sign.upper() if up and sign.upper().lower() == sign else sign
            for sign, up in zip(word, large, strict=True)
        )
    )


@given(data=st.data(), keyword=st.sampled_from(KEYWORDS), before=noise, after=noise)
def test_a_keyword_counts_in_any_case_and_with_any_punctuation(
    data: st.DataObject, keyword: str, before: str, after: str
) -> None:
    word = data.draw(any_case(keyword))
    expected = TakenAs.STOP if keyword in STOP else TakenAs.START if keyword in START else TakenAs.HELP
    assert taken_as(f"{before}{word}{after}") == expected


words = st.sampled_from(
    ["please", "don't", "we", "never", "my", "class", "the", "at", "tomorrow", "thanks", "you", "it"]
)


@given(
    keyword=st.sampled_from(KEYWORDS), before=st.lists(words, max_size=3), after=st.lists(words, max_size=3)
)
def test_a_keyword_within_a_sentence_is_an_answer(keyword: str, before: list[str], after: list[str]) -> None:
    if before or after:
        assert taken_as(" ".join([*before, keyword, *after])) == TakenAs.REPLY


@given(body=st.text(max_size=300))
def test_whatever_comes_in_is_understood_as_something(body: str) -> None:
    said = understand(body, today=TODAY, locale="de_CH")
    assert (said.away is not None) == (said.taken_as == TakenAs.AWAY)


@pytest.mark.parametrize(
    "body",
    [
        "STOP", "Stop.", "stopp", "ARRÊT", "Arrêter!", "STOP ALL", "Opt-out", "stop, stop!", "ＳＴＯＰ", "СТОП", "退订", "«Stop» 🙏"
    ],
)  # fmt: skip
def test_these_stop(body: str) -> None:
    assert taken_as(body) == TakenAs.STOP


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("Stop promotions", TakenAs.NO_OFFERS),
        ("STOP_PROMOTIONS", TakenAs.NO_OFFERS),
        ("Parar promoções", TakenAs.NO_OFFERS),
        ("Detener promociones.", TakenAs.NO_OFFERS),
        ("Resume promotions", TakenAs.OFFERS),
        ("please stop promotions on Sundays", TakenAs.REPLY),
        ("promotions", TakenAs.REPLY),
    ],
)
def test_these_are_about_offers_alone(body: str, meant: str) -> None:
    assert taken_as(body) == meant


@pytest.mark.parametrize(
    "body",
    [
        "please don't stop",
        "Please stop by tomorrow?",
        "I'll quit smoking",
        "cancel my class at 6",
        "the end",
        "non-stop",
        "stop start",
        "yes",
        "",
        "👍",
        "is it help or info",
    ],
)
def test_these_are_for_a_person(body: str) -> None:
    assert taken_as(body) == TakenAs.REPLY


@pytest.mark.parametrize(
    ("body", "why", "back_on"),
    [
        ("AWAY 2 WEEKS", "away", dt.date(2025, 9, 15)),
        ("away for a week", "away", dt.date(2025, 9, 8)),
        ("Away two weeks!", "away", dt.date(2025, 9, 15)),
        ("AWAY 10 days", "away", dt.date(2025, 9, 11)),
        ("vacation 1 month", "holiday", dt.date(2025, 10, 1)),
        ("INJURED", "injured", dt.date(2025, 9, 15)),
        ("I'm injured 3 weeks", "injured", dt.date(2025, 9, 22)),
        ("HOLIDAY UNTIL 3 MAY", "holiday", dt.date(2026, 5, 4)),
        ("on holiday until May 3rd", "holiday", dt.date(2026, 5, 4)),
        ("holiday till 3rd of may 2026", "holiday", dt.date(2026, 5, 4)),
        ("holiday until 2025-09-20", "holiday", dt.date(2025, 9, 21)),
        ("holiday until 20.9.", "holiday", dt.date(2025, 9, 21)),
        ("holiday until 20/9/25", "holiday", dt.date(2025, 9, 21)),
        ("away until today is no day", None, None),
        ("away until 1 sept", "away", dt.date(2025, 9, 2)),
        ("away back 5 sep", "away", dt.date(2025, 9, 5)),
        ("away until friday", "away", dt.date(2025, 9, 6)),
        ("away until monday", "away", dt.date(2025, 9, 9)),
        ("away until tomorrow", "away", dt.date(2025, 9, 3)),
        ("away until 29 february", None, None),
        ("away until 31 aug", "away", dt.date(2026, 9, 1)),
        ("away until 31 june", None, None),
        ("away until 3 may 2024", None, None),
        ("away 0 days", None, None),
        ("away 99 weeks", None, None),
        ("away from stress at last", None, None),
        ("sick of this", None, None),
        ("my holiday was great", None, None),
    ],
)
def test_how_long_somebody_is_away(body: str, why: str | None, back_on: dt.date | None) -> None:
    away = understand(body, today=TODAY).away
    assert (away and away.why, away and away.back_on) == (why, back_on)


@pytest.mark.parametrize(
    ("body", "locale", "back_on"),
    [
        ("Urlaub bis 3. Mai", "de_CH", dt.date(2026, 5, 4)),
        ("verletzt für drei Wochen", "de_AT", dt.date(2025, 9, 22)),
        ("vacances jusqu'au 3 février", "fr_FR", dt.date(2026, 2, 4)),
        ("absente 2 semaines", "fr_CA", dt.date(2025, 9, 15)),
        ("vacaciones hasta el 3 de mayo", "es_ES", dt.date(2026, 5, 4)),
        ("in vacanza fino al 3 maggio", "it_IT", dt.date(2026, 5, 4)),
        ("vakantie tot 3 mei", "nl_NL", dt.date(2026, 5, 4)),
        ("away until 10/9", "en_US", dt.date(2025, 10, 10)),
        ("away until 10/9", "en_GB", dt.date(2025, 9, 11)),
    ],
)
def test_the_clubs_language_and_way_of_writing_count(body: str, locale: str, back_on: dt.date) -> None:
    away = understand(body, today=TODAY, locale=locale).away
    assert away
    assert away.back_on == back_on


@pytest.mark.parametrize(
    ("today", "body", "back_on"),
    [
        (dt.date(2024, 2, 28), "away until 29 feb", dt.date(2024, 3, 1)),
        (dt.date(2024, 2, 29), "away until 29 feb", dt.date(2024, 3, 1)),
        (dt.date(2024, 3, 1), "away until 29 feb", None),
        (dt.date(2023, 3, 1), "away until 29 feb", dt.date(2024, 3, 1)),
        (dt.date(2025, 1, 31), "away 1 month", dt.date(2025, 2, 28)),
        (dt.date(2025, 12, 31), "away 2 months", dt.date(2026, 2, 28)),
        (dt.date(2025, 12, 31), "away until 31 dec", dt.date(2026, 1, 1)),
    ],
)
def test_the_ends_of_months_and_years(today: dt.date, body: str, back_on: dt.date | None) -> None:
    away = understand(body, today=today).away
    assert (away and away.back_on) == back_on


@given(
    word=st.sampled_from(sorted(WHY)),
    number=st.integers(0, 999),
    unit=st.sampled_from(["days", "weeks", "months"]),
    today=st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
)
def test_whoever_is_away_comes_back_within_a_year(word: str, number: int, unit: str, today: dt.date) -> None:
    said = understand(f"{word} {number} {unit}", today=today)
    if said.away:
        assert today < said.away.back_on <= today + LONGEST_AWAY
    else:
        assert said.taken_as == TakenAs.REPLY
