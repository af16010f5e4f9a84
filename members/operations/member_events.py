"""Noting down what happened with members; a cause never notes anything twice."""

import datetime as dt
from collections.abc import Sequence

from members.models import Club, Member, MemberEvent


def note_events(
    *, club: Club, causes: Sequence[tuple[Member, str]], what: str, detail: str, now: dt.datetime
) -> None:
    """For each (member, cause) once."""
    MemberEvent.objects.bulk_create(
        [
            MemberEvent(club=club, member=member, what=what, detail=detail, happened_at=now, cause=cause)
            for member, cause in sorted(causes, key=lambda pair: (pair[0].pk, pair[1]))
        ],
        ignore_conflicts=True,
    )
