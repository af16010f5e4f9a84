"""Keeps a spreadsheet from running what somebody wrote into a name, and takes that guard off again."""

import re

# A spreadsheet that splits at semicolons or tabs, or at a line end within quotes that it did not see, begins a cell there.
CELL_BEGINS = r"(?:^|(?<=[;\t\r\n]))( *)"
DANGEROUS = "=+\\-@＝＋－＠"
UNGUARDED = re.compile(rf"{CELL_BEGINS}(?='*[{DANGEROUS}])")
GUARDED = re.compile(rf"{CELL_BEGINS}'(?='*[{DANGEROUS}])")
NUMBER = re.compile(r"[+\-][0-9]+")


def guarded(cell: str) -> str:
    """The cell with an apostrophe wherever a formula would begin; a phone number is none."""
    return cell if NUMBER.fullmatch(cell) else UNGUARDED.sub(r"\1'", cell)


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return GUARDED.sub(r"\1", cell) if "'" in cell else cell
