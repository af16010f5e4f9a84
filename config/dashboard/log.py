"""The latest messages, and what each workflow last decided."""

from typing import Any

from django.db.models import OuterRef, Subquery

from automations.admin.decisions import counts_in_words
from automations.models import Workflow, WorkflowRun
from members.admin.columns import when
from messaging.admin.messages import in_words, status_label
from messaging.models import Message

LOG_SHOWN, RUNS_SHOWN = 15, 10


def latest_messages(clubs: list[int]) -> list[dict[str, Any]]:
    found = Message.objects.filter(club__in=clubs).select_related("member", "club")
    messages = found.order_by("-created_at", "-pk")[:LOG_SHOWN]
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
    whole = WorkflowRun.objects.filter(workflow=OuterRef("pk"), finished_at__isnull=False)
    latest = Subquery(whole.exclude(kind=WorkflowRun.Kind.IMMEDIATE).order_by("-pk").values("pk")[:1])
    newest = Workflow.objects.filter(club__in=clubs).annotate(latest=latest).exclude(latest=None)
    ids = list(newest.order_by("-latest").values_list("latest", flat=True)[:RUNS_SHOWN])
    runs = WorkflowRun.objects.filter(pk__in=ids).select_related("workflow__club")
    return [
        {"run": run, "when": when(run.as_of, run.workflow.club), "counts": counts_in_words(run.counts)}
        for run in runs.order_by("-pk")
    ]
