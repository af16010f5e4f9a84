"""Who is left to a person: those whom a workflow handed over, and those whom the next check will."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from automations.engine.handing_over import Left
from automations.models import Decision
from automations.reports.left import COUNTED, left_now, standing
from members.admin.task_deeds import deed_link
from members.models import Club, Member, StaffTask
from members.rules.days import AwayClock

SHOWN = 10


def left_to_a_person(
    request: HttpRequest, clubs: Sequence[Club], now: dt.datetime, following: Sequence[Left] = ()
) -> dict[str, Any]:
    """Each once, longest away first, until the task is closed, also while the workflow is off.

    `following`: whom the next check leaves to a person; those who are left already are not named again.
    """
    found = left_now(clubs, SHOWN, now)
    known = set(
        standing(clubs).filter(member__in=[pk for pk, _fact in following]).values_list("member", flat=True)
        if following
        else ()
    )
    following = [(pk, fact) for pk, fact in following if pk not in known]
    decisions = Decision.objects.in_bulk([pk for _left, pk in found.first])
    shown: list[tuple[int, dt.datetime | None, Decision | None]] = [
        *((member, fact, decisions[pk]) for (member, fact), pk in found.first),
        *((member, fact, None) for member, fact in following[:SHOWN]),
    ]
    shown.sort(key=lambda row: (row[1] is None, row[1], row[0]))
    rows = _rows(request, shown[:SHOWN], {club.pk: AwayClock.of(club, now) for club in clubs})
    count = found.count + len(following)
    return {
        "count": min(count, COUNTED),
        "is_more": count > COUNTED,
        "rows": rows,
        "following": min(len(following), COUNTED),
        "counted_at": found.counted_at,
    }


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
