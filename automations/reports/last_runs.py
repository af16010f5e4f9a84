"""Each workflow's last finished run over its whole club."""

from django.db.models import OuterRef, QuerySet, Subquery

from automations.models import Workflow, WorkflowRun


def with_last_run(workflows: QuerySet[Workflow]) -> QuerySet[Workflow]:
    """The workflows with `last_run_id`, null for one that never ran; one look into an index for each."""
    # Named one by one: those of single members, of which there are by far the most, are passed over.
    kinds = (WorkflowRun.Kind.DAILY, WorkflowRun.Kind.BY_HAND)
    whole = WorkflowRun.objects.filter(workflow=OuterRef("pk"), kind__in=kinds, finished_at__isnull=False)
    return workflows.annotate(last_run_id=Subquery(whole.order_by("-pk").values("pk")[:1]))
