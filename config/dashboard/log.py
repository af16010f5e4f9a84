"""The latest messages, and what each workflow last decided."""

from typing import Any

from automations.admin.decisions import counts_in_words
from automations.models import WorkflowRun
from automations.reports.last_runs import last_run_ids
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
    newest = last_run_ids(clubs=clubs)[:RUNS_SHOWN]
    runs = WorkflowRun.objects.filter(pk__in=newest).select_related("workflow__club")
    return [
        {"run": run, "when": when(run.as_of, run.workflow.club), "counts": counts_in_words(run.counts)}
        for run in runs.order_by("-pk")
    ]
