"""Each workflow's last finished run over its whole club."""

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from automations.models import Workflow, WorkflowRun

WHOLE = (WorkflowRun.Kind.DAILY, WorkflowRun.Kind.BY_HAND)


def last_run_ids(*, of: Iterable[Workflow] | None = None, clubs: Iterable[int] | None = None) -> list[int]:
    """Those of these workflows, or of all in these clubs, the newest first; two looks into an index for each workflow."""
    finished = WorkflowRun.objects.filter(workflow=OuterRef("pk"), finished_at__isnull=False).order_by("-pk")
    workflows = Workflow.objects.order_by()
    if of is not None:
        workflows = workflows.filter(pk__in=[workflow.pk for workflow in of])
    if clubs is not None:
        workflows = workflows.filter(club__in=clubs)
    # Each kind by itself: only within one are the runs in order, and those of single members, by far the most, passed over.
    newest = [Subquery(finished.filter(kind=kind).values("pk")[:1]) for kind in WHOLE]
    found = [[pk for pk in row if pk] for row in workflows.values_list(*newest)]
    return sorted((max(runs) for runs in found if runs), reverse=True)
