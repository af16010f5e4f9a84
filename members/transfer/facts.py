"""What another system may tell about agreements, payments, classes, bookings, visits and documents, and what each value must be.

An item is all that is known under its ID: what it leaves out is empty. Only so may items come in any order.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from members.models import Agreement, Booking, Document, Payment
from members.transfer.columns import Check, any_day, any_instant, choice, identifier, text, truth
from members.transfer.ground import Ground, RefusedCell

CLOCKS_DIFFER = dt.timedelta(minutes=5)
LARGEST_NUMBER = 2**31 - 1
LARGEST_AMOUNT = 2**63 - 1
NEEDED: Any = object()


@dataclass(frozen=True)
class Column:
    """Where a value goes, what it must be, what it is when left out, and how the API's page describes it."""

    attribute: str
    check: Check
    default: Any = NEEDED
    schema: Mapping[str, Any] | None = None

    @property
    def is_needed(self) -> bool:
        return self.default is NEEDED


Columns = Mapping[str, Column]
Rule = Callable[[dict[str, Any]], dict[str, str]]
"""Given the values, what is wrong between them, by column."""


def check_item(
    item: Mapping[str, Any], columns: Columns, ground: Ground, rule: Rule | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values by attribute, and the reasons of those that were refused, by column."""
    values: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for name, column in columns.items():
        cell = item.get(name)
        if cell is None or cell == "":
            if column.default is NEEDED:
                refused[name] = _("is missing.")
            values[column.attribute] = column.default
            continue
        try:
            values[column.attribute] = column.check(cell, ground)
        except RefusedCell as error:
            refused[name] = str(error)
    if not item.keys() <= columns.keys():
        refused |= unknown(item.keys() - columns.keys())
    if rule and not refused:
        refused = rule(values)
    return values, refused


def unknown(names: Any) -> dict[str, str]:
    """A misspelled name must not pass for a value left out; the first ten of them."""
    return {str(name)[:60]: _("is not known here.") for name in sorted(names)[:10]}


# --- What a value must be ---------------------------------------------------------------------
def name_of(longest: int) -> Check:
    return lambda cell, ground: text(cell, longest)


def number(cell: Any, ground: Ground) -> int:
    if type(cell) is not int or not 0 <= cell <= LARGEST_NUMBER:
        raise RefusedCell(_("must be a whole number, 0 or more."))
    return cell


def amount(cell: Any, ground: Ground) -> int:
    if type(cell) is not int or not 0 <= cell <= LARGEST_AMOUNT:
        raise RefusedCell(_("must be a whole number in the currency's smallest unit, 0 or more."))
    return cell


def currency(cell: Any, ground: Ground) -> str:
    value = text(cell, 3)
    if len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise RefusedCell(_("must be three capital letters, like USD."))
    return value


def moment(cell: Any, ground: Ground) -> dt.datetime:
    """An instant, where a day alone does not do."""
    value = text(cell, 40)
    instant = any_instant(value, ground)
    if instant is None or len(value) <= len("2025-09-01"):
        raise RefusedCell(_("must be a day and time like 2025-09-01T18:00:00+02:00."))
    return instant


def past_moment(cell: Any, ground: Ground) -> dt.datetime:
    """Of what happened already; other clocks may be a little ahead of ours."""
    instant = moment(cell, ground)
    if ground.now and instant > ground.now + CLOCKS_DIFFER:
        raise RefusedCell(_("%s is in the future.") % cell)
    return instant


# --- What may be told --------------------------------------------------------------------------
_ID = {"type": "string", "maxLength": 64}
_DAY = {"type": "string", "format": "date"}
_AT = {"type": "string", "format": "date-time"}
_YES = {"type": "boolean", "default": False}
_WHOLE = {"type": "integer", "minimum": 0}
_id = Column("external_id", identifier, schema={**_ID, "description": "Your number for it."})
_member = Column("member", identifier, schema={**_ID, "description": "The member's ID."})
OCCURRED_AT = Column(
    "occurred_at",
    past_moment,
    None,
    {**_AT, "description": "When this came true; now if left out. Older never overwrites newer."},
)


def _one_of(choices: Any) -> dict[str, Any]:
    return {"type": "string", "enum": [value for value in choices.values if value]}


AGREEMENT: Columns = {
    "id": _id,
    "member": _member,
    "name": Column("name", name_of(100), "", {"type": "string", "maxLength": 100}),
    "purchased_on": Column("purchased_on", any_day, schema=_DAY),
    "status": Column("status", choice(Agreement.Status), schema=_one_of(Agreement.Status)),
    "alert": Column("alert", choice(Agreement.Alert), "", _one_of(Agreement.Alert)),
    "is_suspended": Column("is_suspended", truth, False, _YES),
    "is_trial": Column("is_trial", truth, False, _YES),
    "sessions_bought": Column(
        "sessions_bought", number, None, {**_WHOLE, "minimum": 1, "description": "Left out if unlimited."}
    ),
    "sessions_left": Column("sessions_left", number, None, {**_WHOLE, "description": "If any were bought."}),
    "past_due": Column(
        "past_due",
        amount,
        None,
        {**_WHOLE, "description": "In cents or the like. Left out, the payments that you send say it."},
    ),
    "past_due_since": Column("past_due_since", any_day, None, _DAY),
    "starts_on": Column("starts_on", any_day, None, _DAY),
    "ends_on": Column("ends_on", any_day, None, _DAY),
    "occurred_at": OCCURRED_AT,
}
PAYMENT: Columns = {
    "id": _id,
    "member": _member,
    "agreement": Column("agreement", identifier, "", {**_ID, "description": "The agreement's ID, if any."}),
    "amount": Column("amount", amount, schema={**_WHOLE, "description": "In cents or the like."}),
    "currency": Column(
        "currency", currency, "", {"type": "string", "description": "The club's if left out."}
    ),
    "due_on": Column("due_on", any_day, schema=_DAY),
    "status": Column("status", choice(Payment.Status), schema=_one_of(Payment.Status)),
    "paid_at": Column("paid_at", any_instant, None, _AT),
    "occurred_at": OCCURRED_AT,
}
CLASS_SESSION: Columns = {
    "id": _id,
    "name": Column("name", name_of(100), schema={"type": "string", "maxLength": 100}),
    "starts_at": Column("starts_at", moment, schema=_AT),
    "ends_at": Column("ends_at", moment, None, _AT),
    "is_canceled": Column("is_canceled", truth, False, _YES),
    "occurred_at": OCCURRED_AT,
}
BOOKING: Columns = {
    "id": _id,
    "member": _member,
    "class": Column("class_session", identifier, schema={**_ID, "description": "The class's ID."}),
    "status": Column("status", choice(Booking.Status), schema=_one_of(Booking.Status)),
    "booked_at": Column("booked_at", any_instant, None, _AT),
    "checked_in_at": Column("checked_in_at", any_instant, None, _AT),
    "occurred_at": OCCURRED_AT,
}
DOCUMENT: Columns = {
    "id": _id,
    "member": _member,
    "kind": Column("kind", choice(Document.Kind), schema=_one_of(Document.Kind)),
    "name": Column("name", name_of(100), "", {"type": "string", "maxLength": 100}),
    "issued_on": Column("issued_on", any_day, None, _DAY),
    "expires_on": Column(
        "expires_on",
        any_day,
        None,
        {**_DAY, "description": "The last good day; left out if it does not expire."},
    ),
    "occurred_at": OCCURRED_AT,
}
VISIT: Columns = {
    "id": _id,
    "member": _member,
    "attended_at": Column("attended_at", past_moment, schema=_AT),
    "is_taken_back": Column(
        "is_taken_back", truth, False, {**_YES, "description": "It never was, or was another person's."}
    ),
    "occurred_at": OCCURRED_AT,
}


# --- What must hold between values --------------------------------------------------------------
def sessions_fit(values: dict[str, Any]) -> dict[str, str]:
    bought, left = values["sessions_bought"], values["sessions_left"]
    if bought is None and left is None:
        return {}
    if bought is None or left is None:
        missing = "sessions_bought" if bought is None else "sessions_left"
        return {missing: _("is missing: tell both, or neither if unlimited.")}
    return {} if bought else {"sessions_bought": _("must be 1 or more; left out if unlimited.")}


def expires_after_issue(values: dict[str, Any]) -> dict[str, str]:
    if values["issued_on"] and values["expires_on"] and values["expires_on"] < values["issued_on"]:
        return {"expires_on": _("must not be before issued_on.")}
    return {}


def ends_after_start(values: dict[str, Any]) -> dict[str, str]:
    if values["ends_at"] and values["ends_at"] <= values["starts_at"]:
        return {"ends_at": _("must be after starts_at.")}
    return {}
