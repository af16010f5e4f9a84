"""What is kept of an error: where it happened and what kind it was, without any value of a row."""

import re
import traceback

from django.db import Error as DatabaseError

LONGEST = 4000
QUOTED_INPUT = re.compile(
    r"(invalid input \S+ \S+ type [^:]+|value [^:]*out of range[^:]*|invalid \S+ value[^:]*): .*"
)
PERSONAL = [
    (re.compile(r"[^\s\"'<>()=,;:]+@[^\s\"'<>()=,;:]+"), "[address]"),
    (re.compile(r"\+?\d[\d ().-]{6,}\d"), "[number]"),
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
        f"{type(error).__name__}: {_message(error)}".rstrip(": "),
    ]


def _message(error: BaseException) -> str:
    first = next(iter(str(error).strip().splitlines()), "")[:300]
    if isinstance(error, DatabaseError) or type(error).__module__.startswith(("psycopg", "sqlite3")):
        first = QUOTED_INPUT.sub(r"\1", first)
    for pattern, instead in PERSONAL:
        first = pattern.sub(instead, first)
    return first
