"""Moving enrolled members on: what is due is claimed in batches, its step taken, and the next one planned."""

import contextlib
import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from automations.actions import ACTIONS, StepOutcome
from automations.blocks import UnknownBlock
from automations.engine.goals import GOAL, goals_reached, keep_reached
from automations.engine.in_person import IN_PERSON
from automations.engine.recheck import ASK_AGAIN, CANNOT_TELL, end_reasons
from automations.engine.resting import resting_until
from automations.models import Enrollment, Step, StepRun, Workflow
from automations.timing import due_after
from automations.triggers import TRIGGERS
from members.models import Club, Member
from messaging.models import Message

logger = logging.getLogger(__name__)

BATCH = 500


def advance(*, now: dt.datetime, only: Q | None = None) -> dict[str, int]:
    """Take every step that is due as of `now` (of the enrollments in `only`); counts by what came of it."""
    totals: Counter[str] = Counter()
    while counts := advance_batch(now=now, only=only):
        totals += counts
    return dict(totals)


@transaction.atomic
def advance_batch(*, now: dt.datetime, only: Q | None = None) -> Counter[str]:
    """One batch; empty when nothing is due. Its rows stay locked to the end, and others pass over them."""
    batch = list(
        Enrollment.objects.filter(
            only or Q(),
            status=Enrollment.Status.ACTIVE,
            due_at__lte=now,
            workflow__is_enabled=True,
            workflow__paused_at=None,
        )
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("workflow__club", "member__club", "step")
        .order_by("due_at", "pk")[:BATCH]
    )
    over = end_reasons(batch, now)
    reached = goals_reached([e for e in batch if over.get(e.pk) != CANNOT_TELL], now)
    keep_reached(sorted((e.pk, reached[e.pk]) for e in batch if e.pk in reached and not e.goal_reached_at))
    away = resting_until([e for e in batch if e.pk not in over and e.pk not in reached], now)
    steps = _steps_left(batch, goes_on={e.pk for e in batch if e.pk not in over and _goes_on(e.workflow)})
    counts: Counter[str] = Counter()
    standing_at: dict[Step, list[Enrollment]] = defaultdict(list)
    for enrollment in batch:
        if settled := _settle(enrollment, over, reached, away, now):
            counts[settled] += 1
            continue
        if enrollment.step is None:
            # Newly enrolled, or its step was deleted: forward to the first one left.
            left = _from_here(enrollment, steps[enrollment.pk])
            _stand_before(enrollment, left, since=enrollment.due_at, now=now)
            counts["arrived"] += 1
        if enrollment.step is not None and enrollment.due_at <= now:
            standing_at[enrollment.step].append(enrollment)
    taken: list[StepRun] = []
    _lock(standing_at)
    for step, enrollments in standing_at.items():
        outcomes = _take(step, enrollments, now)
        for enrollment in enrollments:
            outcome = outcomes[enrollment.pk]
            if outcome.until:
                enrollment.due_at = outcome.until
                counts["waiting"] += 1
                continue
            counts[outcome.outcome.value] += 1
            taken.append(_step_run(enrollment, step, outcome, now))
            _go_on(enrollment, step, outcome, _after(step, steps[enrollment.pk]), now)
    StepRun.objects.bulk_create(taken)
    _save(batch)
    return counts


def _settle(
    enrollment: Enrollment,
    over: Mapping[int, str],
    reached: Container[int],
    away: Mapping[int, dt.datetime],
    now: dt.datetime,
) -> str:
    """End it, or let it wait, if it takes no step now; what came of it, empty if it goes on."""
    pk = enrollment.pk
    if over.get(pk) == CANNOT_TELL:
        enrollment.due_at = now + ASK_AGAIN
        return "waiting"
    if pk in over:
        _end(enrollment, Enrollment.Status.EXITED, now, over[pk])
        return "exited"
    if pk in reached:
        _end(enrollment, Enrollment.Status.DONE, now, GOAL)
        return "reached"
    if pk in away:
        # As if it had been due then all along, so that nothing is too late because of it.
        enrollment.due_at = away[pk]
        return "waiting"
    return ""


