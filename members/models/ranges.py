"""Going through many rows in the order of their keys, so many at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Count, Max, QuerySet


class Range(NamedTuple):
    """The rows with keys after one and up to another, and how many they are."""

    after: int
    until: int
    number: int


def ranges_of(rows: QuerySet[Any], at_most: int) -> Iterator[Range]:
    """All of `rows` in ranges of `at_most` rows; one statement for each."""
    after, ordered = 0, rows.order_by("pk")
    while True:
        some = ordered.filter(pk__gt=after)[:at_most].aggregate(until=Max("pk"), number=Count("pk"))
        if some["number"]:
            yield Range(after, some["until"], some["number"])
        if some["number"] < at_most:
            return
        after = some["until"]
