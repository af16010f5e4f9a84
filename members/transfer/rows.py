"""What a file is made of once read: rows, refusals, and the point where it stops making sense."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_ROW = 1_000_000
SHOWN = 60
"""Characters of a refused cell that a person is shown."""


class UnreadableFile(Exception):
    """The file is no list of rows, or not from here on."""


@dataclass(frozen=True)
class Row:
    """One row as the file has it: cells by column, the line on which it begins, and its place in a JSON list."""

    line: int
    cells: dict[str, Any]
    number: int | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a row, or one field of it, was not taken."""

    line: int
    field: str
    reason: str
    row: int | None = None
    cells: Mapping[str, Any] = dataclasses.field(default_factory=dict, compare=False)
    """The row as the file has it, for a person to find whom it is about; empty where there is none."""

    @property
    def who(self) -> str:
        """The member's name and number as the file has them, as far as it does."""
        names = " ".join(_shown(self.cells.get(name)) for name in ("first_name", "last_name")).strip()
        number = _shown(self.cells.get("id") or self.cells.get("external_id"))
        return ", ".join(part for part in (names, number) if part)

    @property
    def value(self) -> str:
        return _shown(self.cells.get(self.field))

    def __str__(self) -> str:
        row = f"row {self.row}, " if self.row else ""
        where = f"{self.field}: " if self.field else ""
        return f"line {self.line}, {row}{where}{self.reason}"


def _shown(cell: Any) -> str:
    words = "" if cell is None else str(cell)
    return f"{words[:SHOWN]}…" if len(words) > SHOWN else words


def column(heading: str) -> str:
    """The column that a heading means: “First Name ” is first_name."""
    return heading.strip().lower().replace(" ", "_")
