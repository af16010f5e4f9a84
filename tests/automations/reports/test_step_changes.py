"""What other steps and another order of them mean for those inside: as it is said, so the engine does it."""

import pytest

from automations.engine.advancement import advance
from automations.models import Enrollment, Step, StepRun
from automations.operations.steps import settle_steps
from automations.reports.consequences import consequences
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MessageTemplateFactory,
    StepFactory,
    StepRunFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
HELLO = "(send the message “Hello”)"


@pytest.fixture
def steps():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    return [
        StepFactory(workflow=workflow, position=number, action_params={"template": "hello"})
        for number in (1, 2, 3)
    ]


def stand(step, *, many=1, taken=()):
    """So many before the step, or before the first if it is None, who have taken the others."""
    workflow = (step or Step.objects.first()).workflow
    for _ in range(many):
        position = step.position if step else 0
        enrollment = EnrollmentFactory(workflow=workflow, step=step, position=position)
        for each in taken:
            StepRunFactory(enrollment=enrollment, step=each, position=each.position)


def told(before, after, *, deleted=()):
    gone = [step.pk for step in deleted]
    found = consequences(before[0].workflow, is_enabled=True, before=before, after=after, deleted=gone)
    return found.changes


def save(before, after, *, deleted=()):
    for number, step in enumerate(after, start=1):
        if step.pk is None:
            step.save()
        Step.objects.filter(pk=step.pk).update(position=number)
    settle_steps(workflow=before[0].workflow, order_before=before, deleted=deleted)


def comes(number, when, rest):
    return f"Step {number} {HELLO} comes {when}: {rest}"


def test_it_says_how_many_do_not_take_a_step_that_comes_before_where_they_stand(steps):
    first, second, third = steps
    stand(None)
    stand(first, many=2)
    stand(second, taken=[first])
    stand(third, many=3, taken=[first, second])
    skipped = "2 members who are past its new place do not take it."
    assert told(steps, [second, first, third]) == [comes(1, "earlier", skipped)]
    three = "3 members who are past its new place do not take it."
    assert told(steps, [third, first, second]) == [comes(1, "earlier", three)]
    one = "1 member who is past its new place does not take it."
    assert told(steps, [first, third, second]) == [comes(2, "earlier", one)]
    assert told(steps, [second, third, first]) == [comes(1, "earlier", skipped), comes(2, "earlier", skipped)]


def test_nothing_is_said_of_an_order_that_matters_to_nobody(steps):
    first, second, third = steps
    stand(None, many=2)
    stand(first)
    assert told(steps, steps) == []
    assert told(steps, [first, third, second]) == []
    Enrollment.objects.filter(step=first).update(step=second, position=2)
    StepRunFactory(enrollment=Enrollment.objects.get(step=second), step=third, position=3)
    assert told(steps, [first, third, second]) == []


def test_a_parameter_that_came_later_and_is_empty_changes_nothing(steps):
    """As the form sends it for a step that was stored before there was one."""
    first, *others = steps
    stand(first)
    same, other = Step.objects.get(pk=first.pk), Step.objects.get(pk=first.pk)
    same.action_params = {**first.action_params, "booking_link": "", "image": None}
    other.action_params = {"template": ""}
    assert told(steps, [same, *others]) == []
    assert told(steps, [other, *others]) != []


def test_a_step_that_somebody_is_past_without_it_is_taken_where_it_comes_now(steps):
    first, second, third = steps
    stand(second, many=2)
    stand(second, taken=[first])
    late = "2 members who were past it without it take it then."
    early = "3 members who are past its new place do not take it."
    assert told(steps, [second, first, third]) == [comes(2, "later", late)]
    assert told(steps, [third, second, first]) == [
        comes(1, "earlier", early),
        comes(3, "later", late),
    ]


def test_who_loses_her_step_is_past_what_comes_before_the_next(steps):
    first, second, third = steps
    new = Step(workflow=first.workflow, action="end", action_params={})
    stand(first)
    (deleted, moved) = told(steps, [third, second], deleted=[first])
    assert deleted.endswith("1 member who stands before it goes on to “send the message “Hello””.")
    assert moved == comes(1, "earlier", "1 member who is past its new place does not take it.")
    (_deleted, added) = told(steps, [new, second, third], deleted=[first])
    assert added == "Step 1 is new: 1 member who is past it does not take it."


def test_who_lost_her_step_earlier_stands_before_the_next_one(steps):
    first, second, third = steps
    stand(second)
    Enrollment.objects.update(step=None)
    assert consequences(first.workflow, is_enabled=True, before=steps).places == [
        f"1 stands before step 2 {HELLO}"
    ]
    assert told(steps, [first, third, second]) == [
        comes(2, "earlier", "1 member who is past its new place does not take it.")
    ]
    Enrollment.objects.update(position=4)
    assert consequences(first.workflow, is_enabled=True, before=steps).places == []


@pytest.mark.parametrize("stands_at", [None, 0, 1, 2])
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_what_is_said_is_what_comes_to_pass(steps, stands_at, order):
    """Nobody takes a step twice, and whichever of them nobody takes was named."""
    step = None if stands_at is None else steps[stands_at]
    stand(step, taken=steps[: stands_at or 0])
    after = [steps[place] for place in order]
    lost = [after[int(said.split()[1]) - 1].pk for said in told(steps, after)]
    save(steps, after)
    advance(now=NOW)
    assert Enrollment.objects.get().status == "done"
    assert sorted([*StepRun.objects.values_list("step", flat=True), *lost]) == [each.pk for each in steps]
