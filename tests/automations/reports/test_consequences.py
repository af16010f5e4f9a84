"""What saving a changed workflow does to those inside: said before it is done."""

import pytest

from automations.models import Enrollment
from automations.reports.consequences import consequences
from tests.factories import EnrollmentFactory, MessageTemplateFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello there")
    for number in (1, 2):
        StepFactory(workflow=workflow, position=number, action_params={"template": "hello"})
    return workflow


def said(workflow, *, is_enabled=True, deleted=()):
    steps = list(workflow.steps.all())
    return consequences(workflow, is_enabled=is_enabled, deleted=[steps[n].pk for n in deleted], before=steps)


def test_it_says_how_many_stand_where(workflow):
    first, second = workflow.steps.all()
    for step in (None, first, second, second):
        EnrollmentFactory(workflow=workflow, step=step)
    EnrollmentFactory(workflow=workflow, step=first, status=Enrollment.Status.DONE)
    assert said(workflow).places == [
        "1 has not begun yet",
        "1 stands before step 1 (send the message “Hello there”)",
        "2 stand before step 2 (send the message “Hello there”)",
    ]


def test_nobody_is_asked_while_nobody_is_inside_or_nothing_changes_for_them(workflow):
    assert not said(workflow, is_enabled=False, deleted=[0]).must_be_asked
    EnrollmentFactory(workflow=workflow)
    assert not said(workflow).must_be_asked
    assert said(workflow, is_enabled=False).must_be_asked


@pytest.mark.parametrize(
    ("deleted", "change"),
    [
        ([0], "Step 1 (send the message “Hello there”) is deleted: nobody stands before it."),
        ([1], "Step 2 (send the message “Hello there”) is deleted: 1 member who stands before it is done."),
    ],
)
def test_it_says_what_becomes_of_those_before_a_deleted_step(workflow, deleted, change):
    EnrollmentFactory(workflow=workflow, step=workflow.steps.last())
    assert said(workflow, deleted=deleted).changes == [change]


def test_who_stands_before_a_deleted_step_goes_on_to_the_next_one_that_is_left(workflow):
    StepFactory(workflow=workflow, position=3, delay=2, action_params={"template": "hello"})
    EnrollmentFactory(workflow=workflow, step=workflow.steps.first())
    changes = said(workflow, deleted=[0, 1]).changes
    assert changes[0].endswith("goes on to “after 2 days, send the message “Hello there””.")
