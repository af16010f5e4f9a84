"""Noting down what happened with members; a cause never notes anything twice."""

import datetime as dt

from members.models import Club, MemberEvent
from members.operations.causes import Causes, create_once


def note_events(*, club: Club, causes: Causes, what: str, detail: str, now: dt.datetime) -> None:
    """For each (member, cause) once."""
    create_once(MemberEvent, causes, club=club, what=what, detail=detail, happened_at=now)
