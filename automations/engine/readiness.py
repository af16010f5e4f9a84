"""Whether a workflow may be evaluated at all, by one at a time; which of its runs are under way, and how it stands."""

import datetime as dt
from collections.abc import Collection

from django.db import Error as DatabaseTrouble
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from automations.engine.classification import Question
from automations.models import Decision, Step, Workflow, WorkflowRun
from automations.triggers import TRIGGERS
from members.models import Member
from members.rules.days import DAY


class WorkflowDisabled(Exception):
    """The workflow is off, paused, or has no steps yet; nobody is evaluated, and so nobody is used up."""


def lock(workflow_id: int) -> None:
    """One evaluation of a workflow at a time, and none of one that is off."""
    workflows = Workflow.objects.select_for_update(no_key=True)
    has_steps = Exists(Step.objects.filter(workflow=OuterRef("pk")))
    locked = workflows.annotate(has_steps=has_steps).get(pk=workflow_id)
    _refuse_unless_ready(locked, has_steps=locked.has_steps)


def refuse_unless_ready(workflow: Workflow) -> None:
    """Raises WorkflowDisabled, which says why."""
    _refuse_unless_ready(workflow, has_steps=workflow.steps.exists())


def _refuse_unless_ready(workflow: Workflow, *, has_steps: bool) -> None:
    if not workflow.is_enabled:
        raise WorkflowDisabled(
            _("“%(workflow)s” is off. Turn it on in the admin first.") % {"workflow": workflow}
        )
    if workflow.paused_at:
        raise WorkflowDisabled(
            _("“%(workflow)s” was paused by itself. Its page says why, and lets it go on.")
            % {"workflow": workflow}
        )
    if not has_steps:
        raise WorkflowDisabled(
            _("“%(workflow)s” has no steps yet. Add one in the admin.") % {"workflow": workflow}
        )


def standing_counts(workflow: Workflow) -> dict[str, int]:
    """Members by the reason that stands for each."""
    standing = Decision.objects.filter(workflow=workflow, until_run=None).order_by()
    return dict(standing.values_list("reason").annotate(members=Count("pk")))


def can_be_asked(question: Question) -> bool:
    """Whether a trigger and conditions as they are stored are understood; nobody is asked yet."""
    try:
        question.members()
    except DatabaseTrouble:
        # Of the moment, not of what is stored.
        raise
    except Exception:
        return False
    return True


def under_way(
    workflow: Workflow, now: dt.datetime, *, before: WorkflowRun | None = None
) -> list[WorkflowRun]:
    """Whole runs as of `now` or earlier that are not finished, the oldest first; only those started `before` that one.

    One that was given up for a day is not gone on with: its day is over. Nor is one that was held: another carries it out.
    Nor one that cannot be asked any more: the next one asks about everybody.
    """
    unfinished = WorkflowRun.objects.filter(
        workflow=workflow,
        finished_at=None,
        held_at=None,
        as_of__lte=now,
        started_at__gte=timezone.now() - DAY,
    )
    if before:
        unfinished = unfinished.filter(pk__lt=before.pk)
    whole = unfinished.exclude(kind=WorkflowRun.Kind.IMMEDIATE).select_related("workflow__club")
    return [run for run in whole.order_by("pk") if can_be_asked(Question.of(run))]


def rests_on(workflow: Workflow, changed: Collection[str]) -> bool:
    """Whether its answer may be another where only rows of these models changed, by their labels; true if none is named."""
    if not changed or Member._meta.label in changed or workflow.conditions:
        # Conditions may ask about anything.
        return True
    reads = TRIGGERS[workflow.trigger].reads
    return reads is None or any(model._meta.label in changed for model in reads)
