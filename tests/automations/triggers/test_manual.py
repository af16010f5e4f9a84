"""Started by hand: each start is its own occasion, of that workflow alone, and not for ever."""

import datetime as dt
import uuid

import pytest

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate_members
from automations.engine.explanation import explain
from automations.models import Enrollment, ManualStart
from automations.rules.sentences import workflow_sentence
from tests.factories import NOW, MemberFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)


def made(**more):
    workflow = WorkflowFactory(trigger="manual", trigger_params={}, cooldown_days=0, **more)
    StepFactory(workflow=workflow)
    return workflow


@pytest.fixture
def workflow():
    return made()


@pytest.fixture
def member(workflow):
    return MemberFactory(club=workflow.club)


def started(workflow, member, ago=MINUTE):
    return ManualStart.objects.create(
        workflow=workflow, member=member, token=uuid.uuid4(), asked_at=NOW - ago
    )


def decided(workflow, member) -> str:
    return Question(workflow, NOW).members().get(pk=member.pk).decided


@pytest.mark.parametrize(
    ("ago", "reason"),
    [
        (MINUTE, "due"),
        (3 * DAY, "due"),
        (3 * DAY + MINUTE, "missed"),
        (31 * DAY, "missed"),
        (33 * DAY, "no_occasion"),
    ],
)
def test_a_start_is_due_then_too_late_then_out_of_sight(workflow, member, ago, reason):
    started(workflow, member, ago)
    assert decided(workflow, member) == reason


def test_a_start_of_another_workflow_does_not_count(workflow, member):
    started(made(club=workflow.club, slug="other"), member)
    assert decided(workflow, member) == "no_occasion"


def test_each_start_is_its_own_occasion(workflow, member):
    started(workflow, member)
    started(workflow, member)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 2
    started(workflow, member)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 1
    assert Enrollment.objects.count() == 3


def test_one_that_is_not_saved_yet_was_started_for_nobody(workflow, member):
    started(workflow, member)
    draft = WorkflowFactory.build(club=workflow.club, trigger="manual", trigger_params={})
    asked = Question(draft, NOW, drafted=[]).members()
    assert asked.get(pk=member.pk).decided == "no_occasion"


def test_it_is_explained_in_words(workflow, member):
    assert "Nobody has started it" in explain(member, workflow, now=NOW).why
    started(workflow, member)
    assert explain(member, workflow, now=NOW).why == "Started by hand on 1 September 2025."
    assert workflow_sentence(workflow).startswith("When somebody of the staff starts it for a member: send")
