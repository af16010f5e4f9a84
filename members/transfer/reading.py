"""Opens a file, JSON or CSV, and reads its rows one at a time, so that a file of any size needs no memory."""

import codecs
import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from members.transfer.columns import COLUMNS
from members.transfer.csv_rows import csv_rows
from members.transfer.json_rows import json_rows
from members.transfer.rows import Refusal, Row, UnreadableFile

# How .xlsx (and every other zip) and .xls begin.
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

# How pictures and PDFs begin.
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF")


@contextlib.contextmanager
def opened(path_or_file: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """The file, closed afterwards if it was opened here."""
    if not isinstance(path_or_file, str | Path):
        yield path_or_file
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(path_or_file, "rb"))
        except OSError as error:
            raise UnreadableFile(_("The file cannot be opened: %s.") % error.strerror) from error
        if not file.seekable():
            raise UnreadableFile(_("This is a pipe. Write it to a file first."))
        yield file


def read_rows(file: BinaryIO, known: Collection[str] = tuple(COLUMNS)) -> Iterator[Row | Refusal]:
    """The rows of a file that stands at its beginning, of members unless other columns are `known`.

    Raises UnreadableFile where it stops making sense.
    """
    start = file.read(1024)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(
            _("The file is not UTF-8. Save it as UTF-8 (“CSV UTF-8” in Excel) and try again.")
        )
    if start.startswith(WORKBOOKS):
        raise UnreadableFile(
            _("This is an Excel workbook or an archive. Save it as “CSV UTF-8” in Excel and try again.")
        )
    if start.startswith(PICTURES):
        raise UnreadableFile(_("This is no list but a picture or a PDF. Choose a CSV or JSON file."))
    text = start.removeprefix(codecs.BOM_UTF8)
    file.seek(len(start) - len(text))
    named_json = str(getattr(file, "name", "")).lower().endswith(".json")
    is_json = named_json or text.lstrip().startswith((b"[", b"{"))
    return json_rows(file, known) if is_json else csv_rows(file, known)
