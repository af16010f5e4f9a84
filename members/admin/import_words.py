"""What an import would do, or did, in words for staff: what is new, what changes from what to what, what is refused."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from members.models import Club
from members.rules.wording import day_in_words, short_instant
from members.transfer.importing import Refusal


@dataclass(frozen=True)
class Difference:
    """One field of one row: what it is now, and what it becomes."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class RowInWords:
    """One row of the file; `pk` is of what it changes."""

    where: str
    external_id: str
    name: str
    pk: int | None
    differences: list[Difference]


def where(line: int, row: int | None) -> str:
    """Like “line 4”; a JSON file often has but one line, and is counted by its rows."""
    return _("row %d") % row if row else _("line %d") % line


def refusal_in_words(refusal: Refusal, label: Callable[[str], str]) -> dict[str, str]:
    """Its place, its field and its reason; `label` is what staff call a column."""
    return {
        "where": where(refusal.line, refusal.row),
        "who": refusal.who,
        "value": refusal.value,
        "field": label(refusal.field) if refusal.field else _("The whole row"),
        "reason": refusal.reason,
    }


def value_in_words(model: Any, name: str, value: Any, club: Club) -> str:
    """What a field of this model holds, as the club writes it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return short_instant(value, club.zone, club.locale)
    if isinstance(value, dt.date):
        return day_in_words(value, club.locale)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {one}" for key, one in value.items()) or _("empty")
    return str(dict(model._meta.get_field(name).flatchoices).get(value, value))


def field_in_words(model: Any, name: str) -> str:
    """What staff call the field; what is no field is called as it is."""
    try:
        return str(capfirst(model._meta.get_field(name).verbose_name))
    except FieldDoesNotExist:
        return _("Club") if name == "club_slug" else name
