"""Taking a member out of a workflow by hand, and pushing one on to the next step."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from automations.actions import ACTIONS
from automations.engine.advancement import advance, first_step_left, pass_over
from automations.models import Enrollment
from automations.rules.reasons import PUSHED_ON, TAKEN_OUT


class NotUnderWay(Exception):
    """She is not on her way any more; there is nothing to take her out of, or to push her on to."""


class MovedOn(Exception):
    """She does not stand before the step any more that was seen to be the next one: somebody was quicker."""


class SwitchedOff(Exception):
    """The workflow is off, and nobody moves on."""


class Paused(Exception):
    """The workflow is paused, and nobody moves on."""


@transaction.atomic
def take_out(*, enrollment_id: int, now: dt.datetime) -> Enrollment:
    """End it where it stands; what it queued and has not left yet is not sent. Raises NotUnderWay."""
    enrollment = _locked(enrollment_id)
    enrollment.status = Enrollment.Status.EXITED
    enrollment.step = None
    enrollment.ended_at = now
    enrollment.end_reason = TAKEN_OUT
    enrollment.save(update_fields=["status", "step", "ended_at", "end_reason"])
    return enrollment


@transaction.atomic
def push_on(*, enrollment_id: int, seen_step: int | None, now: dt.datetime) -> dict[str, int]:
    """Take the next step now instead of at its time, and whatever follows it at once; counts by what came of it.

    A step that waits has waited enough. All else is asked as ever: who came back in the meantime is not told that they were
    missed. `seen_step` is what stood there as the next one, None before the first, so that pressing twice is pushing once.
    Raises NotUnderWay, MovedOn, SwitchedOff, Paused; UnknownBlock or ValidationError where the workflow cannot be asked.
    """
    enrollment = _locked(enrollment_id)
    if enrollment.step_id != seen_step:
        raise MovedOn
    if not enrollment.workflow.is_enabled:
        raise SwitchedOff
    if enrollment.workflow.paused_at:
        raise Paused
    step = enrollment.step or first_step_left(enrollment)
    if step and ACTIONS[step.action].waits:
        pass_over(enrollment, step, PUSHED_ON, now)
    elif step:
        enrollment.step, enrollment.position, enrollment.due_at = step, step.position, now
        enrollment.arrived_at = enrollment.arrived_at or enrollment.enrolled_at
        enrollment.save(update_fields=["step", "position", "due_at", "arrived_at"])
    return advance(now=now, only=Q(pk=enrollment.pk))


def _locked(enrollment_id: int) -> Enrollment:
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",))
        .select_related("member__club", "workflow__club", "step")
        .get(pk=enrollment_id)
    )
    if enrollment.status != Enrollment.Status.ACTIVE:
        raise NotUnderWay
    return enrollment
