"""What saving a workflow says in yellow, and what it refuses because nobody can have meant it."""

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


def test_one_without_a_step_is_not_switched_on(admin_client, workflow):
    response = admin_client.post(page(workflow), data_for(workflow))
    assert "Without a step nobody is followed up." in response.content.decode()
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    step = sends(id=workflow.steps.get().pk, DELETE="on")
    assert admin_client.post(page(workflow), data_for(workflow, [step])).status_code == 200
    assert workflow.steps.exists()
    assert admin_client.post(page(workflow), data_for(workflow, [step], is_enabled="")).status_code == 302
    assert not workflow.steps.exists()


def test_a_message_that_was_not_chosen_is_not_chosen_for_anybody(admin_client, workflow):
    step = sends(**{"action_params-send_message-template": ""})
    response = admin_client.post(page(workflow), data_for(workflow, [step]))
    assert "This field is required." in response.content.decode()
    assert not workflow.steps.exists()
    shown = admin_client.get(page(workflow)).content.decode()
    assert '<option value="" selected>---------</option>' in shown
