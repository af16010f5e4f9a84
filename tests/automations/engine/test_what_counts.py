"""What counts as followed up: the enrollment, whatever became of its message; and how a failed one is sent after all."""

import datetime as dt

import pytest

from automations.engine.classification import Question
from automations.engine.explanation import explain
from automations.models import Enrollment, Workflow
from automations.operations.workflow_runs import run_workflow
from members.models import Member
from messaging.channels.envelopes import Refused
from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.settling import try_again
from tests.factories import (
    NOW,
    EnrollmentFactory,
    MemberFactory,
    MessageFactory,
    StepFactory,
    StepRunFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory(workflow__cooldown_days=20).workflow


def decided(member: Member, workflow: Workflow, now: dt.datetime) -> str:
    return Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)


@pytest.mark.parametrize("status", Message.Status.values)
def test_the_same_absence_and_the_cooldown_count_whatever_became_of_the_message(
    status: str, workflow: Workflow
) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    member = enrollment.member
    message = MessageFactory(member=member, club=workflow.club, status=status)
    StepRunFactory(enrollment=enrollment, message=message)
    assert decided(member, workflow, NOW + DAY) == "cooldown"
    Member.objects.filter(pk=member.pk).update(last_attended_at=NOW + DAY)
    assert [decided(member, workflow, NOW + DAY * days) for days in (10, 19, 20)] == [
        "cooldown", "cooldown", "due",
    ]  # fmt: skip


def test_what_failed_for_a_reason_of_ours_leaves_once_when_it_is_tried_again(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    provider.will_answer(Refused("AuthorizationError: not authorized to perform SNS:Publish"))
    run_workflow(workflow, as_of=NOW)
    run_workflow(workflow, as_of=NOW + DAY)
    message = Message.objects.get()
    assert message.status == "failed"
    said = "The message: failed (once the cause is mended, “Try again” on its page sends it)."
    assert explain(member, workflow, now=NOW + DAY).history.endswith(said)

    try_again(message_id=message.pk, by="Anna Smith", now=NOW + DAY)
    deliver(clock=lambda: NOW + DAY)
    run_workflow(workflow, as_of=NOW + DAY * 2)
    assert Message.objects.get().status == "sent"
    assert (Enrollment.objects.count(), len(provider.asked)) == (1, 2)
