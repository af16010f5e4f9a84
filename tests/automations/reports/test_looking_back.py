"""What a workflow would make a week: a message for each step that sends one, and the texts at their price."""

import pytest

from automations.engine.looking_back import LookBack
from automations.models import Step
from automations.reports.looking_back import a_week
from tests.factories import ClubFactory, MessageTemplateFactory, WorkflowFactory

pytestmark = pytest.mark.django_db

NINETY = LookBack(followed_up=900, came_by_themselves=0, busiest_day=10)
"""Seventy a week."""


@pytest.fixture
def workflow():
    workflow = WorkflowFactory(club=ClubFactory(locale="en_US", currency="USD", sms_part_price=100_000))
    for slug, words in (("one", "Hello"), ("two", "x" * 161), ("mail", "Hello")):
        MessageTemplateFactory(club=workflow.club, slug=slug, text_body=words, as_email=slug == "mail")
    return workflow


@pytest.mark.parametrize(
    ("steps", "messages", "cost"),
    [
        ([{"template": "one"}], 70, "$7.00"),
        ([{"template": "one"}, {"template": "two"}], 140, "$21.00"),
        ([{"template": "mail"}], 70, ""),
        # One in four gets the longer one.
        ([{"template": "one", "template_b": "two", "share": 3, "share_b": 1}], 70, "$8.75"),
        ([{"template": "one", "fallback": "mail"}], 70, "$7.00"),
        ([{"template": "mail", "fallback": "one"}], 70, ""),
        ([], 0, ""),
    ],
)
def test_each_step_is_a_message_and_texts_cost_as_their_wordings_come(workflow, steps, messages, cost):
    drafted = [Step(action="send_message", action_params=params) for params in steps]
    drafted.append(Step(action="open_staff_task", action_params={"description": "Call"}))
    found = a_week(workflow, drafted, NINETY)
    assert (found.messages, found.cost) == (messages, cost)


def test_many_steps_cost_one_query(workflow, django_assert_num_queries):
    steps = [Step(action="send_message", action_params={"template": slug}) for slug in ("one", "two", "mail")]
    with django_assert_num_queries(1):
        a_week(workflow, steps, NINETY)
