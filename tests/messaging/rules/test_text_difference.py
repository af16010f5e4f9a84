"""What changed between two versions, word by word."""

import time

from hypothesis import given
from hypothesis import strategies as st

from messaging.rules.text_difference import difference


def test_a_changed_word_stands_between_those_that_stayed() -> None:
    pieces = difference("Hi {{ first_name }}, bye", "Hello {{ first_name }}, bye now")

    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("removed", "Hi"),
        ("added", "Hello"),
        ("same", " {{ first_name }}, bye"),
        ("added", " now"),
    ]


def test_a_placeholder_is_one_word() -> None:
    pieces = difference("{{ first_name }}", "{{ last_name }}")

    assert [piece.text for piece in pieces] == ["{{ first_name }}", "{{ last_name }}"]


@given(st.text(st.sampled_from("ab {}\n%"), max_size=60), st.text(st.sampled_from("ab {}\n%"), max_size=60))
def test_both_versions_can_be_read_off(before: str, after: str) -> None:
    pieces = difference(before, after)

    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


def test_the_longest_texts_take_no_time_to_speak_of() -> None:
    begun = time.perf_counter()
    for before, after in (("a b " * 5_000, "b a " * 5_000), ("a " * 1_500, "b " * 1_400 + "a ")):
        difference(before, after)

    assert time.perf_counter() - begun < 2
