"""What saving a workflow says in yellow: nothing is forbidden, but nobody is surprised either."""

import pytest

from tests.automations.admin.test_workflows import data_for, page, sends
from tests.factories import MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    return workflow


def test_saving_one_that_is_on_warns_of_another_that_asks_about_the_same(admin_client, workflow):
    other = WorkflowFactory(club=workflow.club, slug="other", name="Other")
    for own in (workflow, other):
        StepFactory(workflow=own, action_params={"template": "hello"})

    def warned(**values):
        steps = [sends(id=step.pk) for step in workflow.steps.all()]
        response = admin_client.post(page(workflow), data_for(workflow, steps, **values), follow=True)
        return [str(message) for message in response.context["messages"] if message.level_tag == "warning"]

    assert warned() == [
        "“Other” is on, too, and asks about some of the same members by SMS: they would get messages of both."
    ]
    assert warned(is_enabled="") == []
