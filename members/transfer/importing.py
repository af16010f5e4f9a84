"""Brings a file into a club: the good rows go in, the bad ones are told, and twice is as good as once."""

import bisect
import contextlib
import datetime as dt
import functools
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from members.models import Club
from members.transfer.columns import COLUMNS, check_cells
from members.transfer.ground import Ground
from members.transfer.kinds import CheckedRow, Deal, Kind, Outcome
from members.transfer.reading import opened, read_rows
from members.transfer.rows import Refusal, Row, UnreadableFile
from members.transfer.writing import plan_chunk, write_chunk

__all__ = [
    "ImportReport",
    "Preview",
    "Refusal",
    "UnreadableFile",
    "import_file",
    "import_members",
    "preview_file",
    "preview_members",
    "refusals",
]

ROWS_PER_CHUNK = 2_000
REFUSALS_KEPT = 1_000
PLANS_KEPT = 100
UNDIALABLE_KEPT = 20
UNKNOWN_COLUMNS_KEPT = 100

MEMBERS = Kind(
    columns=tuple(COLUMNS),
    ground=Ground.of,
    check=check_cells,
    plan=plan_chunk,
    write=write_chunk,
    has_own_fields=True,
)


@dataclass
class ImportReport:
    """What became of the rows. `refused` keeps a thousand of the reasons, in the order of the lines."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused_rows: int = 0
    reasons: int = 0
    refused: list[Refusal] = field(default_factory=list)
    undialable: int = 0
    undialable_first: list[str] = field(default_factory=list)
    """The numbers of the first of those members."""
    older: int = 0
    """Of the unchanged those of which something newer is known."""
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused_rows

    def count(self, outcome: Outcome) -> None:
        """Count one row as taken."""
        setattr(self, outcome.kind, getattr(self, outcome.kind) + 1)
        self.older += outcome.is_older
        self.undialable += bool(outcome.undialable)
        if outcome.undialable and len(self.undialable_first) < UNDIALABLE_KEPT:
            self.undialable_first.append(outcome.undialable)

    def refuse(self, reasons: list[Refusal]) -> None:
        """Count one row as refused."""
        self.refused_rows += 1
        self.reasons += len(reasons)
        for reason in reasons[: REFUSALS_KEPT - len(self.refused)]:
            bisect.insort(self.refused, reason, key=_position)

    def notice(self, columns: Iterable[str]) -> None:
        """Tell once of each column that is not known."""
        for name in columns:
            name = name[:60] if name.isprintable() else ascii(name[:60])
            if name not in self.unknown_columns and len(self.unknown_columns) < UNKNOWN_COLUMNS_KEPT:
                self.unknown_columns.append(name)


@dataclass
class Preview(ImportReport):
    """What would become of the rows; `first` keeps a hundred of each kind that an import would write."""

    first: dict[str, list[Any]] = field(default_factory=lambda: {"created": [], "changed": []})

    def count(self, outcome: Outcome) -> None:
        super().count(outcome)
        kept = self.first.get(outcome.kind)
        if kept is not None and len(kept) < PLANS_KEPT:
            kept.append(outcome)


def import_file(
    kind: Kind,
    *,
    club: Club,
    path_or_file: str | Path | BinaryIO,
    now: dt.datetime,
    report: ImportReport | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Create and change the club's rows of this kind by the file; `progress` is told the bytes read so far.

    UnreadableFile is raised where the file stops making sense. What came before is in by then: hand a `report`
    in to know how much.
    """
    report = ImportReport() if report is None else report
    for _refused, read in _go_through(kind, club, path_or_file, now, report, kind.write):
        if progress:
            progress(read)
    return report


def preview_file(kind: Kind, *, club: Club, path_or_file: str | Path | BinaryIO, now: dt.datetime) -> Preview:
    """What `import_file` would do now; nothing is written."""
    preview = Preview()
    for _chunk in _go_through(kind, club, path_or_file, now, preview, kind.plan):
        pass
    return preview


import_members = functools.partial(import_file, MEMBERS)
preview_members = functools.partial(preview_file, MEMBERS)


def refusals(
    *, club: Club, path_or_file: str | Path | BinaryIO, now: dt.datetime, kind: Kind = MEMBERS
) -> Iterator[Refusal]:
    """Every reason for which `import_file` would refuse something, however many; nothing is written."""
    for refused, _read in _go_through(kind, club, path_or_file, now, ImportReport(), kind.plan):
        yield from sorted(refused, key=_position)


def _position(refusal: Refusal) -> tuple[int, int]:
    return refusal.line, refusal.row or 0


def _go_through(
    kind: Kind,
    club: Club,
    path_or_file: str | Path | BinaryIO,
    now: dt.datetime,
    report: ImportReport,
    deal: Deal,
) -> Iterator[tuple[list[Refusal], int]]:
    """Chunk by chunk: the reasons for refusing anything in it, and the bytes read so far."""
    ground = kind.ground(club, now)
    with (
        opened(path_or_file) as file,
        contextlib.closing(_SeenIds()) as seen,
        contextlib.closing(_chunks(read_rows(file, kind.columns))) as chunks,
    ):
        for chunk in chunks:
            good: list[CheckedRow] = []
            refused: list[Refusal] = []
            for reasons in _checked(kind, chunk, ground, seen, report, good):
                report.refuse(reasons)
                refused += reasons
            outcomes, untaken = deal(club=club, rows=good, now=now)
            for outcome in outcomes:
                report.count(outcome)
            for refusal in untaken:
                report.refuse([refusal])
            yield refused + untaken, file.tell()


def _chunks(rows: Iterator[Row | Refusal]) -> Generator[list[Row | Refusal], None, None]:
    chunk: list[Row | Refusal] = []
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == ROWS_PER_CHUNK:
                yield chunk
                chunk = []
    except UnreadableFile:
        yield chunk
        raise
    if chunk:
        yield chunk


def _checked(
    kind: Kind,
    chunk: list[Row | Refusal],
    ground: Ground,
    seen: "_SeenIds",
    report: ImportReport,
    good: list[CheckedRow],
) -> Iterator[list[Refusal]]:
    """The reasons against each row that is refused; the others are put into `good`."""
    for row in chunk:
        if isinstance(row, Refusal):
            yield [row]
            continue
        unknown = row.cells.keys() - set(kind.columns)
        if unknown and kind.has_own_fields:
            unknown = {name for name in unknown if not ground.knows(name)}
        if unknown:
            report.notice(sorted(unknown))
        values, reasons = kind.check(row.cells, ground)
        if not reasons and (first := seen.first_of(values["external_id"], row.number or row.line)):
            words = _("is already in row %d.") if row.number else _("is already on line %d.")
            reasons["id"] = words % first
        if reasons:
            yield [Refusal(row.line, name, reason, row.number, row.cells) for name, reason in reasons.items()]
        else:
            good.append(CheckedRow(row.line, values, row.number))


class _SeenIds:
    """In which row or on which line each id was seen first; on disk, since a file may hold more ids than memory should."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, place INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first_of(self, external_id: str, place: int) -> int | None:
        """The earlier place of this id, or None when this one is the first."""
        added = self._database.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)", (external_id, place)
        ).rowcount
        if added:
            return None
        (earlier,) = self._database.execute("SELECT place FROM seen WHERE id = ?", (external_id,)).fetchone()
        return int(earlier)

    def close(self) -> None:
        self._database.close()
