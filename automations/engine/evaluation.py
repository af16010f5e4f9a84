"""Asking a workflow's question: everyone of the club accounted for, in ranges of members, each its own transaction.

A run that dies goes on after the last range that it finished; two that meet on one run share its ranges.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    F,
    FilteredRelation,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext as _

from automations.engine.classification import Question
from automations.engine.handing_over import hand_over
from automations.models import Decision, Enrollment, Reason, Workflow, WorkflowRun
from members.models.bulk import insert_from, update_from
from members.rules.days import DAY

RANGE = 50_000

Some = Mapping[str, object]
"""Which members: lookups on their id, such as {"gt": 1, "lte": 50_000}."""


class WorkflowDisabled(Exception):
    """The workflow is off, or has no steps yet; nobody is evaluated, and so nobody is used up."""


def start_run(
    workflow: Workflow,
    *,
    kind: WorkflowRun.Kind,
    now: dt.datetime,
    checked_on: dt.date | None = None,
    requested_by: Any = None,
) -> WorkflowRun:
    """A new run as of `now`; that of the day `checked_on` if it is a daily one and another scheduler was first.

    Raises WorkflowDisabled.
    """
    _refuse_unless_ready(workflow)
    facts = {"as_of": now, "requested_by": requested_by, "rule": Question(workflow, now).as_rule()}
    checked_on = checked_on or workflow.club.today(now)
    if kind == WorkflowRun.Kind.DAILY:
        return WorkflowRun.objects.get_or_create(
            workflow=workflow, kind=kind, checked_on=checked_on, defaults=facts
        )[0]
    return WorkflowRun.objects.create(workflow=workflow, kind=kind, checked_on=checked_on, **facts)


def evaluate(run: WorkflowRun, *, finished_at: dt.datetime | None = None) -> WorkflowRun:
    """Account for every member of the club who is not accounted for yet; returns the finished run.

    All of it as of `run.as_of`, after any earlier run that is still under way, so that decisions follow one another in
    the order of the runs. Raises WorkflowDisabled, ValidationError or UnknownBlock with nothing half done.
    """
    for earlier in _under_way(run.workflow, run.as_of).filter(pk__lt=run.pk):
        evaluate(earlier)
    question = Question.of(run)
    while _evaluate_next_range(run.pk, question):
        pass
    with transaction.atomic():
        run = (
            WorkflowRun.objects.select_for_update(of=("self",))
            .select_related("workflow__club")
            .get(pk=run.pk)
        )
        if run.finished_at is None:
            run.counts = standing_counts(run.workflow)
            run.finished_at = finished_at or run.as_of
            run.save(update_fields=["counts", "finished_at"])
    return run


@transaction.atomic
def evaluate_members(workflow: Workflow, member_ids: Iterable[int], *, now: dt.datetime) -> int:
    """Ask the question at once for these members alone; how many are newly enrolled. Leaves no trace if nothing changed.

    Those whom a whole run under way has yet to reach are asked as a part of it.
    """
    _lock(workflow.pk)
    ids, enrolled = set(member_ids), 0
    if whole_run := _under_way(workflow, now).first():
        reached = set(
            Decision.objects.filter(from_run=whole_run, member__in=ids).values_list("member", flat=True)
        )
        not_reached = {pk for pk in ids - reached if pk > whole_run.reached_id}
        enrolled = _decide(Question.of(whole_run), whole_run, {"in": not_reached})
        ids -= not_reached
    question, some = Question(workflow, now), {"in": ids}
    if not _differing(question, some).exists():
        return enrolled
    run = start_run(workflow, kind=WorkflowRun.Kind.IMMEDIATE, now=now)
    enrolled += _decide(question, run, some)
    run.finished_at = now
    run.counts = dict(Counter(run.decisions_made.values_list("reason", flat=True)))
    run.save(update_fields=["finished_at", "counts"])
    return enrolled


def standing_counts(workflow: Workflow) -> dict[str, int]:
    """Members by the reason that stands for each."""
    standing = Decision.objects.filter(workflow=workflow, until_run=None).order_by()
    return dict(standing.values_list("reason").annotate(members=Count("pk")))


def _under_way(workflow: Workflow, now: dt.datetime) -> QuerySet[WorkflowRun]:
    """Whole runs as of `now` or earlier that are not finished, the oldest first.

    One that was given up for a day is not gone on with: its day is over.
    """
    unfinished = WorkflowRun.objects.filter(
        workflow=workflow, finished_at=None, as_of__lte=now, started_at__gte=timezone.now() - DAY
    )
    return unfinished.exclude(kind=WorkflowRun.Kind.IMMEDIATE).select_related("workflow__club").order_by("pk")


def _lock(workflow_id: int) -> None:
    """One evaluation of a workflow at a time, and none of one that is off."""
    _refuse_unless_ready(Workflow.objects.select_for_update(no_key=True).get(pk=workflow_id))


def _refuse_unless_ready(workflow: Workflow) -> None:
    if not workflow.is_enabled:
        raise WorkflowDisabled(
            _("“%(workflow)s” is off. Turn it on in the admin first.") % {"workflow": workflow}
        )
    if not workflow.steps.exists():
        raise WorkflowDisabled(
            _("“%(workflow)s” has no steps yet. Add one in the admin.") % {"workflow": workflow}
        )


@transaction.atomic
def _evaluate_next_range(run_id: int, question: Question) -> bool:
    _lock(question.workflow.pk)
    run = WorkflowRun.objects.select_for_update().get(pk=run_id)
    if run.finished_at is not None:
        return False
    ids = (
        question.occurrences.members.filter(pk__gt=run.reached_id).order_by("pk").values_list("pk", flat=True)
    )
    last = ids[RANGE - 1 : RANGE].first() or ids.last()
    if last is None:
        return False
    _decide(question, run, {"gt": run.reached_id, "lte": last})
    run.reached_id = last
    run.save(update_fields=["reached_id"])
    return True


def _decide(question: Question, run: WorkflowRun, some: Some) -> int:
    """Record what changed for `some` members, enroll those due and hand over those left to a person."""
    changed = _differing(question, some).filter(standing__isnull=False)
    # Whoever was asked ahead as a part of this run is accounted for already, as is whoever was asked since.
    changed = changed.exclude(standing_run__gte=run.pk)
    update_from(Decision, changed, "standing", {"until_run": f"{run.pk:d}"})
    handed_over = question.trigger.handed_over(question.params)
    insert_from(
        Decision,
        _with_standing(question, some).filter(standing__isnull=True),
        {
            "workflow": Value(question.workflow.pk),
            "member": F("pk"),
            "reason": F("decided"),
            "channel": Value(question.channel),
            "occurrence": Case(
                When(decided__in=[Reason.DUE, *handed_over], then=F("occurrence_key")), default=Value("")
            ),
            "fact_at": F("fact"),
            "from_run": Value(run.pk),
        },
    )
    made = Decision.objects.filter(_of(some, "member"), workflow=question.workflow, from_run=run)
    if handed_over:
        hand_over(question, made.filter(reason__in=handed_over))
    return insert_from(
        Enrollment,
        made.filter(reason=Reason.DUE),
        {
            "workflow": F("workflow_id"),
            "member": F("member_id"),
            "occurrence": F("occurrence"),
            "run": F("from_run_id"),
            "enrolled_at": Value(question.now),
            "due_at": Value(question.now),
            "status": Value(Enrollment.Status.ACTIVE.value),
            "position": Value(0),
            "end_reason": Value(""),
        },
    )


def _of(some: Some, member: str = "pk") -> Q:
    return Q(**{f"{member}__{lookup}": value for lookup, value in some.items()})


def _with_standing(question: Question, some: Some) -> QuerySet[Any]:
    """The classified members, each with what the decision that stands for her says, if one does."""
    joined: QuerySet[Any] = (
        question.members()
        .filter(_of(some))
        .annotate(
            standing_decision=FilteredRelation(
                "decisions",
                # The members once more: a database does not carry a range over from the other side of a join.
                condition=Q(decisions__workflow=question.workflow, decisions__until_run=None)
                & _of(some, "decisions__member"),
            ),
            standing=F("standing_decision__pk"),
            standing_run=F("standing_decision__from_run"),
            standing_reason=F("standing_decision__reason"),
            standing_channel=F("standing_decision__channel"),
            standing_fact=F("standing_decision__fact_at"),
            standing_occurrence=F("standing_decision__occurrence"),
        )
    )
    return joined


def _differing(question: Question, some: Some) -> QuerySet[Any]:
    """Those for whom no decision stands, or one that differs from what is true now."""
    long_ago = Value(dt.datetime(1, 1, 2, tzinfo=dt.UTC))
    # Annotations only: negating a condition across the relation itself makes a subquery of it, for each member.
    return _with_standing(question, some).filter(
        Q(standing__isnull=True)
        | ~Q(standing_channel=question.channel)
        | ~Q(Exact(Coalesce("standing_fact", long_ago), Coalesce("fact", long_ago)))
        # Decided before this reason was one that a person takes over.
        | Q(standing_reason__in=question.trigger.handed_over(question.params), standing_occurrence="")
        | ~Q(standing_reason=F("decided"))
    )
