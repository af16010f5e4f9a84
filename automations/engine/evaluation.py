"""Asking a workflow's question: everyone of the club accounted for, in ranges of members, each its own transaction.

A run that dies goes on after the last range that it finished; two that meet on one run share its ranges.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest

from automations.engine.classification import Question
from automations.engine.fuse import (
    RunHeld,
    TooManyAtOnce,
    enrolled_by,
    first_asked,
    held_run,
    refuse_too_many,
    refuse_while_held,
    weigh,
)
from automations.engine.handing_over import hand_over
from automations.engine.readiness import WorkflowDisabled as WorkflowDisabled
from automations.engine.readiness import (
    can_be_asked,
    lock,
    refuse_unless_ready,
    standing_counts,
    under_way,
)
from automations.engine.standing import ENTERING, Some, differing, of_members
from automations.models import Decision, Enrollment, Reason, Workflow, WorkflowRun
from members.models import Member
from members.models.bulk import insert_from
from members.models.planning import count_anew, has_any
from members.models.ranges import ranges_of
from members.models.successions import succeed_from

RANGE = 100_000
ASKED_AGAIN = 5_000
"""Members asked again together."""
MOST_TIMES = 50
"""So often at once; who has yet more occurrences is asked for them by the next check."""
WRITTEN = (Decision, Enrollment)
SETTLING = (*ENTERING, Reason.MISSED)
"""After these another occurrence of the same member is asked about."""


def start_run(
    workflow: Workflow,
    *,
    kind: WorkflowRun.Kind,
    now: dt.datetime,
    checked_on: dt.date | None = None,
    requested_by: Any = None,
    released_from: WorkflowRun | None = None,
) -> WorkflowRun:
    """A new run as of `now`; that of the day `checked_on` if it is a daily one and another scheduler was first.

    Raises WorkflowDisabled, RunHeld while another run waits for a person, and ValidationError, UnknownBlock or whatever
    else its question raises that cannot be asked: then no run is left behind that would ask it after it is corrected.
    `released_from`: the one that somebody let go, which was weighed before.
    """
    refuse_unless_ready(workflow)
    if released_from is None:
        refuse_while_held(workflow)
    weighed = {"released_from": released_from, "size": released_from.size} if released_from else {}
    question = Question(workflow, now)
    question.members()
    facts = weighed | {"as_of": now, "requested_by": requested_by, "rule": question.as_rule()}
    checked_on = checked_on or workflow.club.today(now)
    if kind == WorkflowRun.Kind.DAILY:
        run, is_new = WorkflowRun.objects.get_or_create(
            workflow=workflow, kind=kind, checked_on=checked_on, defaults=facts
        )
        return run if is_new or can_be_asked(Question.of(run)) else _asked_anew(run, question)
    return WorkflowRun.objects.create(workflow=workflow, kind=kind, checked_on=checked_on, **facts)


def _asked_anew(run: WorkflowRun, question: Question) -> WorkflowRun:
    """The day's run, whose own question cannot be asked any more: there is no second one that day, so it asks this one."""
    unfinished = WorkflowRun.objects.filter(pk=run.pk, finished_at=None, held_at=None)
    unfinished.update(as_of=question.now, rule=question.as_rule())
    run.refresh_from_db(fields=["as_of", "rule"])
    return run


def evaluate(run: WorkflowRun, *, finished_at: dt.datetime | None = None) -> WorkflowRun:
    """Account for every member of the club who is not accounted for yet; returns the finished run.

    All of it as of `run.as_of`, after any earlier run that is still under way, so that decisions follow one another in
    the order of the runs. Raises WorkflowDisabled, ValidationError or UnknownBlock with nothing half done, and RunHeld
    before anything is done where the run, or one before it, waits for a person.
    """
    for earlier in under_way(run.workflow, run.as_of, before=run):
        evaluate(earlier)
    question = Question.of(run)
    with transaction.atomic():
        lock(run.workflow_id)
        if not (held_run(run.workflow) or has_any(differing(_since_first_asked(question), {}))):
            # Still under the lock: whoever asks at once leaves what is new to a run under way.
            return _finish(run, finished_at)
        held = weigh(run, question, now=finished_at or run.as_of)
    if held:
        # After the commit, which keeps that it is held.
        raise RunHeld(held)
    while _evaluate_next_range(run.pk, question):
        pass
    return _finish(run, finished_at)


