"""What is kept of an error: where it happened and what kind it was, without any value of a row."""

import re
import traceback

from django.db import Error as DatabaseError

LONGEST = 4000
QUOTED_INPUT = re.compile(
    r"(invalid input \S+ \S+ type [^:]+|value [^:]*out of range[^:]*|invalid \S+ value[^:]*): .*"
)
QUOTED_BELOW = re.compile(r"(?:\\n|\s)+(?:DETAIL|CONTEXT|LINE \d+):.*|\(?Failing row contains.*", re.DOTALL)
ADDRESS = (re.compile(r"[^\s\"'<>()=,;:]+@[^\s\"'<>()=,;:]+"), "[address]")
PERSONAL = [
    ADDRESS,
    (re.compile(r"\+?\d[\d ().-]{6,}\d"), "[number]"),
]
# A log also holds times, durations and ids, which are no numbers of anybody, and workers, which have no mailbox.
IN_A_LOG = [
    (re.compile(r"[^\s\"'<>()=,;:]+@(?:[\w-]+\.)+[A-Za-z]{2,}"), "[address]"),
    (re.compile(r"\+\d[\d ().-]{6,}\d|(?<![\w.:+-])(?:0\d[\d ().-]{6,}\d|\d{9,15})(?![\w.:-])"), "[number]"),
]


def told(error: BaseException) -> str:
    """The traceback of an error and of those that led to it; of each message only the first line, without values.

    What a database adds below (DETAIL, CONTEXT, the failing row) are the values themselves.
    """
    return "\n".join(_parts(error, set()))[-LONGEST:]


def _parts(error: BaseException, seen: set[int]) -> list[str]:
    if id(error) in seen:
        return []
    seen.add(id(error))
    before: list[str] = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        before = [*_parts(earlier, seen), "", "which led to:", ""]
    within = [part for inner in getattr(error, "exceptions", ()) for part in _parts(inner, seen)]
    lines = "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    return [
        *before,
        *within,
        *([lines] if lines else []),
        in_a_line(error),
    ]


def in_a_line(error: BaseException) -> str:
    """What kind it was and the first line of what it said, without values."""
    return f"{type(error).__name__}: {_message(error)}".rstrip(": ")


def without_values(text: str) -> str:
    """A line of a log without what a database quotes, addresses, and numbers that could be dialed."""
    for pattern, instead in [(QUOTED_BELOW, " [values]"), (QUOTED_INPUT, r"\1"), *IN_A_LOG]:
        text = pattern.sub(instead, text)
    return text


def _message(error: BaseException) -> str:
    first = next(iter(str(error).strip().splitlines()), "")[:300]
    if isinstance(error, DatabaseError) or type(error).__module__.startswith(("psycopg", "sqlite3")):
        first = QUOTED_INPUT.sub(r"\1", first)
    for pattern, instead in PERSONAL:
        first = pattern.sub(instead, first)
    return first
