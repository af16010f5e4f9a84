"""A question that cannot be asked stands in nobody's way once it is corrected."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from automations.blocks import UnknownBlock
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.models import Enrollment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Member
from tests.factories import NOW, MemberFactory, StepFactory, WorkflowRunFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
Kind = WorkflowRun.Kind
BROKEN: list[dict[str, Any]] = [
    {"trigger": "gone"},
    {"trigger_params": {"min_days": 70, "max_days": 35}},
    {"conditions": {"match": "all", "rules": []}},
]


@pytest.fixture
def workflow() -> Workflow:
    workflow: Workflow = StepFactory().workflow
    for _ in range(2):
        MemberFactory(club=workflow.club, days_away=10)
    return workflow


def change(workflow: Workflow, **values: Any) -> Workflow:
    Workflow.objects.filter(pk=workflow.pk).update(**values)
    return Workflow.objects.get(pk=workflow.pk)


def as_it_was(workflow: Workflow) -> Workflow:
    names = ("trigger", "trigger_params", "conditions")
    return change(workflow, **{name: getattr(workflow, name) for name in names})


def left_behind(workflow: Workflow, **values: Any) -> WorkflowRun:
    """Begun by an earlier release, which understood what is stored."""
    rule = {"trigger": "missed_class", "trigger_params": {"min_days": 70, "max_days": 35}}
    run: WorkflowRun = WorkflowRunFactory(workflow=workflow, rule=rule, **values)
    WorkflowRun.objects.filter(pk=run.pk).update(started_at=dt.datetime.now(dt.UTC))
    return run


def assert_everybody_is_accounted_for_once(run: WorkflowRun) -> None:
    run.refresh_from_db()
    everyone = Counter(Member.objects.values_list("external_id", flat=True))
    assert Counter(row.member_id for row in run_rows(run)) == everyone
    assert run.finished_at is not None


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("later", [HOUR, DAY + HOUR], ids=["the same day", "the day after"])
def test_the_next_check_asks_what_was_corrected(
    broken: dict[str, Any], later: dt.timedelta, workflow: Workflow
) -> None:
    change(workflow, **broken)
    assert evaluate_due_workflows(now=NOW) == {"broken": 1}
    as_it_was(workflow)
    assert evaluate_due_workflows(now=NOW + later) == {"evaluated": 1, "members": 2, "enrolled": 2}
    assert_everybody_is_accounted_for_once(WorkflowRun.objects.get())


@pytest.mark.parametrize("broken", BROKEN)
def test_no_run_is_left_behind_that_could_not_be_asked(broken: dict[str, Any], workflow: Workflow) -> None:
    with pytest.raises((ValidationError, UnknownBlock)):
        start_run(change(workflow, **broken), kind=Kind.BY_HAND, now=NOW)
    assert not WorkflowRun.objects.exists()


def test_a_run_left_behind_stands_in_the_way_of_none_after_it(workflow: Workflow) -> None:
    left_behind(workflow)
    run = evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW + HOUR))
    assert_everybody_is_accounted_for_once(run)
    assert Enrollment.objects.filter(run=run).count() == 2
    evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW + 2 * HOUR))
    assert Enrollment.objects.count() == 2


def test_the_check_of_a_day_left_behind_asks_what_the_workflow_asks_now(workflow: Workflow) -> None:
    run = left_behind(workflow, kind=Kind.DAILY)
    assert evaluate_due_workflows(now=NOW + HOUR)["enrolled"] == 2
    assert_everybody_is_accounted_for_once(run)
    assert (run.as_of, run.rule["trigger_params"]) == (NOW + HOUR, workflow.trigger_params)
    assert evaluate_due_workflows(now=NOW + 2 * HOUR) == {}


def test_one_left_behind_half_way_keeps_what_it_decided(workflow: Workflow) -> None:
    first, second = Member.objects.order_by("pk")
    run = left_behind(workflow, kind=Kind.DAILY, reached_id=first.pk, size=2)
    assert evaluate_due_workflows(now=NOW + HOUR)["enrolled"] == 1
    assert list(Enrollment.objects.values_list("member", "run")) == [(second.pk, run.pk)]


@pytest.mark.parametrize("size", [None, 2], ids=["not weighed yet", "weighed"])
def test_who_changes_meanwhile_is_asked_at_once_and_does_not_wait_for_it(
    size: int | None, workflow: Workflow
) -> None:
    left_behind(workflow, size=size)
    ids = Member.objects.values_list("pk", flat=True)
    assert evaluate_members(workflow, ids, now=NOW + HOUR) == 2
