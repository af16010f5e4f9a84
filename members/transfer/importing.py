"""Brings a file of members into a club: the good rows go in, the bad ones are told, and twice is as good as once."""

import bisect
import contextlib
import datetime as dt
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from members.models import Club
from members.transfer.columns import COLUMNS, Ground, check_cells
from members.transfer.reading import opened, read_rows
from members.transfer.rows import Refusal, Row, UnreadableFile
from members.transfer.writing import CheckedRow, write_chunk

__all__ = ["ImportReport", "Refusal", "UnreadableFile", "import_members"]

ROWS_PER_CHUNK = 2_000
REFUSALS_KEPT = 1_000
UNKNOWN_COLUMNS_KEPT = 100


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
    unknown_columns: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused_rows

    def refuse(self, reasons: list[Refusal]) -> None:
        """Count one row as refused."""
        self.refused_rows += 1
        self.reasons += len(reasons)
        for reason in reasons[: REFUSALS_KEPT - len(self.refused)]:
            bisect.insort(self.refused, reason, key=lambda refusal: refusal.line)

    def notice(self, columns: Iterable[str]) -> None:
        """Tell once of each column that is not known."""
        for name in columns:
            name = name[:60] if name.isprintable() else ascii(name[:60])
            if name not in self.unknown_columns and len(self.unknown_columns) < UNKNOWN_COLUMNS_KEPT:
                self.unknown_columns.append(name)


def import_members(
    *,
    club: Club,
    path_or_file: str | Path | BinaryIO,
    now: dt.datetime,
    report: ImportReport | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Create and change the club's members by the file; `progress` is told the bytes read so far.

    UnreadableFile is raised where the file stops making sense. What came before is in by then: hand a `report`
    in to know how much.
    """
    report = ImportReport() if report is None else report
    ground = Ground.of(club, now)
    with (
        opened(path_or_file) as file,
        contextlib.closing(_SeenIds()) as seen,
        contextlib.closing(_chunks(read_rows(file))) as chunks,
    ):
        for chunk in chunks:
            good = list(_checked(chunk, ground, seen, report))
            counts, nameless = write_chunk(club=club, rows=good)
            report.created += counts["created"]
            report.changed += counts["changed"]
            report.unchanged += counts["unchanged"]
            report.undialable += counts["undialable"]
            for refusal in nameless:
                report.refuse([refusal])
            if progress:
                progress(file.tell())
    return report


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
    chunk: list[Row | Refusal], ground: Ground, seen: "_SeenIds", report: ImportReport
) -> Iterator[CheckedRow]:
    for row in chunk:
        if isinstance(row, Refusal):
            report.refuse([row])
            continue
        if unknown := row.cells.keys() - COLUMNS.keys():
            report.notice(sorted(unknown))
        values, reasons = check_cells(row.cells, ground)
        if not reasons and (first := seen.first_of(values["external_id"], row.line)):
            reasons["id"] = _("is already on line %d.") % first
        if reasons:
            report.refuse([Refusal(row.line, name, reason) for name, reason in reasons.items()])
        else:
            yield CheckedRow(row.line, values)


class _SeenIds:
    """On which line each id was seen first; on disk, since a file may hold more ids than memory should."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def first_of(self, external_id: str, line: int) -> int | None:
        """The earlier line of this id, or None when this one is the first."""
        added = self._database.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?)", (external_id, line)
        ).rowcount
        if added:
            return None
        (earlier,) = self._database.execute("SELECT line FROM seen WHERE id = ?", (external_id,)).fetchone()
        return int(earlier)

    def close(self) -> None:
        self._database.close()
