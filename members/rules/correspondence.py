"""Whether members answer what they are sent, as an app above tells it; where none does, nobody was sent anything."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Value

from members.models import Club

Unanswered = Callable[[Club, str, dt.datetime], Any]
"""Given the club, the name of an annotation that holds an instant, and `now`: an expression by member, a whole number.

It tells how many messages they could have answered were sent between that instant and `now`: 0 if they answered any.
"""
_told_by: list[Unanswered] = []


def tell_unanswered(expression: Unanswered) -> None:
    _told_by[:] = [expression]


def unanswered(club: Club, since: str, now: dt.datetime) -> Any:
    return _told_by[0](club, since, now) if _told_by else Value(0)
