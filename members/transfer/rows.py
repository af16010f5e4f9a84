"""What a member file is made of once read: rows, refusals, and the point where it stops making sense."""

from dataclasses import dataclass
from typing import Any

LONGEST_ROW = 1_000_000


class UnreadableFile(Exception):
    """The file is no list of members, or not from here on."""


@dataclass(frozen=True)
class Row:
    """One member as the file has her: cells by column, the line on which she begins, and her place in a JSON list."""

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

    def __str__(self) -> str:
        row = f"row {self.row}, " if self.row else ""
        where = f"{self.field}: " if self.field else ""
        return f"line {self.line}, {row}{where}{self.reason}"


def column(heading: str) -> str:
    """The column that a heading means: “First Name ” is first_name."""
    return heading.strip().lower().replace(" ", "_")
