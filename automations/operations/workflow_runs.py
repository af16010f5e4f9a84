"""Running one workflow from beginning to end by hand: evaluate, advance, deliver."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils import timezone

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from automations.models import Workflow, WorkflowRun
from messaging.operations.delivery import deliver


def run_workflow(
    workflow: Workflow, *, as_of: dt.datetime | None = None, requested_by: Any = None
) -> tuple[WorkflowRun, dict[str, int]]:
    """Everything this workflow has to do, all as of one instant, or as of now; the run and what was delivered.

    Raises WorkflowDisabled if it is off.
    """

    def clock() -> dt.datetime:
        return as_of or timezone.now()

    started = start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=clock(), requested_by=requested_by)
    run = evaluate(started, finished_at=clock())
    advance(now=clock(), only=Q(workflow=workflow))
    return run, deliver(clock=clock, only=Q(club=workflow.club_id, origin=workflow.slug))
