"""How a file names tags: with commas between them, in quotation marks where a name has one itself."""

import csv
import io
from collections.abc import Collection


def read_names(words: str) -> list[str]:
    return next(csv.reader([" ".join(words.split())], skipinitialspace=True), [])


def written(names: Collection[str]) -> str:
    """What `read_names` takes back."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()
