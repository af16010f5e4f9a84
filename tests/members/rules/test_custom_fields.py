"""What a club's own field may hold, type by type."""

from typing import Any

import pytest

from members.models import Club, CustomField
from members.rules.custom_fields import in_words, is_of_type


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("text", ["", "Red", "42"], [42, None, True, [], "x" * 201]),
        ("number", [0, -1, 42.5, 10**9], ["42", True, None, float("nan"), float("inf"), 10**9 + 1]),
        ("truth", [True, False], [0, 1, "yes", None]),
        ("day", ["2024-02-29"], ["2025-02-29", "2025-2-1", "20250201", 1, None, True]),
    ],
)
def test_each_type_takes_its_own(type: str, good: list[Any], bad: list[Any]) -> None:
    assert all(is_of_type(value, type) for value in good)
    assert not any(is_of_type(value, type) for value in bad)


@pytest.mark.parametrize(
    ("type", "value", "said"),
    [
        ("text", "Red", "Red"),
        ("number", 42.0, "42"),
        ("truth", False, "no"),
        ("day", "2025-09-01", "1 September 2025"),
        ("day", "soon", "soon"),
    ],
)
def test_values_are_said_in_words(type: str, value: Any, said: str) -> None:
    assert in_words(CustomField(type=type), value, Club()) == said
