"""What the values of a club's own fields must be, and how they are said."""

import datetime as dt
import math
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Club, CustomField
from members.rules.wording import day_in_words

NOT_OF = {
    CustomField.Type.TEXT: gettext_lazy("Write 200 characters at most."),
    CustomField.Type.NUMBER: gettext_lazy("Write a number like 42 or 42.5."),
    CustomField.Type.DAY: gettext_lazy("Write a day like 2025-09-01."),
    CustomField.Type.TRUTH: gettext_lazy("Write “yes” or “no”."),
}
LARGEST, LONGEST = 10**9, 200
"""The largest number and the longest text."""


def is_of_type(value: Any, type: str) -> bool:
    """Whether this, as JSON has it, may be kept in a field of the type."""
    match type:
        case CustomField.Type.NUMBER:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and math.isfinite(value) and abs(value) <= LARGEST
        case CustomField.Type.TRUTH:
            return isinstance(value, bool)
        case CustomField.Type.DAY:
            return isinstance(value, str) and _is_day(value)
        case _:
            return isinstance(value, str) and len(value) <= LONGEST


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def number_of(said: Any) -> int | float:
    """What a text or a number of a file means; ValueError, TypeError or OverflowError if it is no number that is kept."""
    number = float(said)
    if isinstance(said, bool) or not is_of_type(number, CustomField.Type.NUMBER):
        raise ValueError(said)
    return int(number) if number.is_integer() else number


def value_of(text: str, type: str) -> Any:
    """What staff typed, as it is kept: “42”, “yes” or “2025-09-01”; None for nothing. ValidationError if it does not fit."""
    said: Any = text.strip()
    if not said:
        return None
    try:
        if type == CustomField.Type.NUMBER:
            said = number_of(said)
        elif type == CustomField.Type.TRUTH:
            said = {"yes": True, "no": False}[said.lower()]
    except (ValueError, KeyError, OverflowError):
        said = None
    if not is_of_type(said, type):
        raise ValidationError(NOT_OF[CustomField.Type(type)])
    return said


def in_words(field: CustomField, value: Any, club: Club) -> str:
    """Like “42”, “yes” or “1 September 2025”."""
    if not is_of_type(value, field.type):
        return str(value)
    match field.type:
        case CustomField.Type.TRUTH:
            return _("yes") if value else _("no")
        case CustomField.Type.DAY:
            return day_in_words(dt.date.fromisoformat(value), club.locale)
        case CustomField.Type.NUMBER:
            return f"{value:g}"
        case _:
            return str(value)
