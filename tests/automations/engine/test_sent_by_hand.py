"""A person was quicker than the workflow: the same words are not sent again, and the explanation says so."""

import pytest

from automations.engine.explanation import explain
from automations.operations.workflow_runs import run_workflow
from messaging.models import Message
from tests.factories import NOW, MemberFactory, MessageFactory, StepFactory

pytestmark = pytest.mark.django_db


def test_it_says_that_a_person_was_quicker() -> None:
    workflow = StepFactory().workflow
    member = MemberFactory(club=workflow.club, days_away=10)
    template = workflow.club.message_templates.get()
    MessageFactory(member=member, template=template, origin="by hand", status="sent")
    run_workflow(workflow, as_of=NOW)
    assert explain(member, workflow, now=NOW).history.endswith(
        "Not messaged: somebody sent the same message by hand."
    )
    assert Message.objects.count() == 1
