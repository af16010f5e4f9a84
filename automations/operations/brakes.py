"""What a person says of a run that was held, and of a workflow that was paused: nothing else clears either."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from automations.engine.classification import Question
from automations.engine.evaluation import start_run
from automations.engine.readiness import refuse_unless_ready
from automations.models import Workflow, WorkflowRun
from automations.rules.brakes import Outcomes
from members.rules.wording import person_name

MORE_BY_NOW = 1.2


class AlreadyDecided(Exception):
    """Somebody was quicker; says what they decided."""


class FarMoreByNow(Exception):
    """So many more than the person saw that they have to look again; says how many."""


@transaction.atomic
def let_go(*, run: WorkflowRun, seen: int, now: dt.datetime, by: Any) -> WorkflowRun:
    """The run that carries it out as of `now`: it enrolls exactly those who are still due then.

    `seen`: how many the person was told. Raises AlreadyDecided, FarMoreByNow, WorkflowDisabled, and UnknownBlock or
    ValidationError where its question cannot be asked.
    """
    workflow, held = _locked(run)
    refuse_unless_ready(workflow)
    size = Question(workflow, now).due().count()
    if size > MORE_BY_NOW * seen + 1:
        raise FarMoreByNow(
            _("By now %(size)s members would be followed up, not %(seen)s. Please look again.")
            % {"size": f"{size:,}", "seen": f"{seen:,}"}
        )
    _decide(held, WorkflowRun.Verdict.GO, now, by)
    return start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=now, requested_by=by, released_from=held)


@transaction.atomic
def cancel(*, run: WorkflowRun, now: dt.datetime, by: Any) -> None:
    """It follows up nobody; the next check asks anew, and is weighed anew. Raises AlreadyDecided."""
    _workflow, held = _locked(run)
    _decide(held, WorkflowRun.Verdict.CANCEL, now, by)


def _locked(run: WorkflowRun) -> tuple[Workflow, WorkflowRun]:
    """Of two who press at once, or a person and an evaluation, one comes first."""
    locked = Workflow.objects.select_for_update(no_key=True, of=("self",)).select_related("club")
    workflow = locked.get(pk=run.workflow_id)
    held = WorkflowRun.objects.select_related("decided_by").get(pk=run.pk)
    if held.held_at is None or held.decided_at is not None:
        raise AlreadyDecided(decided_in_words(held))
    return workflow, held


def _decide(held: WorkflowRun, verdict: WorkflowRun.Verdict, now: dt.datetime, by: Any) -> None:
    held.verdict, held.decided_at, held.decided_by = verdict, now, by
    held.save(update_fields=["verdict", "decided_at", "decided_by"])


def decided_in_words(run: WorkflowRun) -> str:
    """Like “Anna let it go.”"""
    by = run.decided_by
    words = {"who": person_name(by) if by else _("Somebody")}
    match run.verdict:
        case WorkflowRun.Verdict.GO:
            return _("%(who)s let it go.") % words
        case WorkflowRun.Verdict.CANCEL:
            return _("%(who)s canceled it.") % words
    return _("It does not wait for anybody.")


@transaction.atomic
def pause(*, workflow_id: int, because: Outcomes, now: dt.datetime) -> bool:
    """Stop it until a person lets it go on: nobody is enrolled, no step is taken, and what is queued waits. Whether it was new."""
    workflow = Workflow.objects.select_for_update(no_key=True).get(pk=workflow_id)
    if workflow.paused_at is not None:
        return False
    workflow.paused_at = now
    workflow.paused_because = {
        "asked": because.asked,
        "failed": because.failed,
        "complained": because.complained,
    }
    workflow._change_reason = "paused"  # type: ignore[attr-defined]
    workflow.save()
    return True


@transaction.atomic
def resume(*, workflow_id: int, now: dt.datetime, by: Any) -> bool:
    """Let it go on from where everybody stands; what its messages came to so far does not count again. Whether it was paused."""
    workflow = Workflow.objects.select_for_update(no_key=True).get(pk=workflow_id)
    if workflow.paused_at is None:
        return False
    workflow.paused_at, workflow.paused_because, workflow.resumed_at = None, {}, now
    workflow._history_user = by  # type: ignore[attr-defined]
    workflow._change_reason = "resumed"  # type: ignore[attr-defined]
    workflow.save()
    return True
