"""Whom the checks still to come would find among many members: looked for ahead, and asked once more when shown."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from automations.reports.club_days import ClubDay
from automations.reports.due import as_asked
from automations.reports.foreseen import Check, Seen, checks_for
from members.models import Club
from messaging.reports.figures import are_many, fresh, keep

KEPT = 10_000
WHAT = "foreseen"
"""Under which they are kept, by workflow."""


def seen_ahead(
    checks: Iterable[Check], day: ClubDay, now: dt.datetime
) -> tuple[list[Check], dt.datetime | None]:
    """Of a club with many members, only the checks that were seen to find somebody, and the instant of the oldest look.

    Whoever is not found any more is not shown; whom a check would find only since then is, after the next look.
    """
    if not are_many([day.club]):
        return list(checks), None
    of_workflows = _by_workflow(checks)
    ahead = fresh(WHAT, of_workflows, now)
    kept = {
        pk: counts for pk, counts in ahead.counts.items() if counts["asked"] == _asked(of_workflows[pk], day)
    }
    at = [ahead.figures[pk].counted_at for pk in kept]
    if others := {pk: _looked(those, day) for pk, those in of_workflows.items() if pk not in kept}:
        keep(WHAT, others, now)
        kept |= others
    seen = [
        replace(check, seen=Seen(frozenset(members), is_too_much))
        for pk, those in of_workflows.items()
        for check, (members, is_too_much) in zip(those, kept[pk]["seen"], strict=True)
        if members
    ]
    return seen, min(at, default=now)


def count_ahead(clubs: Collection[Club], now: dt.datetime) -> int:
    """Looks for those of clubs with many members; of how many workflows."""
    looked = 0
    for club in clubs:
        if are_many([club]):
            day = ClubDay.tomorrow(club, now)
            for pk, those in _by_workflow(checks_for(day, now)).items():
                looked += keep(WHAT, {pk: _looked(those, day)}, now)
    return looked


def _by_workflow(checks: Iterable[Check]) -> dict[int, list[Check]]:
    found: dict[int, list[Check]] = defaultdict(list)
    for check in checks:
        found[check.question.workflow.pk].append(check)
    return found


def _looked(checks: Sequence[Check], day: ClubDay) -> dict[str, Any]:
    seen = []
    for check in checks:
        members = list(check.due.order_by("pk").values_list("pk", flat=True)[: KEPT + 1])
        seen.append((members, bool(members) and check.is_too_much))
    return {"asked": _asked(checks, day), "seen": seen}


def _asked(checks: Sequence[Check], day: ClubDay) -> list[Any]:
    """What was asked, and of which checks."""
    return [as_asked(checks[0].question), day.day.isoformat(), [len(check.before) for check in checks]]
