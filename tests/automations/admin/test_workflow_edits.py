"""Editing a workflow that is on: what is asked before it is saved, and what others changed meanwhile stays."""

import pytest

from automations.models import Step
from tests.automations.admin.test_workflows import calls, data_for, page, sends
from tests.factories import EnrollmentFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    return workflow


def test_moving_a_step_before_where_somebody_stands_is_asked_first(admin_client, workflow):
    first = StepFactory(workflow=workflow, action_params={"template": "hello"})
    task = {"description": "Call", "priority": "high", "due_in_days": 2, "assignee": "trainer"}
    second = StepFactory(workflow=workflow, position=2, action="open_staff_task", action_params=task)
    EnrollmentFactory(workflow=workflow, step=first, position=1)
    swapped = data_for(workflow, [sends(id=first.pk, position=2), calls("Call", id=second.pk, position=1)])
    asks = admin_client.post(page(workflow), swapped)
    moved = "Step 1 (open a staff task: “Call”) comes earlier: 1 member who is past its new place does not take it."
    assert moved in asks.content.decode()
    assert Step.objects.first() == first
    admin_client.post(page(workflow), swapped | {"_sure": "yes"})
    assert Step.objects.first() == second
