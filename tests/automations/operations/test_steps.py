"""However the steps are moved and deleted, who is under way keeps the step that comes next for her."""

import pytest

from automations.operations.steps import settle_steps
from tests.factories import EnrollmentFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    return WorkflowFactory()


@pytest.fixture
def steps(workflow):
    return [StepFactory(workflow=workflow, position=position) for position in (1, 2, 3, 4)]


def settle(workflow, steps, *deleted):
    settle_steps(workflow=workflow, order_before=steps, deleted=[steps[index] for index in deleted])
    return [step.pk for step in workflow.steps.all()]


@pytest.mark.parametrize(
    ("stands_at", "deleted", "next_index"),
    [
        (1, [1], 2),
        (1, [0, 1], 2),
        (2, [0, 2], 3),
        (0, [0, 1, 2], 3),
        (2, [0], 2),
        (3, [3], None),
        (1, [1, 2, 3], None),
    ],
)
def test_a_deleted_step_is_skipped_forward(workflow, steps, stands_at, deleted, next_index):
    waiting = EnrollmentFactory(workflow=workflow, step=steps[stands_at], position=stands_at + 1)
    left = settle(workflow, steps, *deleted)
    waiting.refresh_from_db()
    still_to_come = [pk for position, pk in enumerate(left, start=1) if position >= waiting.position]
    assert (still_to_come[0] if still_to_come else None) == (
        None if next_index is None else steps[next_index].pk
    )


def test_the_number_of_who_waits_follows_her_step(workflow, steps):
    waiting = EnrollmentFactory(workflow=workflow, step=steps[2], position=3)
    new = StepFactory(workflow=workflow, position=1)
    type(new).objects.filter(pk=new.pk).update(position=0)
    settle(workflow, steps)
    waiting.refresh_from_db()
    assert waiting.position == waiting.step.position == 4


@pytest.mark.parametrize(
    ("stands_at", "deleted", "next_index"),
    [(0, [], 0), (2, [], 2), (2, [0], 2), (2, [0, 1], 2), (1, [1], 2), (3, [3], None), (4, [0], None)],
)
def test_who_lost_her_step_earlier_keeps_her_place_too(workflow, steps, stands_at, deleted, next_index):
    """Until her time comes she stands before none, and only the number says where."""
    waiting = EnrollmentFactory(workflow=workflow, position=stands_at + 1)
    left = settle(workflow, steps, *deleted)
    waiting.refresh_from_db()
    assert waiting.position == (len(left) + 1 if next_index is None else left.index(steps[next_index].pk) + 1)
    assert waiting.step is None


def test_nobody_without_a_step_is_moved_twice_or_from_before_the_first(workflow, steps):
    places = [0, 1, 2, 3]
    waiting = [EnrollmentFactory(workflow=workflow, position=place) for place in places]
    new = StepFactory(workflow=workflow, position=0)
    settle(workflow, steps)
    assert new.pk == workflow.steps.first().pk
    for enrollment in waiting:
        enrollment.refresh_from_db()
    assert [enrollment.position for enrollment in waiting] == [0, 2, 3, 4]
