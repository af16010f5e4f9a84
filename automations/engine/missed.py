"""How something came to be too late: what was answered about it while there was time, or why nobody could."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from automations.engine.classification import Question
from automations.models import Decision, Reason, WorkflowRun
from automations.models.workflow_runs import WAITS_FOR_A_PERSON
from automations.rules.reasons import KEPT_WAITING, NO_CHECK

STOOD_IN_THE_WAY = frozenset(
    {
        Reason.CANCELED,
        Reason.FROZEN,
        Reason.UNFIT,
        Reason.PAUSED,
        Reason.NO_ADDRESS,
        Reason.OPTED_OUT,
        Reason.SUPPRESSED,
        Reason.COOLDOWN,
    }
)
"""What is so of the member, not of the hour; other answers would say nothing of why it became too late."""


def whys_missed(question: Question, happened: Mapping[int, dt.datetime]) -> dict[int, str]:
    """A sentence for each of these members, given when it happened; empty where no more is known. Two queries for all."""
    if not happened or question.workflow.pk is None:
        return {}
    if question.trigger.too_late:
        return dict.fromkeys(happened, _why_slipped_through(question))
    answers = _answers(question, happened)
    runs = _whole_runs(question, min(happened.values()))
    enough = question.occurrences.lasts_for + question.patience
    return {pk: _why(answers.get(pk), runs, at, at + enough) for pk, at in happened.items()}


def _why_slipped_through(question: Question) -> str:
    """Who became due and too late between two checks was asked about by none that could act."""
    runs = _whole_runs(question, min((stop.after for stop in question.stops), default=question.now))
    if any(_kept_waiting(run, stop.after, stop.before) for run in runs for stop in question.stops):
        return str(KEPT_WAITING)
    return str(NO_CHECK)


def _answers(question: Question, happened: Mapping[int, dt.datetime]) -> dict[int, Reason]:
    """By member the last one about just that which is too late now; one that stands on something else says nothing."""
    made = Decision.objects.filter(
        workflow=question.workflow, member__in=happened, from_run__as_of__lte=question.now
    )
    told = made.exclude(reason=Reason.MISSED).order_by("pk").values_list("member", "fact_at", "reason")
    return {pk: Reason(reason) for pk, fact_at, reason in told if fact_at == happened[pk]}


def _whole_runs(question: Question, since: dt.datetime) -> list[WorkflowRun]:
    runs = WorkflowRun.objects.filter(
        workflow=question.workflow, kind__in=WorkflowRun.WHOLE, as_of__lte=question.now
    )
    still = Q(as_of__gte=since) | WAITS_FOR_A_PERSON | Q(decided_at__gte=since)
    return list(runs.filter(still).only("as_of", "finished_at", "held_at", "decided_at", "verdict"))


def _why(
    answer: Reason | None, runs: Collection[WorkflowRun], happened_at: dt.datetime, until: dt.datetime
) -> str:
    if answer and answer in STOOD_IN_THE_WAY:
        return _("While there was time, the answer was “%(answer)s”.") % {"answer": answer.label}
    if any(_kept_waiting(run, happened_at, until) for run in runs):
        return str(KEPT_WAITING)
    if not any(run.finished_at and happened_at <= run.as_of <= until for run in runs):
        return str(NO_CHECK)
    return ""


def _kept_waiting(run: WorkflowRun, happened_at: dt.datetime, until: dt.datetime) -> bool:
    """Until it was too late, or until somebody canceled it."""
    if run.held_at is None or run.held_at > until:
        return False
    if run.decided_at is None or run.decided_at > until:
        return True
    return run.verdict == WorkflowRun.Verdict.CANCEL and run.decided_at >= happened_at
