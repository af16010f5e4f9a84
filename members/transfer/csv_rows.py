"""Reads rows from CSV with commas, semicolons or tabs, and finds its way again after a broken row."""

import csv
import io
from collections import deque
from collections.abc import Collection, Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from members.transfer.formulas import unguarded
from members.transfer.rows import LONGEST_ROW, Refusal, Row, UnreadableFile, column


def csv_rows(file: BinaryIO, known: Collection[str]) -> Iterator[Row | Refusal]:
    """The rows after the one that names the columns, of which the `known` may be there once; blank ones do not count."""
    # Surrogates stand for what is not UTF-8, so that it is met on its own line and not somewhere in a buffer.
    text = io.TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="")
    try:
        lines = _Lines(text)
        heading = next((line for line in lines if line.strip()), None)
        if heading is None:
            raise UnreadableFile(_("The file is empty."))
        delimiter = max(",;\t", key=heading.count)
        yield from _records(lines, delimiter, _columns(heading, delimiter, known))
    finally:
        text.detach()


def _columns(heading: str, delimiter: str, known: Collection[str]) -> list[str]:
    try:
        (names,) = csv.reader([heading], delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise UnreadableFile(_("The first line does not name the columns: %s.") % error) from error
    columns = [column(name) for name in names]
    if not {"id", "external_id"} & set(columns):
        raise UnreadableFile(
            _("There is no column “id”. The first line must name the columns: %s …")
            % ", ".join([name for name in known if name != "external_id"][:2])
        )
    if twice := next((name for name in known if columns.count(name) > 1), None):
        raise UnreadableFile(_("The column “%s” is there twice.") % twice)
    return columns


def _records(lines: "_Lines", delimiter: str, columns: list[str]) -> Iterator[Row | Refusal]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.take_back()
            yield Refusal(line, "", _("the quotes are wrong: %s.") % error)
            continue
        if not any(cells):
            continue
        if len(cells) < len(columns) or any(cells[len(columns) :]):
            counts = {"cells": len(cells), "columns": len(columns)}
            yield Refusal(line, "", _("has %(cells)d cells, the first line has %(columns)d.") % counts)
        else:
            yield Row(
                line, {name: unguarded(cell) for name, cell in zip(columns, cells, strict=False) if name}
            )


class _Lines:
    """The lines of a text, of which those swallowed by a quote that never ends can be taken back."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._number = 0
        self._record: list[str] = []
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(LONGEST_ROW)
        if not line:
            raise StopIteration
        self._number += 1
        self._record.append(line)
        if len(line) == LONGEST_ROW:
            raise UnreadableFile(_("Line %d is too long: this is no list of rows.") % self._number)
        if not (line.isascii() or _is_utf8(line)):
            advice = _("Line %d is not UTF-8. Save the file as UTF-8 (“CSV UTF-8” in Excel) and try again.")
            raise UnreadableFile(advice % self._number)
        return line

    def begin_record(self) -> int:
        """The line on which the next record begins."""
        self._record.clear()
        return self._number + 1

    def take_back(self) -> None:
        """Read the record's lines again, all but its first."""
        self._again.extendleft(reversed(self._record[1:]))
        self._number -= len(self._record) - 1


def _is_utf8(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
