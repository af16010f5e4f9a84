"""What became of one run: members by reason, and its messages by what happened to them."""

from django.db.models import Count

from automations.models import Reason, StepRun, WorkflowRun
from messaging.models import Message


def in_words(run: WorkflowRun) -> list[tuple[str, int]]:
    """Members by reason, those due first, then the largest first."""
    labels = dict(Reason.choices)
    ordered = sorted(run.counts.items(), key=lambda item: (item[0] != Reason.DUE, -item[1]))
    return [(str(labels.get(reason, reason)), number) for reason, number in ordered]


def messages_of(run: WorkflowRun) -> list[tuple[str, int]]:
    """Its messages by their state."""
    found = StepRun.objects.filter(enrollment__run=run, message__isnull=False).order_by()
    counted = dict(found.values_list("message__status").annotate(n=Count("pk")))
    return [(str(status.label), counted[status]) for status in Message.Status if status in counted]
