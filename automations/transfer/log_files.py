"""Writing the log as JSON or CSV, row by row, however long it is."""

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path

from automations.reports.log import LogRow
from members.transfer.cells import harmless


class UnknownFormat(ValueError):
    """The file's name ends neither in .json nor in .csv."""


def write_log(rows: Iterable[LogRow], path: Path) -> int:
    """Write the rows in the form that the file's name asks for; how many. The file appears only when complete.

    In a CSV, text that a spreadsheet would take for a formula is preceded by an apostrophe; a phone number, which is
    nothing but a sign and digits, is left as it is.
    """
    writers = {".json": _write_json, ".csv": _write_csv}
    try:
        write = writers[path.suffix.lower()]
    except KeyError:
        raise UnknownFormat(path.suffix) from None
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        count = write(rows, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _write_json(rows: Iterable[LogRow], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for count, row in enumerate(rows, start=1):
            file.write(("\n  " if count == 1 else ",\n  ") + json.dumps(row.as_dict(), ensure_ascii=False))
        file.write("\n]\n" if count else "]\n")
    return count


def _write_csv(rows: Iterable[LogRow], path: Path) -> int:
    count = 0
    # The mark at the start tells spreadsheets that it is UTF-8.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, LogRow.field_names())
        writer.writeheader()
        for row in rows:
            writer.writerow({name: harmless(value) for name, value in row.as_dict().items()})
            count += 1
    return count
