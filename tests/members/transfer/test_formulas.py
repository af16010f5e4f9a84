"""No cell of a CSV file begins a formula, however a spreadsheet splits it, and the guard comes off without a trace."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.transfer.formulas import guarded, unguarded

NASTY = st.text(st.sampled_from(list("'=+-@;\t\r\n, \"a1＝")), max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        (" =1", " '=1"),
        ("＝1", "'＝1"),
        ("'=1", "''=1"),
        ("a;=1", "a;'=1"),
        ("a; =1", "a; '=1"),
        ("a\t=1", "a\t'=1"),
        ("a\n=1", "a\n'=1"),
        ("+15555\n", "'+15555\n"),
    ],
)
def test_what_a_spreadsheet_would_run_is_preceded_by_an_apostrophe(cell, safe):
    assert guarded(cell) == safe
    assert unguarded(safe) == cell


@pytest.mark.parametrize(
    "cell", ["", "Ana", "O'Brien", "'n Boer", "+41791234567", "-5", "a=b", "a;b", "a - b"]
)
def test_plain_text_and_phones_stay_as_they_are(cell):
    assert guarded(cell) == cell
    assert unguarded(cell) == cell


@given(NASTY)
def test_the_guard_comes_off_without_a_trace(cell):
    assert unguarded(guarded(cell)) == cell


@given(NASTY)
def test_no_part_of_a_guarded_cell_begins_a_formula(cell):
    parts = re.split(r"[;\t\r\n]", guarded(cell))
    begins = [part.lstrip(" ") for part in parts if not re.fullmatch(r"[+-][0-9]+", part) or len(parts) > 1]
    assert [part for part in begins if part[:1] in tuple("=+-@＝＋－＠")] == []
