"""Files of agreements, payments, classes, bookings and documents: their cells as spreadsheets write them, and how their rows are taken in.

A row is all that is known under its ID, as for the API: what it leaves out is empty. Money is written as people write
it, where the API counts the smallest unit; a whole number that could mean either is refused.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import get_currency_precision
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.models import Club
from members.operations.facts import Taken
from members.transfer import fact_kinds
from members.transfer import facts as told
from members.transfer.columns import own_club, text
from members.transfer.fact_kinds import NOT_TAKEN, FactKind
from members.transfer.ground import Ground, RefusedCell
from members.transfer.kinds import CheckedRow, Kind
from members.transfer.rows import Refusal

TRIES = 3
MONEY = re.compile(r"([0-9]{1,15})(?:\.([0-9]+))?")
WHOLE = re.compile(r"[0-9]{1,19}")
CLUB = "club_slug"
MINOR = "_minor"


@dataclass(frozen=True)
class FactOutcome:
    """What became of one row."""

    row: CheckedRow
    said: Taken
    undialable: ClassVar[str] = ""

    @property
    def kind(self) -> str:
        return {Taken.CREATED: "created", Taken.UPDATED: "changed"}.get(self.said, "unchanged")

    @property
    def is_older(self) -> bool:
        return self.said == Taken.OLDER


# --- Cells --------------------------------------------------------------------------------------
Meant = Callable[[str, Mapping[str, Any], Ground], Any]
"""Given a column's name and the row's cells, the value as the API would be told it."""


def _as_it_is(name: str, cells: Mapping[str, Any], ground: Ground) -> Any:
    return cells.get(name)


def _number(name: str, cells: Mapping[str, Any], ground: Ground) -> Any:
    """The number that digits in a text mean; anything else is left to the column's own check."""
    cell = cells.get(name)
    value = cell.strip() if isinstance(cell, str) else cell
    return int(value) if isinstance(value, str) and WHOLE.fullmatch(value) else value


def _money(name: str, cells: Mapping[str, Any], ground: Ground) -> Any:
    """In minor units, from the column of this name or from its neighbor that says that it has them already."""
    cell, exact = cells.get(name), _number(name + MINOR, cells, ground)
    if exact in (None, ""):
        return cell if cell in (None, "") else in_minor_units(cell, _currency(cells, ground))
    if cell not in (None, ""):
        raise RefusedCell(_("is there twice: leave it or %s empty.") % (name + MINOR))
    return exact


def in_minor_units(cell: Any, currency: str) -> int:
    """Of “12.50” the cents; by as many decimals as the currency has."""
    value = str(cell) if type(cell) in (int, Decimal) else text(cell, 40)
    digits = get_currency_precision(currency)
    found = MONEY.fullmatch(value)
    if not found or len(found[2] or "") > digits:
        like = f"{Decimal(1250).scaleb(-digits):f}"
        words = {"value": value, "currency": currency, "like": like}
        raise RefusedCell(_("“%(value)s” is no amount in %(currency)s like %(like)s.") % words)
    if digits and found[2] is None and int(value):
        words = {"value": value, "like": f"{value}.{'0' * digits}"}
        raise RefusedCell(
            _("“%(value)s” could be in the smallest unit; write %(like)s if it is not.") % words
        )
    return int(Decimal(value).scaleb(digits))


def _currency(cells: Mapping[str, Any], ground: Ground) -> str:
    cell = cells.get("currency")
    return (cell.strip() if isinstance(cell, str) else "") or ground.currency


MEANT: Mapping[Any, Meant] = {told.amount: _money, told.number: _number}
"""By the column's check."""


def check_of(kind: FactKind) -> Callable[[Mapping[str, Any], Ground], tuple[dict[str, Any], dict[str, str]]]:
    """The check of a file's row: first from what is written to what is meant, then as for the API."""

    def check(cells: Mapping[str, Any], ground: Ground) -> tuple[dict[str, Any], dict[str, str]]:
        item: dict[str, Any] = {}
        refused: dict[str, str] = {}
        for name, column in kind.columns.items():
            try:
                item[name] = MEANT.get(column.check, _as_it_is)(name, cells, ground)
            except RefusedCell as error:
                refused[name] = str(error)
        try:
            own_club(cells.get(CLUB), ground)
        except RefusedCell as error:
            refused[CLUB] = str(error)
        values, wrong = kind.check(item, ground)
        return values, wrong | refused

    return check


def columns_of(kind: FactKind) -> tuple[str, ...]:
    """Every column that a file of this kind may have."""
    money = [name + MINOR for name, column in kind.columns.items() if column.check is told.amount]
    return (*kind.columns, *money, CLUB)


# --- Rows ---------------------------------------------------------------------------------------
def write_of(kind: FactKind, *, keep: bool = True) -> Any:
    """Takes a chunk of checked rows in; or tells what would become of them, by doing it and undoing it, if not to `keep`."""

    def deal(
        *, club: Club, rows: Sequence[CheckedRow], now: dt.datetime
    ) -> tuple[list[FactOutcome], list[Refusal]]:
        facts = [kind.fact_of(row.values, club, now) for row in rows]
        for tries in range(1, TRIES + 1):
            try:
                with transaction.atomic():
                    taken = kind.take_in(club=club, facts=facts, now=now) if facts else []
                    transaction.set_rollback(not keep)
                break
            except IntegrityError:
                # Somebody else wrote the same number for another member in this very moment; once more will see it.
                if tries == TRIES:
                    raise
        outcomes: list[FactOutcome] = []
        refused: list[Refusal] = []
        for row, said in zip(rows, taken, strict=True):
            if said in NOT_TAKEN:
                field, reason = NOT_TAKEN[said]
                cells = {"id": row.values["external_id"], field: row.values[kind.columns[field].attribute]}
                refused.append(Refusal(row.line, field, str(reason), row.number, cells))
            else:
                outcomes.append(FactOutcome(row, said))
        return outcomes, refused

    return deal


def _file_of(kind: FactKind) -> Kind:
    return Kind(
        columns=columns_of(kind),
        ground=Ground.without_staff,
        check=check_of(kind),
        plan=write_of(kind, keep=False),
        write=write_of(kind),
    )


AGREEMENTS = _file_of(fact_kinds.AGREEMENTS)
PAYMENTS = _file_of(fact_kinds.PAYMENTS)
CLASSES = _file_of(fact_kinds.CLASSES)
BOOKINGS = _file_of(fact_kinds.BOOKINGS)
DOCUMENTS = _file_of(fact_kinds.DOCUMENTS)
