"""Who is left to a person: those whom a workflow handed over, and those whom the next check will."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, Exists, Min, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from automations.engine.handing_over import Left
from automations.models import Decision, Reason, Workflow
from members.admin.task_deeds import deed_link
from members.models import Club, Member, StaffTask
from members.rules.days import AwayClock

SHOWN, COUNTED = 10, 1_000


def left_to_a_person(
    request: HttpRequest, clubs: Sequence[Club], now: dt.datetime, following: Sequence[Left] = ()
) -> dict[str, Any]:
    """Each once, longest away first, until the task is closed, also while the workflow is off.

    `following`: whom the next check leaves to a person; those who are left already are not named again.
    """
    standing = _standing(clubs)
    known = set(
        standing.filter(member__in=[pk for pk, _fact in following]).values_list("member", flat=True)
        if following
        else ()
    )
    following = [(pk, fact) for pk, fact in following if pk not in known]
    people = standing.order_by().values("member").annotate(fact=Min("fact_at"), first=Min("pk"))
    first = list(people.order_by("fact", "first").values_list("member", "fact", "first")[:SHOWN])
    decisions = Decision.objects.in_bulk([pk for _member, _fact, pk in first])
    shown: list[tuple[int, dt.datetime | None, Decision | None]] = [
        *((member, fact, decisions[pk]) for member, fact, pk in first),
        *((member, fact, None) for member, fact in following[:SHOWN]),
    ]
    shown.sort(key=lambda row: (row[1] is None, row[1], row[0]))
    rows = _rows(request, shown[:SHOWN], {club.pk: AwayClock.of(club, now) for club in clubs})
    count = people[: COUNTED + 1].count() + len(following)
    return {
        "count": min(count, COUNTED),
        "is_more": count > COUNTED,
        "rows": rows,
        "following": min(len(following), COUNTED),
    }


def _standing(clubs: Sequence[Club]) -> QuerySet[Decision]:
    """The decisions that left somebody to a person whose task, if there was one, is open."""
    # By name: from the club, a table away, the database would guess, and read all decisions ever made.
    workflows = list(Workflow.objects.filter(club__in=clubs).order_by().values_list("pk", flat=True))
    # Whichever workflow opened it: one task serves for all that hand over the same.
    tasks = StaffTask.objects.filter(member=OuterRef("member"), cause__endswith=OuterRef("about"))
    standing = Decision.objects.filter(
        workflow__in=workflows, until_run=None, reason=Reason.INACTIVE_RECURRING
    ).alias(about=Concat(Value(":"), "reason", Value(":"), "occurrence", output_field=CharField()))
    return standing.exclude(
        Exists(tasks.exclude(status__in=StaffTask.OPEN)), ~Exists(tasks.filter(status__in=StaffTask.OPEN))
    )


def _rows(
    request: HttpRequest,
    shown: Sequence[tuple[int, dt.datetime | None, Decision | None]],
    clocks: dict[int, AwayClock],
) -> list[dict[str, Any]]:
    members = Member.objects.in_bulk([pk for pk, _fact, _decision in shown])
    tasks: dict[int, list[StaffTask]] = {}
    if request.user.has_perm("members.view_stafftask"):
        found = StaffTask.objects.filter(member__in=members).exclude(cause="")
        for task in found.select_related("member", "assignee").order_by("pk"):
            tasks.setdefault(task.member_id, []).append(task)
    may_do = request.user.has_perm("members.change_stafftask")
    rows = []
    for pk, fact, decision in shown:
        clock = clocks[members[pk].club_id]
        about = f":{decision.reason}:{decision.occurrence}" if decision else None
        its = [task for task in tasks.get(pk, ()) if about and task.cause.endswith(about)]
        # An open one first: another workflow's may be closed.
        its_task = min(its, key=lambda task: task.status not in StaffTask.OPEN, default=None)
        rows.append(
            {
                "member": members[pk],
                "days": clock.days_away(clock.day_of(fact)) if fact else None,
                "task": its_task,
                "is_next": decision is None,
                "done": deed_link(its_task, "done", request) if its_task and may_do else "",
            }
        )
    return rows
