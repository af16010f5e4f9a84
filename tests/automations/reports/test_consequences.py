"""What saving a changed workflow does to those inside: said before it is done."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.models import Enrollment, Step, Workflow
from automations.reports.consequences import consequences
from tests.factories import (
    NOW,
    BookingFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

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


def saving(workflow, *, after=None, **changes):
    drafted = Workflow.objects.get(pk=workflow.pk)
    for name, value in changes.items():
        setattr(drafted, name, value)
    steps = list(workflow.steps.all())
    return consequences(
        workflow, is_enabled=True, before=steps, after=steps if after is None else after, drafted=drafted
    )


def test_who_is_past_a_new_step_does_not_take_it(workflow):
    first, second = workflow.steps.all()
    for step in (first, second, second):
        EnrollmentFactory(workflow=workflow, step=step)
    new = Step(workflow=workflow, action="end", action_params={})
    assert saving(workflow, after=[first, new, second]).changes == [
        "Step 2 is new: 2 members who are past it do not take it."
    ]
    assert saving(workflow, after=[new, first, second]).changes == [
        "Step 1 is new: 3 members who are past it do not take it."
    ]
    assert saving(workflow, after=[first, second, new]).changes == []


@pytest.mark.usefixtures("at_now")
def test_it_says_for_how_many_it_would_be_over(workflow):
    """Ten days away, asked about before and after."""
    for _ in range(3):
        EnrollmentFactory(workflow=workflow)
    nearly = MemberFactory(club=workflow.club, days_away=20)
    EnrollmentFactory(workflow=workflow, member=nearly)
    BookingFactory(member=nearly, booked_at=NOW)
    Enrollment.objects.update(enrolled_at=NOW - dt.timedelta(days=1))
    over = "What it looks for changes: for {} it is over, and no further step is taken."
    longer = {"min_days": 14, "max_days": 35, "hand_over": True}
    assert saving(workflow, trigger_params=longer).changes == [over.format("3 members")]
    assert saving(workflow, goal="booked").changes == [over.format("1 member")]
    assert saving(workflow, goal="paid").changes == []
    assert saving(workflow, cooldown_days=3).changes == []
    assert saving(workflow, trigger="birthday", trigger_params={}).changes == [over.format("4 members")]


def test_it_says_that_all_wait_where_it_cannot_be_asked(workflow):
    for _ in range(2):
        EnrollmentFactory(workflow=workflow)
    assert saving(workflow, trigger="gone").changes == [
        "What it looks for cannot be asked: 2 members wait, and get nothing until it is corrected."
    ]


def test_who_stands_before_a_changed_step_takes_it_as_it_will_be_then(workflow):
    first, second = workflow.steps.all()
    for step in (first, second, second):
        EnrollmentFactory(workflow=workflow, step=step)
    second.action_params = {"template": "other"}
    one = "Step 2 changes: 2 members who stand before it take it as it will be then."
    assert saving(workflow, after=[first, second]).changes == [one]
    second.action, first.delay = "end", 2
    two = "The wait for step 1 changes: 1 member waits for it as long as before."
    assert saving(workflow, after=[first, second]).changes == [two, one]
    Enrollment.objects.update(step=first)
    second.delay = 5
    assert saving(workflow, after=[workflow.steps.first(), second]).changes == []


def test_other_conditions_change_nothing_for_who_is_on_the_way(workflow):
    EnrollmentFactory(workflow=workflow)
    gold = {"match": "all", "rules": [{"field": "membership_level", "operator": "is", "value": "Gold"}]}
    assert saving(workflow, conditions=gold).changes == [
        "Who it is for changes: 1 member who is on the way goes on, in the new conditions or not."
    ]


@pytest.mark.usefixtures("at_now")
def test_less_patience_is_too_little_for_who_is_that_late(workflow):
    hour = dt.timedelta(hours=1)
    for late in (80, 72, 25, 24, 23, -5):
        EnrollmentFactory(workflow=workflow, step=workflow.steps.first(), due_at=NOW - late * hour)
    assert saving(workflow, patience_hours=72).changes == []
    assert saving(workflow, patience_hours=96).changes == []
    assert saving(workflow, patience_hours=24).changes == [
        "It waits no longer than 24 hours: the next step of 2 members is later than that and is recorded as missed."
    ]
    Step.objects.update(action="wait_until")
    assert saving(workflow, patience_hours=24).changes == []


@pytest.mark.usefixtures("at_now")
def test_it_asks_as_often_for_many_as_for_few(workflow):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            saving(workflow, goal="booked", trigger_params={"min_days": 8, "max_days": 35})
        return len(captured)

    EnrollmentFactory(workflow=workflow)
    few = queries()
    for _ in range(9):
        EnrollmentFactory(workflow=workflow)
    assert queries() == few
