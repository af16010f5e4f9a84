"""Who is left to a person until the task is closed: of many members counted ahead, since to look at each task takes seconds."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, Min, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from automations.engine.handing_over import Left
from automations.models import Decision, Reason, Workflow
from members.models import Club, StaffTask
from messaging.reports.figures import are_many, fresh, keep

COUNTED, KEPT = 1_000, 50
WHAT = "left"
"""Under which they are kept, by club."""


@dataclass(frozen=True)
class LeftToAPerson:
    """How many, at most one more than COUNTED, and the first few: each with the decision that left them, longest away first."""

    count: int
    first: list[tuple[Left, int]]
    counted_at: dt.datetime | None
    """The instant of the oldest count; None if just now."""


def standing(clubs: Iterable[Club]) -> QuerySet[Decision]:
    """The decisions that left somebody to a person whose task, if there was one, is open."""
    # By name: from the club, a table away, the database would guess, and read all decisions ever made.
    workflows = list(Workflow.objects.filter(club__in=clubs).order_by().values_list("pk", flat=True))
    # Whichever workflow opened it: one task serves for all that hand over the same.
    tasks = StaffTask.objects.filter(member=OuterRef("member"), cause__endswith=OuterRef("about"))
    decisions = Decision.objects.filter(
        workflow__in=workflows, until_run=None, reason=Reason.INACTIVE_RECURRING
    ).alias(about=Concat(Value(":"), "reason", Value(":"), "occurrence", output_field=CharField()))
    return decisions.exclude(
        Exists(tasks.exclude(status__in=StaffTask.OPEN)), ~Exists(tasks.filter(status__in=StaffTask.OPEN))
    )


def left_now(clubs: Sequence[Club], shown: int, now: dt.datetime) -> LeftToAPerson:
    """Each once, whichever workflows left them, also while those are off.

    Of many members as they were counted; of the first few of those only who is still left, so that a task that somebody
    closes is gone at once.
    """
    decisions = standing(clubs)
    if not are_many(clubs):
        return LeftToAPerson(_count(decisions), _first(decisions, shown), None)
    ahead = fresh(WHAT, [club.pk for club in clubs], now)
    kept = dict(ahead.counts)
    for club in clubs:
        if club.pk in ahead.others:
            kept[club.pk] = _counted(club)
            keep(WHAT, {club.pk: kept[club.pk]}, now)
    named = [pk for counts in kept.values() for pk in counts["first"]]
    still = _first(decisions.filter(pk__in=named), len(named))
    count = sum(counts["count"] for counts in kept.values()) - (len(named) - len(still))
    return LeftToAPerson(min(count, COUNTED + 1), still[:shown], ahead.counted_at or now)


def count_ahead(clubs: Collection[Club], now: dt.datetime) -> int:
    return keep(WHAT, {club.pk: _counted(club) for club in clubs}, now)


def _counted(club: Club) -> dict[str, Any]:
    decisions = standing([club])
    return {"count": _count(decisions), "first": [pk for _left, pk in _first(decisions, KEPT)]}


def _people(decisions: QuerySet[Decision]) -> Any:
    return decisions.order_by().values("member").annotate(fact=Min("fact_at"), first=Min("pk"))


def _count(decisions: QuerySet[Decision]) -> int:
    return int(_people(decisions)[: COUNTED + 1].count())


def _first(decisions: QuerySet[Decision], at_most: int) -> list[tuple[Left, int]]:
    rows = _people(decisions).order_by("fact", "first").values_list("member", "fact", "first")[:at_most]
    return [((member, fact), first) for member, fact, first in rows]
