"""What is wrong now: the schedule, the queues and the providers measured, and asked of the rules."""

import datetime as dt
from collections.abc import Collection

from django.conf import settings

from automations.models import Alert, Workflow, WorkflowRun
from automations.models.workflow_runs import WAITS_FOR_A_PERSON
from automations.reports.job_health import job_health
from automations.reports.queues import queues
from automations.rules.alerts import Finding, lagging_queues, late_jobs, refusing_providers
from messaging.reports.refusals import refusals


def found(now: dt.datetime) -> list[Finding]:
    return [
        *late_jobs({job.name: job.overdue for job in job_health(now) if job.is_late}),
        *lagging_queues(
            {queue.name: queue.lag for queue in queues(now)},
            limit=dt.timedelta(minutes=settings.ALERT_QUEUE_MINUTES),
        ),
        *refusing_providers(
            ((of.club_id, of.channel, of.asked, of.refused) for of in refusals(now)),
            limit_percent=settings.ALERT_REFUSED_PERCENT,
        ),
        *held_runs(),
        *paused_workflows(),
    ]


def held_runs(*, clubs: Collection[int] | None = None) -> list[Finding]:
    """Those that wait for a person, of all clubs or of these."""
    waiting = WorkflowRun.objects.filter(WAITS_FOR_A_PERSON).select_related("workflow")
    if clubs is not None:
        waiting = waiting.filter(workflow__club__in=clubs)
    found = []
    for run in waiting.order_by("pk"):
        workflow = run.workflow
        numbers: dict[str, int | str] = {
            "workflow": workflow.pk,
            "name": workflow.name,
            "size": run.size or 0,
        }
        if run.usual_size is not None:
            numbers["usual"] = run.usual_size
        found.append(Finding(Alert.Kind.RUN_HELD, workflow.slug, workflow.club_id, numbers))
    return found


def paused_workflows(*, clubs: Collection[int] | None = None) -> list[Finding]:
    """Those that were stopped because of what their messages came to, of all clubs or of these."""
    paused = Workflow.objects.filter(paused_at__isnull=False).order_by("paused_at", "pk")
    if clubs is not None:
        paused = paused.filter(club__in=clubs)
    return [
        Finding(
            Alert.Kind.PAUSED,
            workflow.slug,
            workflow.club_id,
            {"workflow": workflow.pk, "name": workflow.name} | workflow.paused_because,
        )
        for workflow in paused
    ]