@transaction.atomic(savepoint=False)
def _finish(run: WorkflowRun, at: dt.datetime | None) -> WorkflowRun:
    runs = WorkflowRun.objects.select_for_update(of=("self",)).select_related("workflow__club")
    run = runs.get(pk=run.pk)
    if run.finished_at is None:
        run.size = run.size or 0
        run.counts = standing_counts(run.workflow)
        run.enrolled = enrolled_by(run)
        run.finished_at = at or run.as_of
        run.save(update_fields=["size", "counts", "enrolled", "finished_at"])
    return run


def evaluate_members(workflow: Workflow, member_ids: Iterable[int], *, now: dt.datetime) -> int:
    """Ask the question at once for these members alone; how many are newly enrolled. Leaves no trace if nothing changed.

    Those whom a whole run under way has yet to reach are asked as a part of it. Where too many would be followed up at
    once, the whole club is asked, and where a run waits for a person, nobody is: they are reached as soon as one ran.
    """
    try:
        try:
            return _evaluate_members(workflow, set(member_ids), now)
        except TooManyAtOnce:
            return evaluate(start_run(workflow, kind=WorkflowRun.Kind.MANY, now=now)).enrollments.count()
    except RunHeld:
        return 0


@transaction.atomic
def _evaluate_members(workflow: Workflow, ids: set[int], now: dt.datetime) -> int:
    lock(workflow.pk)
    refuse_while_held(workflow)
    enrolled = 0
    if whole_run := next(iter(under_way(workflow, now)), None):
        if whole_run.size is None and not whole_run.reached_id:
            # It has not been weighed yet, and reaches them if it may.
            return 0
        reached = set(
            Decision.objects.filter(from_run=whole_run, member__in=ids).values_list("member", flat=True)
        )
        not_reached = {pk for pk in ids - reached if pk > whole_run.reached_id}
        enrolled = _decide_all(Question.of(whole_run), whole_run, {"in": not_reached})
        ids -= not_reached
    question, some = Question(workflow, now, is_kept=True), {"in": ids}
    if not differing(question, some).exists():
        return enrolled
    refuse_too_many(question, ids)
    run = _start_immediate(question)
    enrolled += _decide_all(question, run, some)
    _finish_immediate(run)
    return enrolled


def _start_immediate(question: Question) -> WorkflowRun:
    """Within the transaction that locked the workflow and saw that it may be asked."""
    club, now = question.workflow.club, question.now
    return WorkflowRun.objects.create(
        workflow=question.workflow,
        kind=WorkflowRun.Kind.IMMEDIATE,
        checked_on=club.today(now),
        as_of=now,
        rule=question.as_rule(),
    )


def _finish_immediate(run: WorkflowRun) -> None:
    run.finished_at = run.as_of
    run.counts = dict(Counter(run.decisions_made.values_list("reason", flat=True)))
    run.save(update_fields=["finished_at", "counts"])


@transaction.atomic
def _evaluate_next_range(run_id: int, question: Question) -> bool:
    lock(question.workflow.pk)
    run = WorkflowRun.objects.select_for_update().get(pk=run_id)
    if run.finished_at is not None:
        return False
    rest = Member.objects.filter(club=question.workflow.club_id, pk__gt=run.reached_id)
    some = next(ranges_of(rest, RANGE), None)
    if some is None:
        return False
    _decide_all(question, run, {"gt": run.reached_id, "lte": some.until})
    if run.usual_size is None and not run.reached_id:
        # Of a workflow that it never counted, PostgreSQL believes that next to nothing is decided: what stands for one member
        # it would find by reading what stands for all. Without a count it is slower, and right all the same.
        count = partial(count_anew, *(model._meta.get_field("workflow") for model in WRITTEN))
        transaction.on_commit(count, robust=True)
    run.reached_id = some.until
    run.save(update_fields=["reached_id"])
    return some.number == RANGE


