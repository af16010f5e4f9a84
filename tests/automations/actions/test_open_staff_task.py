"""Opening a staff task: once per enrollment and step, for whom the step says."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from automations.actions import ACTIONS
from automations.models import Workflow
from members.models import StaffTask
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory, UserFactory

pytestmark = pytest.mark.django_db
OPEN = ACTIONS["open_staff_task"]
CALL = {"description": "Call her", "priority": "high", "due_in_days": 2, "assignee": "round_robin"}


@pytest.fixture
def workflow() -> Workflow:
    workflow = StepFactory(action="open_staff_task", action_params=CALL).workflow
    workflow.club.staff.set([UserFactory(username=name) for name in ("ana", "ben")])
    return workflow


@pytest.mark.parametrize(
    ("assignee", "gets_it"),
    [("round_robin", ["ana", "ben"]), ("ben", ["ben", "ben"]), ("trainer", ["ben", "ana"])],
)
def test_it_goes_to_whom_the_step_says(assignee: str, gets_it: list[str], workflow: Workflow) -> None:
    ben = workflow.club.staff.get(username="ben")
    members = [MemberFactory(club=workflow.club, days_away=10, trainer=trainer) for trainer in (ben, None)]
    enrolled = [EnrollmentFactory(workflow=workflow, member=member) for member in members]
    outcomes = OPEN.run(enrolled, CALL | {"assignee": assignee}, NOW)
    tasks = [outcomes[each.pk].staff_task for each in enrolled]
    assert [task.assignee.username for task in tasks] == gets_it
    assert [task.member for task in tasks] == members
    assert {outcome.outcome for outcome in outcomes.values()} == {"done"}


def test_the_same_step_twice_is_one_task_and_another_step_another(workflow: Workflow) -> None:
    step, other = workflow.steps.get(), StepFactory(workflow=workflow, position=2)
    enrollment = EnrollmentFactory(workflow=workflow, step=step)
    first, second = (OPEN.run([enrollment], CALL, NOW)[enrollment.pk].staff_task for _ in range(2))
    assert first == second
    enrollment.step = other
    assert OPEN.run([enrollment], CALL, NOW)[enrollment.pk].staff_task != first
    assert StaffTask.objects.count() == 2


@pytest.mark.parametrize(
    "params",
    [
        {"description": ""},
        {"priority": "urgent"},
        {"due_in_days": -1},
        {"due_in_days": 366},
        {"assignee": "stranger"},
    ],
)
def test_what_does_not_fit_is_refused(params: dict[str, Any], workflow: Workflow) -> None:
    UserFactory(username="stranger")
    with pytest.raises(ValidationError):
        OPEN.clean(CALL | params, workflow.club)
    assert OPEN.clean(CALL | {"assignee": "ana"}, workflow.club)["assignee"] == "ana"


def test_it_says_what_it_does() -> None:
    assert OPEN.sentence(CALL) == "open a staff task: “Call her”"
