"""Who is left to a person: one task per absence, whichever workflow asks."""

import datetime as dt

import pytest

from automations.models import Workflow
from members.models import Member, StaffTask
from members.operations.visits import record_visit
from tests.automations.engine.test_evaluation import DAY, away, run_at
from tests.factories import NOW, StepFactory, UserFactory, WorkflowFactory
from tests.perk_factories import LeaveFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def test_a_person_takes_over_once_per_absence_and_again_for_the_next(workflow: Workflow) -> None:
    trainer = UserFactory()
    workflow.club.staff.add(trainer)
    (member,) = away(workflow, 35, is_recurring=True, trainer=trainer)
    away(workflow, 35)
    for day in range(3):
        run_at(workflow, NOW + DAY * day)
    task = StaffTask.objects.get()
    assert (task.club, task.member, task.assignee, task.priority) == (workflow.club, member, trainer, "high")
    assert (task.status, task.opened_at, task.due_on) == ("pending", NOW, dt.date(2025, 9, 3))
    assert (
        task.description
        == "Away for 35 days or more with a recurring membership: please get in touch in person."
    )
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    run_at(workflow, NOW + DAY)
    run_at(workflow, NOW + DAY * 40)
    assert StaffTask.objects.filter(member=member).count() == 2


@pytest.mark.parametrize(("returns", "is_given"), [(dt.date(2025, 9, 1), True), (dt.date(2025, 9, 2), False)])
def test_a_trainer_on_leave_is_not_given_it(returns: dt.date, is_given: bool, workflow: Workflow) -> None:
    leave = LeaveFactory(club=workflow.club, starts_on=dt.date(2025, 8, 20), returns_on=returns)
    away(workflow, 35, is_recurring=True, trainer=leave.person)
    run_at(workflow, NOW)
    assert StaffTask.objects.get().assignee == (leave.person if is_given else None)


def another_workflow(workflow: Workflow, max_days: int) -> Workflow:
    params = {"min_days": 7, "max_days": max_days, "hand_over": True}
    other = WorkflowFactory(club=workflow.club, slug="other", name="Other", trigger_params=params)
    return StepFactory(workflow=other).workflow


def test_two_workflows_open_one_task_for_one_absence(workflow: Workflow) -> None:
    other = another_workflow(workflow, 40)
    (member, later) = away(workflow, 45, 38, is_recurring=True)
    run_at(other)
    run_at(workflow)
    assert list(StaffTask.objects.order_by("pk").values_list("member", flat=True)) == [member.pk, later.pk]
    run_at(other, NOW + DAY * 5)
    assert StaffTask.objects.count() == 2


def test_an_absence_by_another_name_is_no_other_absence(workflow: Workflow) -> None:
    (member,) = away(workflow, 45, is_recurring=True)
    run_at(another_workflow(workflow, 40))
    Member.objects.filter(pk=member.pk).update(last_attended_at=member.last_attended_at - DAY)
    run_at(workflow)
    assert StaffTask.objects.count() == 1


def test_a_task_that_is_closed_or_about_something_else_keeps_nobody_from_taking_over(
    workflow: Workflow,
) -> None:
    (member,) = away(workflow, 45, is_recurring=True)
    StaffTask.objects.create(
        club=workflow.club, member=member, description="Call", due_on=NOW.date(), opened_at=NOW
    )
    run_at(another_workflow(workflow, 40))
    assert StaffTask.objects.count() == 2
    StaffTask.objects.update(status="completed", closed_at=NOW)
    run_at(workflow, NOW + DAY)
    assert StaffTask.objects.count() == 3


def test_nobody_takes_over_where_the_workflow_does_not_ask_for_it() -> None:
    workflow = StepFactory(workflow__trigger_params={"min_days": 7, "max_days": 35}).workflow
    away(workflow, 35, is_recurring=True)
    assert run_at(workflow).counts == {"inactive_recurring": 1}
    assert not StaffTask.objects.exists()
    # Asked for later: whoever was decided before is handed over as well.
    workflow.trigger_params["hand_over"] = True
    workflow.save()
    run_at(workflow, NOW + DAY)
    run_at(workflow, NOW + DAY * 2)
    assert StaffTask.objects.count() == 1
