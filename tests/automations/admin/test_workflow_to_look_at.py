"""A workflow's page for somebody who may look and change nothing."""

import pytest
from django.urls import reverse

from tests.factories import MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


def test_who_may_only_look_reads_sentences_and_no_code(client):
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello")
    StepFactory(workflow=workflow, action_params={"template": "hello"}, at_time="12:00")
    client.force_login(
        staff_of(workflow.club, permissions=["automations.view_workflow", "automations.view_step"])
    )
    answer = client.get(reverse("admin:automations_workflow_change", args=[workflow.pk])).content.decode()
    assert "When a member has stayed away for 7 days or more, but fewer than 35" in answer
    assert "at 12:00, send the message “Hello”" in answer
    assert f"The same member again after {workflow.cooldown_days} days at the earliest." in answer
    for code in ("missed_class", "send_message", "min_days", "{&#x27;", "Trigger params", "noon"):
        assert code not in answer
