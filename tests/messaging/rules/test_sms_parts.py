"""Parts of a text message: the tables of the standard, and what can never happen to the count."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.rules.sms_parts import BASIC, EXTENSION, count_parts

FAMILY = "👨\u200d👩\u200d👧"  # one picture, three emoji and two joiners: 8 units


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 0),
        ("a", "GSM-7", 1, 1),
        ("\n", "GSM-7", 1, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€", "GSM-7", 2, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the € does not fit into the last unit of part 1
        ("Müller José Léa Inès", "GSM-7", 20, 1),
        ("Zoë", "UCS-2", 3, 1),
        ("é" * 70 + "ë", "UCS-2", 71, 2),
        ("ш" * 70, "UCS-2", 70, 1),
        ("ш" * 71, "UCS-2", 71, 2),
        ("ш" * 134, "UCS-2", 134, 2),
        ("ш" * 135, "UCS-2", 135, 3),
        ("📌", "UCS-2", 2, 1),
        ("a" * 68 + "📌", "UCS-2", 70, 1),
        ("a" * 69 + "📌", "UCS-2", 71, 2),
        ("a" * 66 + "📌" + "a" * 66, "UCS-2", 134, 3),  # the pair does not fit into the last unit of part 1
        ("a" * 65 + "📌" + "a" * 67, "UCS-2", 134, 2),
        (FAMILY, "UCS-2", 8, 1),
        ("€" + "ш", "UCS-2", 2, 1),  # an extension character counts once outside GSM-7
        ("مرحبا", "UCS-2", 5, 1),
        ("it’s", "UCS-2", 4, 1),
        ("\t", "UCS-2", 1, 1),
    ],
)
def test_it_counts_as_the_standard_does(text: str, encoding: str, units: int, parts: int) -> None:
    counted = count_parts(text)

    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", 160),
        ("a" * 159, 1),
        ("a" * 160, 0),
        ("a" * 161, 153 - 8),
        ("a" * 306, 0),
        ("a" * 152 + "€" + "a" * 10, 153 - 12),
        ("📌", 68),
        ("ш" * 70, 0),
        ("ш" * 71, 67 - 4),
    ],
)
def test_it_says_how_much_the_last_part_still_holds(text: str, left: int) -> None:
    assert count_parts(text).left == left


def test_it_names_each_character_that_forces_the_short_form_once_in_order() -> None:
    assert count_parts("Zoë – Loïc – Zoë 📌 {€}").forcing == ("ë", "–", "ï", "📌")
    assert count_parts("Müller {€}").forcing == ()


def test_the_tables_are_those_of_the_standard() -> None:
    assert len(BASIC) == 127  # 128 positions, one of which is the escape
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


@given(st.integers(1, 400), st.sampled_from(["a", "ш"]))
def test_what_is_said_to_be_left_fits_and_not_one_more(length: int, char: str) -> None:
    text = char * length
    counted = count_parts(text)

    assert count_parts(text + char * counted.left).parts == counted.parts
    assert count_parts(text + char * (counted.left + 1)).parts == counted.parts + 1


texts = st.text(st.sampled_from("ab\n€^ëш📌\u200d") | st.characters(exclude_categories=["Cs"]), max_size=400)


@settings(deadline=None)
@given(texts, texts)
def test_more_text_never_makes_fewer_parts(start: str, more: str) -> None:
    assert count_parts(start).parts <= count_parts(start + more).parts


@settings(deadline=None)
@given(texts)
def test_the_units_are_those_of_the_encoding(text: str) -> None:
    counted = count_parts(text)

    if counted.encoding == "UCS-2":
        assert counted.units == len(text.encode("utf-16-be")) // 2
    else:
        assert counted.units == len(text) + sum(text.count(char) for char in EXTENSION)
