"""Each workflow's last finished run over its whole club."""

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from automations.models import Workflow, WorkflowRun


def last_run_ids(*, of: Iterable[Workflow] | None = None, clubs: Iterable[int] | None = None) -> list[int]:
    """Those of these workflows, or of all in these clubs, the newest first; one look into an index for each workflow."""
    # Named one by one: those of single members, of which there are by far the most, are passed over.
    kinds = (WorkflowRun.Kind.DAILY, WorkflowRun.Kind.BY_HAND)
    whole = WorkflowRun.objects.filter(workflow=OuterRef("pk"), kind__in=kinds, finished_at__isnull=False)
    workflows = Workflow.objects.all()
    if of is not None:
        workflows = workflows.filter(pk__in=[workflow.pk for workflow in of])
    if clubs is not None:
        workflows = workflows.filter(club__in=clubs)
    latest = workflows.annotate(latest=Subquery(whole.order_by("-pk").values("pk")[:1]))
    return list(latest.exclude(latest=None).order_by("-latest").values_list("latest", flat=True))
