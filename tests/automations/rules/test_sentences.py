"""A workflow in plain English."""

import datetime as dt

import pytest

from automations.rules.sentences import workflow_sentence
from tests.factories import StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db

CALL = {"description": "Call her", "priority": "low", "due_in_days": 1, "assignee": "trainer"}
WHEN = "When a member has stayed away for 7 days or more, but fewer than 35"


@pytest.fixture
def workflow():
    return WorkflowFactory(trigger_params={"min_days": 7, "max_days": 35, "hand_over": False})


def test_it_names_the_trigger_and_each_step_with_its_wait(workflow):
    StepFactory(workflow=workflow, position=1, action_params={"template": "hello"})
    StepFactory(
        workflow=workflow,
        position=2,
        delay=2,
        at_time=dt.time(9),
        action="open_staff_task",
        action_params=CALL,
    )
    StepFactory(workflow=workflow, position=3, delay=1, delay_unit="weeks", action_params={"template": "bye"})
    assert workflow_sentence(workflow) == (
        f"{WHEN}: send the message “hello”; then after 2 days, at 09:00, open a staff task: “Call her”; "
        "then after 1 week, send the message “bye”."
    )


def test_it_names_the_day_of_the_week_and_the_hour(workflow):
    StepFactory(
        workflow=workflow, delay=2, at_weekday=1, at_time=dt.time(9), action_params={"template": "hello"}
    )
    assert workflow_sentence(workflow) == (
        f"{WHEN}: after 2 days, on the next Tuesday at 09:00, send the message “hello”."
    )


def test_it_says_what_ends_it_early(workflow):
    workflow.goal = "booked"
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    assert workflow_sentence(workflow) == (
        f"{WHEN}: send the message “hello”. It is over as soon as they book a class."
    )


def test_what_is_left_to_a_person_is_said_at_the_end():
    step = StepFactory(workflow__trigger_params={"min_days": 7, "max_days": 35, "hand_over": True})
    assert workflow_sentence(step.workflow).endswith(
        ". Recurring members who stay away longer are left to a person, with a staff task."
    )


def test_one_without_steps_says_so(workflow):
    assert workflow_sentence(workflow) == f"{WHEN}: nothing yet, it has no steps."


@pytest.mark.parametrize("broken", [{"trigger": "gone"}, {"trigger_params": {}}])
def test_one_that_does_not_fit_its_blocks_says_so_instead_of_failing(broken):
    assert workflow_sentence(WorkflowFactory(**broken)).startswith("This workflow cannot be read")
