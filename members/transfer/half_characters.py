"""Halves of characters in JSON: a program that cuts a text in the middle of an emoji writes \\ud83d without its other half.

The parser makes a question mark of the one and stops at the other. So each is marked before the parser sees it, and the
row that bears a mark is refused.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

MARK = "\ufdd0"
"""Is no character and never will be one: Unicode keeps it out of every text."""

# What the end of a piece may have cut off, a whole pair, a half, any other escape: the first that fits.
ESCAPE = re.compile(
    rb"(?P<cut>\\(?:u[0-9a-fA-F]{0,3}|u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?)?\Z)"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\.",
    re.DOTALL,
)


def marked_pieces(file: BinaryIO, longest: int) -> Iterator[bytes]:
    """The file line by line, or about that many bytes of a line at a time, with a mark for each half of a character."""
    cut = b""

    def marked(escape: re.Match[bytes]) -> bytes:
        nonlocal cut
        if escape["cut"]:
            cut = escape["cut"]
            return b""
        return b"\\ufdd0" if escape["half"] else escape[0]

    for line in iter(lambda: file.readline(longest), b""):
        piece, cut = cut + line, b""
        if not piece.endswith(b"\n") or b"\\ud" in piece or b"\\uD" in piece:
            piece = ESCAPE.sub(marked, piece)
        if piece:
            yield piece
    if cut:
        yield cut
