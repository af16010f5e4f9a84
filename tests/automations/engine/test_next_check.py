"""When the question is asked next, as an explanation foretells it."""

import datetime as dt

import pytest

from automations.engine.daily import checks_to_come, evaluate_due_workflows
from automations.engine.explanation import explain
from automations.models import Workflow
from tests.factories import NOW, MemberFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def test_someone_due_before_todays_check_was_made_is_reached_at_once(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=34)
    assert explain(member, workflow, now=NOW).next_at == NOW


def test_someone_due_after_it_waits_for_tomorrows(workflow: Workflow) -> None:
    evaluate_due_workflows(now=NOW)
    member = MemberFactory(club=workflow.club, days_away=20)
    assert explain(member, workflow, now=NOW).next_at == (NOW + DAY).replace(hour=8)


def test_someone_due_today_but_not_tomorrow_is_told_apart(workflow: Workflow) -> None:
    evaluate_due_workflows(now=NOW)
    explanation = explain(MemberFactory(club=workflow.club, days_away=34), workflow, now=NOW)
    assert explanation.next_at is None
    assert "not any more at the next check" in explanation.what_next


def test_a_workflow_without_steps_says_that_it_has_none() -> None:
    workflow = WorkflowFactory()
    explanation = explain(MemberFactory(club=workflow.club, days_away=20), workflow, now=NOW)
    assert (explanation.next_at, explanation.what_next) == (
        None,
        "The workflow has no steps yet, so nobody is followed up.",
    )


def test_a_staff_task_needs_no_waiting_for_the_quiet_hours_to_end() -> None:
    call = {"description": "Call", "priority": "low", "due_in_days": 1, "assignee": "round_robin"}
    workflow = StepFactory(action="open_staff_task", action_params=call).workflow
    explanation = explain(MemberFactory(club=workflow.club, days_away=6), workflow, now=NOW)
    assert explanation.next_at == (NOW + DAY).replace(hour=4)
    assert explanation.what_next.startswith("John will be followed up on Tue 2 September 2025, 04:00")


def test_the_checks_to_come_are_those_missing_and_those_of_the_days_until_then(workflow: Workflow) -> None:
    club, four = workflow.club, NOW.replace(hour=4)

    def to_come(now: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
        return [at for _workflow, at in checks_to_come(club, [workflow], now, until=until)]

    assert to_come(NOW, four + 2 * DAY) == [NOW, four + DAY]
    evaluate_due_workflows(now=NOW)
    assert to_come(NOW, four + DAY) == []
    assert to_come(NOW, NOW + 2 * DAY) == [four + DAY, four + 2 * DAY]
    # Before the hour yesterday's is the latest.
    assert to_come(four + DAY - dt.timedelta(hours=1), NOW + DAY) == [four + DAY]