def _lock(standing_at: Mapping[Step, Sequence[Enrollment]]) -> None:
    """What the actions of the batch change, all at once and in one order, so that two batches never wait for each other."""
    clubs: set[int] = set()
    members: set[int] = set()
    for step, enrollments in standing_at.items():
        with contextlib.suppress(UnknownBlock):
            action = ACTIONS[step.action]
            clubs |= {e.workflow.club_id for e in enrollments if action.locks_club(step.action_params)}
            members |= {e.member_id for e in enrollments if action.locks_members}
    for model, ids in ((Club, clubs), (Member, members)):
        if ids:
            rows = model._default_manager.filter(pk__in=ids).order_by("pk")
            list(rows.select_for_update(no_key=True).values_list("pk"))


def _go_on(
    enrollment: Enrollment, step: Step, outcome: StepOutcome, left: list[Step], now: dt.datetime
) -> None:
    """After the step: to the next one of those `left`, or to the end."""
    if outcome.outcome == StepRun.Outcome.FAILED and step.stops_on_failure:
        _end(enrollment, Enrollment.Status.EXITED, now, "failed")
    elif outcome.ends:
        _end(enrollment, Enrollment.Status.DONE, now, outcome.reason)
    else:
        _stand_before(enrollment, left, since=now, now=now)


def _goes_on(workflow: Workflow) -> bool:
    trigger = TRIGGERS[workflow.trigger]
    return trigger.goes_on(trigger.clean(workflow.trigger_params, workflow.club))


def _steps_left(batch: Sequence[Enrollment], goes_on: Container[int]) -> dict[int, list[Step]]:
    """By enrollment, the steps of its workflow that it has not taken: their order may have been changed meanwhile.

    For those that go on where the member stood the time before, what she had of the workflow then counts as well.
    """
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in Step.objects.filter(workflow__in={e.workflow_id for e in batch}).order_by("position", "pk"):
        steps[step.workflow_id].append(step)
    taken: set[tuple[int, int | None]] = set(
        StepRun.objects.filter(enrollment__in=batch).values_list("enrollment", "step")
    )
    resumed = [e for e in batch if e.pk in goes_on]
    had = _had_before(resumed)
    taken |= {(e.pk, step) for e in resumed for step in had[e.workflow_id, e.member_id]}
    return {e.pk: [step for step in steps[e.workflow_id] if (e.pk, step.pk) not in taken] for e in batch}


def _left_of(enrollment: Enrollment) -> list[Step]:
    goes_on = {enrollment.pk} if _goes_on(enrollment.workflow) else set()
    return _steps_left([enrollment], goes_on)[enrollment.pk]


def _from_here(enrollment: Enrollment, left: Iterable[Step]) -> list[Step]:
    """For somebody who stands before no step: newly enrolled, or theirs was deleted."""
    return [step for step in left if step.position >= enrollment.position]


def _after(step: Step, left: Iterable[Step]) -> list[Step]:
    return [each for each in left if (each.position, each.pk) > (step.position, step.pk)]


def _had_before(resumed: Sequence[Enrollment]) -> dict[tuple[int, int], set[int | None]]:
    """By workflow and member, the steps that reached the member, whichever enrollment it was in."""
    had: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    if resumed:
        done = steps_that_reached().filter(
            enrollment__workflow__in={e.workflow_id for e in resumed},
            enrollment__member__in={e.member_id for e in resumed},
        )
        for workflow, member, step in done.values_list("enrollment__workflow", "enrollment__member", "step"):
            had[workflow, member].add(step)
    return had


