"""What staff and operators change while members are under way: nobody is lost, nothing is done twice, the log stays true."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import WorkflowDisabled, evaluate, evaluate_members, start_run
from automations.models import Decision, Enrollment, Step, StepRun, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Closure, Member, StaffTask
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, UserFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
Kind = WorkflowRun.Kind


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def run_at(workflow: Workflow, now: dt.datetime = NOW) -> WorkflowRun:
    return evaluate(start_run(workflow, kind=Kind.BY_HAND, now=now))


def test_swapped_steps_are_each_taken_once_and_hold_up_nobody(workflow: Workflow) -> None:
    first = workflow.steps.get()
    second = StepFactory(workflow=workflow, position=2, delay=3)
    MemberFactory(club=workflow.club, days_away=10)
    run_at(workflow)
    advance(now=NOW)
    Step.objects.filter(pk=first.pk).update(position=3)
    advance(now=NOW + DAY * 3)
    assert Enrollment.objects.get().status == "done"
    assert set(StepRun.objects.values_list("step", flat=True)) == {first.pk, second.pk}
    assert Message.objects.count() == 2


def test_a_workflow_that_cannot_be_asked_holds_up_its_own_members_only(workflow: Workflow) -> None:
    broken = StepFactory(workflow=WorkflowFactory(slug="broken")).workflow
    for each in (broken, workflow):
        MemberFactory(club=each.club, days_away=10)
        MemberFactory(club=each.club, days_away=12)
        run_at(each)
    advance(now=NOW, only=None)
    Workflow.objects.filter(pk=broken.pk).update(trigger_params={"min_days": "soon"})
    MemberFactory(club=workflow.club, days_away=11)
    run_at(workflow, NOW + MINUTE)
    assert advance(now=NOW + MINUTE)["done"] == 1
    assert deliver(clock=lambda: NOW + MINUTE) == {"sent": 3, "held": 2}
    Workflow.objects.filter(pk=broken.pk).update(trigger_params={"min_days": 7, "max_days": 35})
    assert deliver(clock=lambda: NOW + MINUTE * 10) == {"sent": 2}


def test_a_run_is_explained_by_the_rule_that_it_asked(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=6)
    run = run_at(workflow)
    (before,) = run_rows(run)
    workflow.trigger_params |= {"min_days": 3}
    workflow.save()
    Closure.objects.create(
        club=workflow.club, starts_on=NOW.date() - DAY * 4, reopens_on=NOW.date() - DAY * 2, note="Paint"
    )
    (after,) = run_rows(WorkflowRun.objects.select_related("workflow__club").get(pk=run.pk))
    assert "6 days away, needs 7" in before.reason_text
    assert after == before


@pytest.mark.parametrize("check_at", [dt.time(23, 58), dt.time(0, 1), dt.time(4)])
def test_a_check_at_any_minute_is_made_once_a_day(check_at: dt.time, workflow: Workflow) -> None:
    workflow.club.daily_check_at = check_at
    workflow.club.save()
    MemberFactory(club=workflow.club, days_away=1)
    for tick in range(0, 3 * 24 * 60, 5):
        evaluate_due_workflows(now=NOW + MINUTE * (tick + 3))
    days = list(WorkflowRun.objects.order_by("checked_on").values_list("checked_on", flat=True))
    assert len(days) == len(set(days)) == 4


def test_members_checked_between_overlapping_runs_break_none_of_them(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automations.engine.evaluation.RANGE", 2)
    members = [MemberFactory(club=workflow.club, days_away=10) for _ in range(4)]
    daily = start_run(workflow, kind=Kind.DAILY, now=NOW)
    by_hand = start_run(workflow, kind=Kind.BY_HAND, now=NOW + MINUTE)
    for minute in (2, 3):
        Member.objects.filter(pk=members[-1].pk).update(
            is_recurring=minute == 2, last_attended_at=NOW - DAY * minute
        )
        evaluate_members(workflow, [members[-1].pk], now=NOW + MINUTE * minute)
    evaluate(by_hand)
    assert WorkflowRun.objects.filter(pk__in=[daily.pk, by_hand.pk], finished_at=None).count() == 0
    assert Enrollment.objects.count() == 3
    assert Decision.objects.filter(until_run=None).count() == 4


def test_a_run_of_the_future_that_was_given_up_is_not_carried_out_by_the_next(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=10, recurring=True)
    start_run(workflow, kind=Kind.BY_HAND, now=NOW + DAY * 60)
    assert run_at(workflow).counts == {"due": 1}


def test_two_clubs_with_the_same_short_names_have_nothing_to_do_with_each_other(workflow: Workflow) -> None:
    other = StepFactory(workflow=WorkflowFactory(club=ClubFactory(), slug=workflow.slug)).workflow
    MemberFactory(club=workflow.club, days_away=10)
    MemberFactory(club=other.club, days_away=10)
    run_at(workflow)
    assert [e.member.club for e in Enrollment.objects.all()] == [workflow.club]


def test_a_trainer_who_left_is_given_no_tasks(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=35, recurring=True, trainer=UserFactory())
    run_at(workflow)
    assert StaffTask.objects.get().assignee is None


def test_one_without_steps_uses_nobody_up() -> None:
    workflow = WorkflowFactory()
    MemberFactory(club=workflow.club, days_away=10)
    with pytest.raises(WorkflowDisabled):
        run_at(workflow)
    assert not Enrollment.objects.exists()
    StepFactory(workflow=workflow)
    assert run_at(workflow).counts == {"due": 1}
