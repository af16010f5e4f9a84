"""A silent share of those who are due gets nothing, cools down like the others, and is accounted for as such."""

import datetime as dt

import pytest

from automations.engine import classification
from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.engine.explanation import explain
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Member
from members.operations.visits import record_visit
from messaging.models import Message
from tests.factories import NOW, MemberFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> Workflow:
    """Leaves out whose first name is Left."""
    from django.db.models import Q

    monkeypatch.setattr(classification, "in_control", lambda workflow, percent: Q(first_name="Left"))
    made: Workflow = WorkflowFactory(control_percent=10, cooldown_days=7)
    StepFactory(workflow=made)
    return made


@pytest.fixture
def left(workflow: Workflow) -> Member:
    return MemberFactory(club=workflow.club, first_name="Left", days_away=10)


@pytest.fixture
def told(workflow: Workflow) -> Member:
    return MemberFactory(club=workflow.club, first_name="Told", days_away=10)


def run_at(workflow: Workflow, now: dt.datetime) -> dict[str, str]:
    run = evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=now))
    advance(now=now)
    return {row.first_name: row.reason for row in run_rows(run)}


def test_whoever_is_left_out_gets_nothing_and_the_log_says_so(
    workflow: Workflow, left: Member, told: Member
) -> None:
    assert run_at(workflow, NOW) == {"Left": "control", "Told": "due"}
    assert list(Message.objects.values_list("member__first_name", flat=True)) == ["Told"]
    apart = Enrollment.objects.get(member=left)
    assert (apart.status, apart.end_reason, apart.ended_at, apart.step) == ("exited", "control", NOW, None)
    assert Decision.objects.get(member=left).occurrence == apart.occurrence
    said = {row.first_name: row.reason_text for row in run_rows(WorkflowRun.objects.get())}
    assert said["Left"] == "Left out on purpose, to compare with those who are followed up."


def test_they_cool_down_like_the_others_without_being_called_followed_up(
    workflow: Workflow, left: Member, told: Member
) -> None:
    run_at(workflow, NOW)
    assert run_at(workflow, NOW + DAY) == {"Left": "cooldown", "Told": "cooldown"}
    explanation = explain(left, workflow, now=NOW + DAY)
    assert "left out to compare, on 1 September" in explanation.why
    assert "Left out on" in explanation.history
    assert explain(told, workflow, now=NOW + DAY).why.startswith("Followed up on")
    assert Enrollment.objects.count() == 2


def test_another_absence_within_the_cooldown_does_not_count_twice(workflow: Workflow, left: Member) -> None:
    workflow.cooldown_days = 30
    workflow.save()
    run_at(workflow, NOW)
    record_visit(member_id=left.pk, attended_at=NOW + DAY, now=NOW + DAY)
    assert run_at(workflow, NOW + 10 * DAY) == {"Left": "cooldown"}
    assert Enrollment.objects.filter(member=left).count() == 1
    assert run_at(workflow, NOW + 33 * DAY) == {"Left": "control"}
    assert Enrollment.objects.filter(member=left).count() == 2


def test_whoever_would_not_be_due_is_not_in_the_comparison(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, first_name="Left", days_away=3)
    assert run_at(workflow, NOW) == {"Left": "attended_recently"}
    assert not Enrollment.objects.exists()


def test_one_who_changed_is_left_out_as_well(workflow: Workflow, left: Member) -> None:
    assert evaluate_members(workflow, [left.pk], now=NOW) == 0
    assert Enrollment.objects.get().end_reason == "control"


def test_a_run_is_explained_by_the_share_of_then(workflow: Workflow, left: Member) -> None:
    run = start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW)
    Workflow.objects.update(control_percent=0)
    evaluate(WorkflowRun.objects.select_related("workflow__club").get(pk=run.pk))
    assert Decision.objects.get().reason == "control"
