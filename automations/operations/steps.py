"""Saving a workflow's steps in their order, without anybody losing her place."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Case, Value, When

from automations.models import Enrollment, Step, Workflow


@transaction.atomic
def settle_steps(*, workflow: Workflow, order_before: Sequence[Step], deleted: Sequence[Step]) -> None:
    """Delete what is `deleted`, number the rest 1, 2, 3 …, and let those under way keep the step that comes next for them.

    `order_before` are the stored steps as they stood before this save; who waited for a deleted one goes on to the
    first after it that is left, also if it was deleted earlier.
    """
    gone = {step.pk for step in deleted}
    left = list(workflow.steps.exclude(pk__in=gone).order_by("position", "pk"))
    position_of = {step.pk: position for position, step in enumerate(left, start=1)}
    _move_stepless(workflow, order_before, position_of, len(left) + 1)
    for step in left:
        if step.position != position_of[step.pk]:
            step.position = position_of[step.pk]
            step.save(update_fields=["position"])
        _move(step, position_of[step.pk])
    for index, step in enumerate(order_before):
        if step.pk in gone:
            after = (position_of[later.pk] for later in order_before[index + 1 :] if later.pk in position_of)
            _move(step, next(after, len(left) + 1))
            Step.objects.get(pk=step.pk).delete()


def _move_stepless(
    workflow: Workflow, order_before: Sequence[Step], position_of: Mapping[int, int], end: int
) -> None:
    """Those whose step was deleted before, and who stand between two until their time comes."""
    stepless = workflow.enrollments.filter(status=Enrollment.Status.ACTIVE, step=None, position__gt=0)
    new = {}
    for old in stepless.order_by().values_list("position", flat=True).distinct():
        after = (
            position_of[step.pk] for step in order_before if step.position >= old and step.pk in position_of
        )
        new[old] = next(after, end)
    if new:
        # All in one statement, so that nobody is moved twice.
        stepless.update(position=Case(*(When(position=old, then=Value(to)) for old, to in new.items())))


def _move(step: Step, position: int) -> None:
    Enrollment.objects.filter(step=step).exclude(position=position).update(position=position)