def steps_that_reached() -> QuerySet[StepRun]:
    """Steps taken of which the member had something."""
    done = StepRun.objects.filter(outcome=StepRun.Outcome.DONE)
    return done.exclude(Q(message__status=Message.Status.SKIPPED), ~Q(message__reason=IN_PERSON))


def _stand_before(enrollment: Enrollment, left: list[Step], *, since: dt.datetime, now: dt.datetime) -> None:
    if not left:
        _end(enrollment, Enrollment.Status.DONE, now)
        return
    enrollment.arrived_at = since
    enrollment.step = left[0]
    enrollment.position = left[0].position
    enrollment.due_at = due_after(left[0], since, enrollment.member.zone)


def _end(enrollment: Enrollment, status: Enrollment.Status, now: dt.datetime, reason: str = "") -> None:
    enrollment.status = status
    enrollment.step = None
    enrollment.ended_at = now
    enrollment.end_reason = reason


def _take(step: Step, enrollments: list[Enrollment], now: dt.datetime) -> dict[int, StepOutcome]:
    """One outcome per enrollment id; whatever goes wrong in the action is theirs, not the batch's."""
    patience = enrollments[0].workflow.patience
    outcomes = {
        enrollment.pk: StepOutcome(StepRun.Outcome.MISSED, reason="too_late")
        for enrollment in enrollments
        if now - enrollment.due_at > patience and not _can_be_late(step)
    }
    in_time = [enrollment for enrollment in enrollments if enrollment.pk not in outcomes]
    if not in_time:
        return outcomes
    try:
        with transaction.atomic():
            action = ACTIONS[step.action]
            return outcomes | action.run(
                in_time, action.clean(step.action_params, in_time[0].workflow.club), now
            )
    except (UnknownBlock, ValidationError) as refused:
        error = " ".join(getattr(refused, "messages", [str(refused)]))
    except Exception as broken:
        logger.exception("Step %s failed", step.pk)
        error = _("The step broke off: %(error)s") % {"error": type(broken).__name__}
    return outcomes | {e.pk: StepOutcome(StepRun.Outcome.FAILED, error=error) for e in in_time}


def _can_be_late(step: Step) -> bool:
    try:
        return ACTIONS[step.action].can_be_late
    except UnknownBlock:
        return False


def _step_run(enrollment: Enrollment, step: Step, outcome: StepOutcome, now: dt.datetime) -> StepRun:
    return StepRun(
        enrollment=enrollment,
        step=step,
        position=step.position,
        action=step.action,
        ran_at=now,
        outcome=outcome.outcome,
        reason=outcome.reason,
        error=outcome.error,
        message=outcome.message,
        staff_task=outcome.staff_task,
        detail=outcome.detail[:200],
        variant=outcome.variant,
    )


def _save(batch: Iterable[Enrollment]) -> None:
    """One update for all that end up in the same place, which is nearly everyone."""
    fields = ("status", "step_id", "position", "arrived_at", "due_at", "ended_at", "end_reason")
    alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for enrollment in batch:
        alike[tuple(getattr(enrollment, field) for field in fields)].append(enrollment.pk)
    for values, ids in alike.items():
        Enrollment.objects.filter(pk__in=ids).update(**dict(zip(fields, values, strict=True)))


def first_step_left(enrollment: Enrollment) -> Step | None:
    """Which step is the next one for somebody who stands before none: newly enrolled, or theirs was deleted."""
    return next(iter(_from_here(enrollment, _left_of(enrollment))), None)


def pass_over(enrollment: Enrollment, step: Step, reason: str, now: dt.datetime) -> None:
    """Past the step without taking it, to the next one; within the transaction that locked the enrollment."""
    left = _after(step, _left_of(enrollment))
    outcome = StepOutcome(StepRun.Outcome.SKIPPED, reason=reason)
    _step_run(enrollment, step, outcome, now).save(force_insert=True)
    _stand_before(enrollment, left, since=now, now=now)
    _save([enrollment])
