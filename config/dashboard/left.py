"""Who was left to a person: those whom a workflow handed over, with the task that is open for them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from automations.models import Decision, Reason, Workflow
from members.admin.task_deeds import deed_link
from members.models import Club, StaffTask
from members.rules.days import AwayClock

SHOWN, COUNTED = 10, 1_000


def left_to_a_person(request: HttpRequest, clubs: Sequence[Club], now: dt.datetime) -> dict[str, Any]:
    """As of each workflow's last word, longest away first. Until the task is closed, also while the workflow is off."""
    # By name: from the club, a table away, the database would guess, and read all decisions ever made.
    workflows = list(Workflow.objects.filter(club__in=clubs).order_by().values_list("pk", flat=True))
    standing = Decision.objects.filter(
        workflow__in=workflows, until_run=None, reason=Reason.INACTIVE_RECURRING
    ).alias(
        cause=Concat(
            "workflow__slug", Value(":"), "reason", Value(":"), "occurrence", output_field=CharField()
        )
    )
    closed = StaffTask.objects.filter(member=OuterRef("member"), cause=OuterRef("cause"))
    standing = standing.exclude(Exists(closed.exclude(status__in=StaffTask.OPEN)))
    first = list(standing.select_related("workflow", "member").order_by("fact_at", "pk")[:SHOWN])
    tasks = {
        (task.member_id, task.cause): task
        for task in StaffTask.objects.filter(member__in=[decision.member_id for decision in first])
        .exclude(cause="")
        .select_related("member", "assignee")
        if request.user.has_perm("members.view_stafftask")
    }
    clocks = {club.pk: AwayClock.of(club, now) for club in clubs}
    may_do = request.user.has_perm("members.change_stafftask")
    rows = []
    for decision in first:
        clock = clocks[decision.workflow.club_id]
        task = tasks.get(
            (decision.member_id, f"{decision.workflow.slug}:{decision.reason}:{decision.occurrence}")
        )
        rows.append(
            {
                "member": decision.member,
                "days": clock.days_away(clock.day_of(decision.fact_at)) if decision.fact_at else None,
                "task": task,
                "done": deed_link(task, "done", request) if task and may_do else "",
            }
        )
    count = standing[: COUNTED + 1].count()
    return {"count": min(count, COUNTED), "is_more": count > COUNTED, "rows": rows}
