"""What the values of a club's own fields must be, and how they are said."""

import datetime as dt
import math
from typing import Any

from django.utils.translation import gettext as _

from members.models import Club, CustomField
from members.rules.wording import day_in_words

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