def _decide_all(question: Question, run: WorkflowRun, some: Some) -> int:
    """Decide about `some` members, and where one may have several occurrences, again and again about those who may have more.

    Each time is a run of its own, of the same transaction: of what is decided about a member in one run, one thing stands.
    """
    if not question.trigger.several:
        return _decide(question, run, some)
    first = _since_first_asked(question)
    enrolled = _decide(first, run, some)
    again = Question(question.workflow, question.now, is_kept=True, asks_since=first.asks_since)
    for _time in range(MOST_TIMES):
        settled = Decision.objects.filter(
            of_members(some, "member"), workflow=run.workflow_id, from_run__gte=run.pk, reason__in=SETTLING
        )
        due = differing(again, some).filter(decided__in=SETTLING, pk__in=settled.values("member"))
        ids = list(due.order_by("pk").values_list("pk", flat=True)[:ASKED_AGAIN])
        if not ids:
            break
        more = _start_immediate(again)
        enrolled += _decide(again, more, {"in": ids})
        _finish_immediate(more)
    return enrolled


def _since_first_asked(question: Question) -> Question:
    """Where a member may have several occurrences, those go first that became too late since the workflow was first asked."""
    if not question.trigger.several:
        return question
    return replace(question, asks_since=first_asked(question.workflow))


def _decide(question: Question, run: WorkflowRun, some: Some) -> int:
    """Record what changed for `some` members, enroll those due and hand over those left to a person."""
    # Whoever was asked ahead as a part of this run is accounted for already, as is whoever was asked since.
    changed = differing(question, some).filter(Q(standing_run=None) | Q(standing_run__lt=run.pk))
    handed_over = question.trigger.handed_over(question.params)
    decided = succeed_from(
        Decision,
        changed,
        ends="standing",
        changes={"until_run": f"{run.pk:d}"},
        columns={
            "workflow": Value(question.workflow.pk),
            "member": F("pk"),
            "reason": F("decided"),
            "channel": Value(question.channel),
            "occurrence": F("occurrence_key"),
            "fact_at": F("fact"),
            "from_run": Value(run.pk),
        },
        only_for={"occurrence": ("reason", [str(reason) for reason in (*ENTERING, *handed_over)])},
    )
    if not decided:
        # As on most days for most members.
        return 0
    made = Decision.objects.filter(of_members(some, "member"), workflow=question.workflow, from_run=run)
    if handed_over:
        hand_over(question, made.filter(reason__in=handed_over))
    now = Value(question.now)
    enrollment = {
        "workflow": F("workflow_id"),
        "member": F("member_id"),
        "occurrence": F("occurrence"),
        "run": F("from_run_id"),
        "enrolled_at": now,
        # What is known ahead is acted upon when it is so.
        "due_at": Greatest(now, Coalesce("fact_at", now)) if question.trigger.several else now,
        "status": Value(Enrollment.Status.ACTIVE.value),
        "position": Value(0),
        "end_reason": Value(""),
    }
    if question.control_percent:
        # On their way as the others are, so that the two can be compared, but over before it begins.
        left_out = {
            "status": Value(Enrollment.Status.EXITED.value),
            "end_reason": Value(Reason.CONTROL.value),
            "ended_at": Value(question.now),
        }
        insert_from(Enrollment, made.filter(reason=Reason.CONTROL), enrollment | left_out)
    return insert_from(Enrollment, made.filter(reason=Reason.DUE), enrollment)
