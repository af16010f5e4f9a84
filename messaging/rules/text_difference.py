"""How two versions of a text differ, word by word."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

_WORDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\w+|\s+|.", re.DOTALL)
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
# Beyond this, comparing word by word takes longer than anybody waits.
LONG = 6_000


@dataclass(frozen=True)
class Piece:
    kind: Literal["same", "removed", "added"]
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The pieces in reading order; without those added it is `before`, without those removed `after`."""
    tokens = _LINES if len(before) + len(after) > LONG else _WORDS
    old, new = tokens.findall(before), tokens.findall(after)
    pieces = []
    for _what, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        removed, added = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if removed == added:
            pieces.append(Piece("same", removed))
        else:
            pieces += [Piece("removed", removed)] if removed else []
            pieces += [Piece("added", added)] if added else []
    return pieces
