"""Running one workflow by hand: from beginning to end at once, or started here and carried out by a worker."""

import datetime as dt
from typing import Any

from django.db import transaction
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


@transaction.atomic
def start_by_hand(
    *, workflow: Workflow, seen: int, now: dt.datetime, requested_by: Any
) -> tuple[WorkflowRun, bool]:
    """A run that somebody asked for, and whether it is new. `seen`: the latest run by hand that she knew of.

    A second click finds the run of the first one. Raises WorkflowDisabled, and UnknownBlock or ValidationError where
    its question cannot be asked.
    """
    locked = (
        Workflow.objects.select_for_update(no_key=True, of=("self",))
        .select_related("club")
        .get(pk=workflow.pk)
    )
    run = latest_by_hand(locked)
    if run and run.pk > seen:
        return run, False
    return start_run(locked, kind=WorkflowRun.Kind.BY_HAND, now=now, requested_by=requested_by), True


def latest_by_hand(workflow: Workflow) -> WorkflowRun | None:
    return workflow.runs.filter(kind=WorkflowRun.Kind.BY_HAND).order_by("-pk").first()


def carry_out(run: WorkflowRun, *, now: dt.datetime) -> dict[str, int]:
    """Evaluate what was started and take the first steps; sending is left to the outbox. Counts by what came of it."""
    run = evaluate(run, finished_at=now)
    return {"members": sum(run.counts.values())} | advance(now=now, only=Q(workflow=run.workflow_id))
