"""Runs that meet: each still accounts for every member exactly once, and what was decided stays in the log."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from automations.engine import evaluation
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.models import Enrollment, Workflow, WorkflowRun
from automations.reports.log import log_rows, run_rows
from members.models import Member
from tests.factories import NOW, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
Kind = WorkflowRun.Kind


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> Workflow:
    monkeypatch.setattr(evaluation, "RANGE", 3)
    return StepFactory().workflow


def away(workflow: Workflow, *days: int) -> list[Member]:
    return [MemberFactory(club=workflow.club, days_away=each) for each in days]


def evaluate_with_something_after_the_first_range(
    run: WorkflowRun, monkeypatch: pytest.MonkeyPatch, something: Callable[[], Any]
) -> WorkflowRun:
    next_range, done = evaluation._evaluate_next_range, []

    def first_range_then_something(*args: Any) -> bool:
        more = next_range(*args)
        if not done:
            done.append(True)
            something()
        return more

    with monkeypatch.context() as patch:
        patch.setattr(evaluation, "_evaluate_next_range", first_range_then_something)
        return evaluate(run)


def assert_each_run_has_everyone_once(workflow: Workflow) -> None:
    everyone = Counter(Member.objects.filter(club=workflow.club).values_list("external_id", flat=True))
    for run in WorkflowRun.objects.exclude(kind=Kind.IMMEDIATE):
        assert Counter(row.member_id for row in run_rows(run)) == everyone, run.kind


def assert_each_enrollment_is_in_the_log(workflow: Workflow) -> None:
    due = Counter(row.member_id for row in log_rows(workflow.club) if row.reason == "due")
    assert due == Counter(Enrollment.objects.values_list("member__external_id", flat=True))


@pytest.mark.parametrize("earlier", [True, False], ids=["after an earlier run", "the first run ever"])
def test_a_run_by_hand_in_the_middle_of_the_daily_one(
    earlier: bool, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(workflow, *[6] * 8)
    if earlier:
        evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW))
    daily = start_run(workflow, kind=Kind.DAILY, now=NOW + DAY)
    evaluate_with_something_after_the_first_range(
        daily, monkeypatch, lambda: evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW + DAY + MINUTE))
    )
    assert Enrollment.objects.count() == 8
    assert_each_run_has_everyone_once(workflow)
    assert_each_enrollment_is_in_the_log(workflow)


@pytest.mark.parametrize("earlier", [True, False], ids=["after an earlier run", "the first run ever"])
def test_a_single_members_check_in_the_middle_of_a_run(
    earlier: bool, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, last = away(workflow, *[10] * 6)
    Member.objects.filter(pk=last.pk).update(membership_status="frozen")
    if earlier:
        evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW - DAY))

    def thaw() -> None:
        Member.objects.filter(pk=last.pk).update(membership_status="active")
        assert evaluate_members(workflow, [last.pk], now=NOW + MINUTE) == 1

    evaluate_with_something_after_the_first_range(
        start_run(workflow, kind=Kind.DAILY, now=NOW), monkeypatch, thaw
    )
    assert_each_run_has_everyone_once(workflow)
    assert_each_enrollment_is_in_the_log(workflow)


def test_a_single_members_check_past_midnight_in_the_middle_of_a_run(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, last = away(workflow, *[6] * 6)
    evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW - DAY))
    run = start_run(workflow, kind=Kind.BY_HAND, now=NOW)
    evaluate_with_something_after_the_first_range(
        run, monkeypatch, lambda: evaluate_members(workflow, [last.pk], now=NOW + DAY)
    )
    assert_each_run_has_everyone_once(workflow)
    assert_each_enrollment_is_in_the_log(workflow)


def test_two_workers_share_the_ranges_of_one_run(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    away(workflow, *[10] * 8)
    run = start_run(workflow, kind=Kind.DAILY, now=NOW)
    evaluate_with_something_after_the_first_range(
        run, monkeypatch, lambda: evaluate(WorkflowRun.objects.get(pk=run.pk))
    )
    assert Enrollment.objects.count() == 8
    assert_each_run_has_everyone_once(workflow)
