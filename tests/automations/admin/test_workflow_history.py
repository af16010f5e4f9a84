"""What was changed in a workflow and its steps, in words."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.automations.admin.test_workflows import calls, data_for, page, sends
from tests.factories import ClubFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello there")
    return workflow


def history(workflow):
    return reverse("admin:automations_workflow_history", args=[workflow.pk])


def said(client, workflow):
    return [what for change in client.get(history(workflow)).context["page"] for what in change.what]


def test_it_says_what_was_switched_and_which_parameter_changed(admin_client, workflow):
    changed = data_for(workflow, is_enabled="", cooldown_days=9)
    changed["trigger_params-missed_class-min_days"] = 10
    admin_client.post(page(workflow), changed)
    lines = said(admin_client, workflow)
    assert "Switched off." in lines
    assert "Again after (days): from “7” to “9”." in lines
    assert "Away for at least (days): from “7” to “10”." in lines
    assert "Added “Missed class”." in lines


def test_it_says_what_became_of_the_steps(admin_client, workflow):
    admin_client.post(page(workflow), data_for(workflow, [sends()]))
    step = workflow.steps.get()
    later = sends(id=step.pk, position=1, delay=2)
    admin_client.post(page(workflow), data_for(workflow, [later, calls(position=2)]))
    first, second = workflow.steps.all()
    kept = calls(words="Ring her", id=second.pk, position=1)
    admin_client.post(page(workflow), data_for(workflow, [sends(id=first.pk, DELETE="on"), kept]))
    lines = said(admin_client, workflow)
    assert "Step added: send the message “Hello there”." in lines
    assert (
        "Step 1: from “send the message “Hello there”” to “after 2 days, send the message “Hello there””."
        in lines
    )
    assert "Step 1 deleted: after 2 days, send the message “Hello there”." in lines
    assert any("What to do: from “Call her” to “Ring her”." in line for line in lines)
    assert "Step moved from 2 to 1: open a staff task: “Ring her”." in lines


def test_it_names_templates_as_the_club_does(admin_client, workflow):
    MessageTemplateFactory(club=workflow.club, slug="bye", name="Good bye")
    admin_client.post(page(workflow), data_for(workflow, [sends()]))
    other = sends(id=workflow.steps.get().pk, position=1, **{"action_params-send_message-template": "bye"})
    admin_client.post(page(workflow), data_for(workflow, [other]))
    assert "Step 1: Message template: from “Hello there” to “Good bye”." in said(admin_client, workflow)


def test_what_came_from_a_file_is_not_said_to_be_added_by_its_first_change(admin_client, workflow):
    workflow.history.all().delete()
    admin_client.post(page(workflow), data_for(workflow, is_enabled="", cooldown_days=9))
    assert said(admin_client, workflow) == ["Changed; what it was before was not kept."]


def test_it_names_who_did_it_and_shows_no_code(admin_client, admin_user, workflow):
    admin_client.post(page(workflow), data_for(workflow, [calls()]))
    shown = admin_client.get(history(workflow)).content.decode()
    assert f"<td>{admin_user}</td>" in shown
    assert "{&#x27;" not in shown
    assert "open_staff_task" not in shown


def test_who_may_not_see_the_workflow_does_not_see_its_history(client, workflow):
    client.force_login(staff_of(workflow.club, permissions=["members.view_member"]))
    assert client.get(history(workflow)).status_code == 403
    client.force_login(staff_of(ClubFactory()))
    assert client.get(history(workflow)).status_code == 404


def test_it_costs_the_same_for_few_changes_and_for_many(admin_client, workflow):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(history(workflow))
        return len(captured)

    StepFactory(workflow=workflow, position=1, action_params={"template": "hello"})
    queries()
    few = queries()
    for number in range(2, 9):
        StepFactory(workflow=workflow, position=number, action_params={"template": "hello"})
        workflow.cooldown_days = number
        workflow.save()
    assert queries() == few
