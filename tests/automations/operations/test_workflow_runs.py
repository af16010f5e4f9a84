"""A workflow run by hand does everything it has to do, as of one instant, and nothing of anybody else's."""

import datetime as dt

import pytest
import time_machine

from automations.engine.evaluation import WorkflowDisabled
from automations.models import Enrollment, StepRun, Workflow, WorkflowRun
from automations.operations.workflow_runs import run_workflow
from messaging.models import Message
from tests.factories import NOW, EnrollmentFactory, MemberFactory, MessageFactory, StepFactory, UserFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    workflow = StepFactory().workflow
    MemberFactory(club=workflow.club, days_away=10)
    return workflow


def test_all_that_it_writes_is_as_of_that_instant(workflow: Workflow, provider: ScriptedTransport) -> None:
    run, counts = run_workflow(workflow, as_of=NOW)
    assert counts == {"sent": 1}
    assert (run.kind, run.as_of, run.finished_at) == ("by_hand", NOW, NOW)
    enrollment, step_run, message = Enrollment.objects.get(), StepRun.objects.get(), Message.objects.get()
    assert (enrollment.enrolled_at, enrollment.ended_at, step_run.ran_at) == (NOW, NOW, NOW)
    assert (message.created_at, message.sent_at, message.ended_at) == (NOW, NOW, NOW)


def test_without_an_instant_it_is_now(workflow: Workflow, provider: ScriptedTransport) -> None:
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
        run, counts = run_workflow(workflow)
    assert (run.as_of, counts) == (NOW + dt.timedelta(hours=1), {"sent": 1})


def test_who_asked_for_it_is_kept(workflow: Workflow, provider: ScriptedTransport) -> None:
    person = UserFactory()
    assert run_workflow(workflow, as_of=NOW, requested_by=person)[0].requested_by == person


def test_a_second_time_nobody_is_messaged_again(workflow: Workflow, provider: ScriptedTransport) -> None:
    run_workflow(workflow, as_of=NOW)
    assert run_workflow(workflow, as_of=NOW + dt.timedelta(minutes=1))[1] == {}
    assert len(provider.asked) == 1


def test_what_other_workflows_and_clubs_have_due_waits(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    elsewhere = MessageFactory()
    other = EnrollmentFactory(
        workflow=StepFactory(workflow__club=workflow.club, workflow__slug="other").workflow
    )
    queued = MessageFactory(member=other.member, origin="other")
    run_workflow(workflow, as_of=NOW)
    for row, status in ((elsewhere, "queued"), (other, "active"), (queued, "queued")):
        row.refresh_from_db()
        assert row.status == status


def test_one_that_is_off_leaves_no_trace(workflow: Workflow, provider: ScriptedTransport) -> None:
    workflow.is_enabled = False
    with pytest.raises(WorkflowDisabled):
        run_workflow(workflow, as_of=NOW)
    assert not WorkflowRun.objects.exists()
