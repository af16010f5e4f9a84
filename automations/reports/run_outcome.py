"""What became of one run: members by reason, its messages by what happened to them, and the staff tasks it opened."""

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automations.models import Reason, StepRun, WorkflowRun
from automations.reports.log import LogRow
from automations.rules.brakes import Weight
from members.models import StaffTask
from messaging.models import Message

BECAME = {
    "queued": gettext_lazy("Waits to be sent"),
    "claimed": gettext_lazy("Waits to be sent"),
    "sending": gettext_lazy("Is being sent"),
    "sent": gettext_lazy("Messaged"),
    "failed": gettext_lazy("Could not be sent"),
    "unknown": gettext_lazy("May or may not have left"),
    "skipped": gettext_lazy("Not sent"),
}


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


def tasks_of(run: WorkflowRun) -> int:
    """How many staff tasks it opened: for those left to a person, and by its steps so far."""
    handed_over = StaffTask.objects.filter(
        club=run.workflow.club_id, cause__startswith=f"{run.workflow.slug}:", opened_at=run.as_of
    )
    steps = StepRun.objects.filter(enrollment__run=run, staff_task__isnull=False)
    ids = set(handed_over.values_list("pk", flat=True))
    return len(ids.union(steps.values_list("staff_task", flat=True)))


def heavy_in_words(weight: Weight) -> str:
    """That a run as large as this would wait for a person; empty if it would not."""
    if not weight.is_too_much:
        return ""
    words = {"n": f"{weight.size:,}", "usual": f"{weight.usual or 0:,}", "most": f"{weight.most:,}"}
    if weight.usual is None:
        said = _("A first run of more than %(most)s members waits for a person: this one has %(n)s.")
    else:
        said = _("Usually it is %(usual)s members, so a run of %(n)s waits for a person (from %(most)s on).")
    return said % words


def became(row: LogRow) -> str:
    """What became of a member in a run, in a word or two."""
    if row.reason == Reason.INACTIVE_RECURRING:
        return str(Reason.INACTIVE_RECURRING.label)
    if row.decision != "messaged":
        return _("Not followed up")
    return str(BECAME.get(row.status) or _("Followed up"))
