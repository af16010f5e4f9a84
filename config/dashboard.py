"""The first page: who is due, who was left to a person, what was sent last, and whether the jobs run."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils import timezone

from automations.admin.decisions import counts_in_words
from automations.blocks import UnknownBlock
from automations.engine.classification import Question
from automations.models import Decision, Enrollment, Reason, Workflow, WorkflowRun
from automations.reports.job_health import job_health
from members.admin.columns import when
from members.admin.scoping import visible_club_ids
from members.models import Club, StaffTask
from members.rules.days import DAY, AwayClock, start_of_day
from messaging.admin.messages import in_words, status_label
from messaging.models import Message

SHOWN, LOG_SHOWN, COUNTED = 10, 15, 1_000
WORKFLOWS_ASKED = 20


@dataclass(frozen=True)
class DueNow:
    """Those whom a workflow follows up: waiting for its next check, or followed up since yesterday and not back."""

    workflow: Workflow
    count: int
    members: list[dict[str, Any]]

    @property
    def is_more(self) -> bool:
        return self.count > COUNTED


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Only for the clubs that this person sees, and only what she may view."""
    now = timezone.now()
    may = request.user.has_perm
    clubs = visible_club_ids(request)
    context |= {"is_practice": settings.TRANSPORT == "console", "has_clubs": bool(clubs)}
    if may("members.view_member") and may("automations.view_workflow"):
        workflows = list(
            Workflow.objects.filter(club__in=clubs, is_enabled=True).select_related("club")[:WORKFLOWS_ASKED]
        )
        due = [answer for workflow in workflows if (answer := due_now(workflow, now))]
        context |= {
            "due": due,
            "due_total": sum(answer.count for answer in due),
            "has_workflows": bool(workflows),
        }
        context["due_is_more"] = any(answer.is_more for answer in due)
    if may("members.view_member") and may("automations.view_decision"):
        context["left"] = left_to_a_person(clubs, now, with_tasks=may("members.view_stafftask"))
    if may("messaging.view_message"):
        context["log"] = latest_messages(clubs)
    if may("automations.view_workflowrun"):
        context["runs"] = latest_runs(clubs)
    context["jobs"] = jobs = job_health(now)
    ran_lately = any(job.last_run_at and job.last_run_at > now - dt.timedelta(hours=1) for job in jobs)
    context["is_nothing_running"] = any(job.is_late for job in jobs) and not ran_lately
    zones = set(Club.objects.filter(pk__in=clubs).values_list("time_zone", flat=True))
    context["zone"] = zones.pop() if len(zones) == 1 else "UTC"
    return context


def due_now(workflow: Workflow, now: dt.datetime) -> DueNow | None:
    """None for a workflow that cannot be read any more; its own page says why."""
    question = Question(workflow, now)
    followed_up = Enrollment.objects.filter(
        workflow=workflow,
        member=OuterRef("pk"),
        occurrence=OuterRef("occurrence_key"),
        enrolled_at__gte=start_of_day(question.clock.today - DAY, workflow.club.zone),
    )
    try:
        due = question.members().filter(
            Q(decided=Reason.DUE) | Q(Exists(followed_up), decided=Reason.COOLDOWN)
        )
        count = due[: COUNTED + 1].count()
        first = list(due.order_by("fact", "pk")[:SHOWN])
    except (UnknownBlock, ValidationError):
        return None
    members = [
        {
            "member": member,
            "days": question.clock.days_away(question.clock.day_of(member.fact)) if member.fact else None,
            "is_waiting": member.decided == Reason.DUE,
        }
        for member in first
    ]
    return DueNow(workflow, count, members)


def left_to_a_person(clubs: list[int], now: dt.datetime, *, with_tasks: bool) -> dict[str, Any]:
    """Those whom the rule handed over as of each workflow's last word, longest away first, with their task.

    Until the task is closed, also while the workflow is off.
    """
    standing = Decision.objects.filter(
        workflow__club__in=clubs, until_run=None, reason=Reason.INACTIVE_RECURRING
    ).alias(
        cause=Concat(
            "workflow__slug", Value(":"), "reason", Value(":"), "occurrence", output_field=CharField()
        )
    )
    closed = StaffTask.objects.filter(member=OuterRef("member"), cause=OuterRef("cause"))
    standing = standing.exclude(Exists(closed.exclude(status__in=StaffTask.OPEN)))
    first = list(standing.select_related("workflow__club", "member").order_by("fact_at", "pk")[:SHOWN])
    tasks = {
        (task.member_id, task.cause): task
        for task in StaffTask.objects.filter(member__in=[decision.member_id for decision in first])
        if with_tasks
    }
    clocks = _clocks({decision.workflow.club_id for decision in first}, now)
    rows = []
    for decision in first:
        clock = clocks[decision.workflow.club_id]
        cause = f"{decision.workflow.slug}:{decision.reason}:{decision.occurrence}"
        rows.append(
            {
                "member": decision.member,
                "days": clock.days_away(clock.day_of(decision.fact_at)) if decision.fact_at else None,
                "task": tasks.get((decision.member_id, cause)),
            }
        )
    count = standing[: COUNTED + 1].count()
    return {"count": count, "is_more": count > COUNTED, "rows": rows}


def _clocks(clubs: set[int], now: dt.datetime) -> dict[int, AwayClock]:
    found = Club.objects.filter(pk__in=clubs).prefetch_related("closures")
    return {
        club.pk: AwayClock(
            club.today(now),
            club.zone,
            tuple((shut.starts_on, shut.reopens_on) for shut in club.closures.all()),
            club.locale,
        )
        for club in found
    }


def latest_messages(clubs: list[int]) -> list[dict[str, Any]]:
    messages = (
        Message.objects.filter(club__in=clubs).select_related("member", "club").order_by("-pk")[:LOG_SHOWN]
    )
    return [
        {
            "message": message,
            "status": status_label(message),
            "why": in_words(message.reason) if message.reason else message.error,
            "when": when(message.sent_at or message.created_at, message.club),
        }
        for message in messages
    ]


def latest_runs(clubs: list[int]) -> list[dict[str, Any]]:
    """The last whole run of each workflow, the newest first."""
    whole = WorkflowRun.objects.filter(workflow=OuterRef("workflow"), finished_at__isnull=False)
    latest = Subquery(whole.exclude(kind=WorkflowRun.Kind.IMMEDIATE).order_by("-pk").values("pk")[:1])
    runs = WorkflowRun.objects.filter(workflow__club__in=clubs, pk=latest).select_related("workflow__club")
    return [
        {"run": run, "when": when(run.as_of, run.workflow.club), "counts": counts_in_words(run.counts)}
        for run in runs.order_by("-pk")[:SHOWN]
    ]
