"""Whose turn it is: work goes round among the staff of a club who are there that day."""

import datetime as dt
from collections import deque
from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from members.models import Club, Leave, StaffTurn


def present_staff(*, club: Club, day: dt.date) -> QuerySet[Any]:
    """Who works at the club and is not on leave on that day, which is the club's."""
    away = Leave.objects.filter(club=club, person=OuterRef("pk"), starts_on__lte=day, returns_on__gt=day)
    return club.staff.filter(~Exists(away), is_active=True).order_by("pk")


class Turns:
    """Taken by whoever had none for longest. The club must be locked, so that nobody else takes the same.

    Who was on leave, or is new, has one turn when they come, and then waits for all the others as everybody does.
    """

    def __init__(self, club: Club, people: Collection[int]) -> None:
        self.club = club
        had = dict(StaffTurn.objects.filter(club=club).values_list("person", "number"))
        self._last = max(had.values(), default=0)
        self._queue = deque(sorted(people, key=lambda pk: (had.get(pk, 0), pk)))
        self._taken: dict[int, int] = {}

    def take(self) -> int | None:
        """The key of whose turn it is; None where nobody is there."""
        if not self._queue:
            return None
        person = self._queue.popleft()
        self._queue.append(person)
        self._last += 1
        self._taken[person] = self._last
        return person

    def keep(self) -> None:
        """Remember who had a turn."""
        if not self._taken:
            return
        turns: list[Any] = [
            StaffTurn(club=self.club, person_id=person, number=number)
            for person, number in self._taken.items()
        ]
        # One and the same number never stands at two people, not even for a moment: numbers only grow.
        StaffTurn.objects.bulk_create(
            turns, update_conflicts=True, unique_fields=["club", "person"], update_fields=["number"]
        )
