"""Which characters make a text dearer, and what would say the same for less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.dear_characters import TWINS, cheaper_twin, dear_characters, replace
from messaging.rules.sms_parts import count_parts, is_cheap


@pytest.mark.parametrize(
    ("dear", "twin"),
    [
        ("’", "'"),
        ("“", '"'),
        ("–", "-"),
        ("…", "..."),
        ("\u00a0", " "),
        ("\u202f", " "),
        ("ë", "e"),
        ("ç", "c"),
        ("Ł", "L"),
        ("œ", "oe"),
        ("e\u0301", "é"),  # written as two, there is one for it
        ("½", "1/2"),
        ("📌", ""),
        ("❤️", ""),
        ("👍🏽", ""),
        ("👨\u200d👩\u200d👧", ""),
        ("🇨🇭", ""),
        ("1️⃣", "1"),
        ("\u200b", ""),
        ("ш", None),
        ("م", None),
        ("漢", None),
    ],
)
def test_the_twin_says_the_same_or_there_is_none(dear: str, twin: str | None) -> None:
    assert cheaper_twin(dear) == twin


def test_each_stands_once_with_its_first_position_as_a_reader_counts() -> None:
    found = dear_characters("Hi 👨\u200d👩\u200d👧 it’s – it’s")

    assert [(one.shown, one.position, one.count) for one in found] == [
        ("👨\u200d👩\u200d👧", 4, 1),
        ("’", 8, 2),
        ("–", 11, 1),
    ]


def test_nothing_is_dear_in_what_the_standard_has() -> None:
    assert dear_characters("Müller {€} @ £1\nÇ") == []


def test_what_nobody_can_see_is_named() -> None:
    assert [one.name for one in dear_characters("a\u00a0b\u200bc📌")] == [
        "no-break space",
        "zero width space",
        "",
    ]


def test_twins_that_would_be_misread_are_told_in_words() -> None:
    assert [one.twin_in_words for one in dear_characters("…\u00a0ë")] == ["three dots", "a plain space", "e"]


def test_a_picture_goes_with_its_space() -> None:
    assert replace("here 📌 now", "📌", "") == "here now"
    assert replace("here📌", "📌", "") == "here"
    assert replace("it’s", "’", "'") == "it's"


def test_every_twin_is_cheap_and_every_dear_one_is_not() -> None:
    assert all(is_cheap(twin) for twin in TWINS.values())
    assert not any(is_cheap(dear) for dear in TWINS)


@given(st.text(st.sampled_from("ab –’…ë📌ш\u200d\ufe0f\u0301") | st.characters(exclude_categories=["Cs"])))
def test_they_are_all_of_what_forces_the_short_form_and_replacing_them_helps(text: str) -> None:
    found = dear_characters(text)

    assert bool(found) == bool(count_parts(text).forcing)
    assert not set(count_parts(text).forcing) - set("".join(one.shown for one in found))
    for one in found:
        assert one.twin is None or is_cheap(one.twin)
        assert text.count(one.shown) >= one.count >= 1
