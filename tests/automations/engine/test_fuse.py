"""The fuse: a run far above the usual size is held before it does anything, whoever asks and however often."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError

from automations.engine.classification import Question
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.engine.explanation import explain
from automations.engine.fuse import RunHeld, held_run, usual_size, weight_of
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import StaffTask
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory, WorkflowRunFactory

pytestmark = pytest.mark.django_db
Kind = WorkflowRun.Kind
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    """At most three in a first run."""
    workflow: Workflow = StepFactory(workflow__fuse_first=3).workflow
    return workflow


def due(workflow: Workflow, number: int) -> list[int]:
    return [MemberFactory(club=workflow.club, days_away=10).pk for _ in range(number)]


def run_before(workflow: Workflow, enrolled: int, days_ago: int = 1, **more: Any) -> WorkflowRun:
    """A whole run that followed up so many."""
    at = NOW - days_ago * DAY
    facts = {"kind": Kind.DAILY, "as_of": at, "finished_at": at, "checked_on": at.date()}
    run: WorkflowRun = WorkflowRunFactory(workflow=workflow, enrolled=enrolled, **facts | more)
    return run


def held(workflow: Workflow, number: int = 4) -> WorkflowRun:
    due(workflow, number)
    with pytest.raises(RunHeld):
        evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW))
    run = held_run(workflow)
    assert run
    return run


def test_a_first_run_goes_ahead_up_to_its_limit_and_is_held_above(workflow: Workflow) -> None:
    due(workflow, 3)
    run = evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW))
    assert (run.size, run.usual_size, run.held_at, run.enrolled) == (3, None, None, 3)
    assert Enrollment.objects.count() == 3


def test_one_that_is_held_has_done_nothing_and_knows_how_large_it_is(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=40, is_recurring=True)
    run = held(workflow)
    assert (run.size, run.usual_size, run.held_at, run.finished_at) == (4, None, NOW, None)
    assert not Enrollment.objects.exists()
    assert not Decision.objects.exists()
    assert not StaffTask.objects.exists()
    assert list(run_rows(run)) == []


@pytest.mark.parametrize(("limit", "size"), [(3, 3), (2, 2)])
def test_whom_something_else_keeps_out_counts_only_where_that_decides(
    workflow: Workflow, limit: int, size: int
) -> None:
    """Two are due, and a frozen member would be the third."""
    Workflow.objects.update(fuse_first=limit)
    workflow.refresh_from_db()
    due(workflow, 2)
    MemberFactory(club=workflow.club, days_away=10, frozen=True)
    run = evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW))
    assert (run.size, run.held_at, run.enrolled) == (size, None, 2)


@pytest.mark.parametrize(("number", "is_held"), [(20, False), (21, False), (22, True)])
def test_later_ones_are_measured_by_what_is_usual(workflow: Workflow, number: int, is_held: bool) -> None:
    for days_ago, enrolled in enumerate((7, 0, 90), start=1):
        run_before(workflow, enrolled, days_ago)
    due(workflow, number)
    weight = weight_of(Question(workflow, NOW))
    assert (weight.size, weight.usual, weight.most) == (number, 7, 21)
    assert weight.is_too_much is is_held


def test_what_is_usual_is_a_days_work_of_the_last_seven_days_with_any(workflow: Workflow) -> None:
    assert usual_size(workflow) is None
    for days_ago in range(1, 8):
        run_before(workflow, 10, days_ago)
    for days_ago in range(8, 30):
        run_before(workflow, 900, days_ago)
    # Some of a day's runs by hand.
    run_before(workflow, 30, 1, kind=Kind.BY_HAND)
    assert usual_size(workflow) == 10
    for days_ago in range(2, 5):
        run_before(workflow, 30, days_ago, kind=Kind.BY_HAND)
    assert usual_size(workflow) == 40


def test_one_that_never_finished_says_nothing_about_what_is_usual(workflow: Workflow) -> None:
    held(workflow)
    assert usual_size(workflow) is None


def test_while_one_waits_nobody_is_followed_up_by_anything(workflow: Workflow) -> None:
    run = held(workflow)
    one = MemberFactory(club=workflow.club, days_away=10)
    assert evaluate_members(workflow, [one.pk], now=NOW + DAY) == 0
    with pytest.raises(RunHeld) as refused:
        start_run(workflow, kind=Kind.BY_HAND, now=NOW + DAY)
    assert refused.value.run == run
    with pytest.raises(RunHeld):
        evaluate(run)
    assert evaluate_due_workflows(now=NOW + DAY) == {"held": 1}
    assert not Enrollment.objects.exists()


def test_neither_editing_nor_switching_off_and_on_clears_it(workflow: Workflow) -> None:
    run = held(workflow)
    workflow.fuse_first, workflow.fuse_times = 1_000, 100
    for is_enabled in (False, True):
        workflow.is_enabled = is_enabled
        workflow.save()
    assert evaluate_due_workflows(now=NOW + DAY) == {"held": 1}
    assert held_run(workflow) == run


def test_the_days_check_that_is_held_is_not_begun_again_every_minute(workflow: Workflow) -> None:
    due(workflow, 4)
    assert evaluate_due_workflows(now=NOW) == {"held": 1}
    assert evaluate_due_workflows(now=NOW + dt.timedelta(minutes=1)) == {}
    assert WorkflowRun.objects.get().held_at == NOW


def test_two_schedulers_that_weigh_the_same_run_hear_the_same(workflow: Workflow) -> None:
    due(workflow, 4)
    run = start_run(workflow, kind=Kind.DAILY, now=NOW)
    for _ in range(2):
        with pytest.raises(RunHeld):
            evaluate(run)
    assert WorkflowRun.objects.filter(held_at__isnull=False).count() == 1


def test_only_one_run_of_a_workflow_can_wait(workflow: Workflow) -> None:
    held(workflow)
    with pytest.raises(IntegrityError):
        WorkflowRunFactory(workflow=workflow, held_at=NOW)


def test_many_small_portions_at_once_weigh_as_much_as_one_run(workflow: Workflow) -> None:
    workflow.fuse_first = 30
    workflow.save()
    first, second = due(workflow, 21), due(workflow, 21)
    assert evaluate_members(workflow, first, now=NOW) == 21
    assert evaluate_members(workflow, second, now=NOW) == 0
    run = held_run(workflow)
    assert run
    assert (run.kind, run.size) == (Kind.MANY, 42)
    assert Enrollment.objects.count() == 21


def test_what_happened_at_once_belongs_to_what_is_usual(workflow: Workflow) -> None:
    run_before(workflow, 2)
    for member_id in due(workflow, 5):
        assert evaluate_members(workflow, [member_id], now=NOW - dt.timedelta(hours=1)) == 1
    due(workflow, 2)
    assert evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW)).enrolled == 7


def test_many_who_are_not_due_are_no_matter(workflow: Workflow) -> None:
    ids = [MemberFactory(club=workflow.club, days_away=1).pk for _ in range(30)]
    assert evaluate_members(workflow, ids, now=NOW) == 0
    assert held_run(workflow) is None
    assert Decision.objects.count() == 30


def test_a_run_that_nobody_has_weighed_yet_reaches_those_who_change_meanwhile(workflow: Workflow) -> None:
    run = start_run(workflow, kind=Kind.BY_HAND, now=NOW)
    one = MemberFactory(club=workflow.club, days_away=10)
    assert evaluate_members(workflow, [one.pk], now=NOW) == 0
    evaluate(run)
    assert Enrollment.objects.get().member == one


def test_those_left_out_to_compare_are_neither_weighed_nor_usual(workflow: Workflow) -> None:
    before = run_before(workflow, 0)
    for _ in range(30):
        EnrollmentFactory(workflow=workflow, run=before, end_reason="control", status="exited")
    assert weight_of(Question(workflow, NOW)).size == 0
    due(workflow, 20)
    assert evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW)).enrolled == 20


def test_the_explanation_says_that_a_run_waits(workflow: Workflow) -> None:
    held(workflow)
    said = explain(workflow.club.members.all()[0], workflow, now=NOW)
    assert said.decided == "due"
    assert said.next_at is None
    assert said.what_next.startswith("A run that would follow up 4 members at once waits for a person")
