"""What the importer must know of a kind of file: its columns, what their cells must be, and what becomes of the rows."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from members.transfer.ground import Ground
from members.transfer.rows import Refusal


@dataclass(frozen=True)
class CheckedRow:
    """The attributes that a row gives."""

    line: int
    values: dict[str, Any]
    number: int | None = None


class Outcome(Protocol):
    """What becomes of one row that was not refused.

    `kind` is created, changed or unchanged; `undialable` names who has a phone that no network could dial, else empty.
    """

    @property
    def kind(self) -> str: ...
    @property
    def undialable(self) -> str: ...
    @property
    def is_older(self) -> bool: ...


Deal = Callable[..., tuple[list[Any], list[Refusal]]]
"""Given `club`, checked `rows` and `now`, the outcomes in their order, and why others cannot be taken."""


@dataclass(frozen=True)
class Kind:
    """`check` gives the attributes of a row's cells and what is wrong with them by column; `plan` tells what `write` would do."""

    columns: Collection[str]
    ground: Callable[..., Ground]
    check: Callable[[Mapping[str, Any], Ground], tuple[dict[str, Any], dict[str, str]]]
    plan: Deal
    write: Deal
    has_own_fields: bool = False
    """Whether the club's own fields may be columns as well."""
