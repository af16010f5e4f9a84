"""The question asked at once of those whose facts changed."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from automations.engine.evaluation import WorkflowDisabled, evaluate, evaluate_members, start_run
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Member, StaffTask
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
Kind = WorkflowRun.Kind
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def test_a_member_who_became_due_is_enrolled_once(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    MemberFactory(club=workflow.club, days_away=10)
    assert evaluate_members(workflow, [member.pk], now=NOW) == 1
    assert evaluate_members(workflow, [member.pk], now=NOW + HOUR) == 0
    assert evaluate_members(workflow, [member.pk], now=NOW + 2 * HOUR) == 0
    assert list(Enrollment.objects.values_list("member", flat=True)) == [member.pk]
    run = WorkflowRun.objects.order_by("pk")[0]
    assert (run.kind, run.counts, run.finished_at) == ("immediate", {"due": 1}, NOW)


def test_nothing_new_leaves_no_trace(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=3)
    evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW))
    before = list(Decision.objects.values())
    assert evaluate_members(workflow, [member.pk], now=NOW + HOUR) == 0
    assert WorkflowRun.objects.count() == 1
    assert list(Decision.objects.values()) == before


def test_a_change_is_logged_for_that_member_alone(workflow: Workflow) -> None:
    member, other = (MemberFactory(club=workflow.club, days_away=3) for _ in range(2))
    daily = evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW))
    Member.objects.update(membership_status="frozen")
    evaluate_members(workflow, [member.pk], now=NOW + HOUR)
    immediate = WorkflowRun.objects.get(kind="immediate")
    assert [(row.member_id, row.reason) for row in run_rows(immediate)] == [(member.external_id, "frozen")]
    assert {row.reason for row in run_rows(daily)} == {"attended_recently"}
    later = evaluate(start_run(workflow, kind=Kind.BY_HAND, now=NOW + 2 * HOUR))
    assert {row.member_id: row.reason for row in run_rows(later)} == {
        member.external_id: "frozen",
        other.external_id: "frozen",
    }


def test_a_member_of_another_club_is_none_of_its_business(workflow: Workflow) -> None:
    stranger = MemberFactory(club=ClubFactory(), days_away=10)
    assert evaluate_members(workflow, [stranger.pk, 999_999], now=NOW) == 0
    assert evaluate_members(workflow, [], now=NOW) == 0
    assert not WorkflowRun.objects.exists()


def test_a_case_for_a_person_is_handed_over_at_once(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=40, recurring=True)
    evaluate_members(workflow, [member.pk], now=NOW)
    evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW + HOUR))
    assert StaffTask.objects.get().member == member


def test_a_workflow_that_is_off_refuses(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    Workflow.objects.update(is_enabled=False)
    with pytest.raises(WorkflowDisabled):
        evaluate_members(workflow, [member.pk], now=NOW)
    assert not Enrollment.objects.exists()


def test_it_asks_the_database_as_often_for_sixty_as_for_three(
    workflow: Workflow, django_assert_num_queries: Any
) -> None:
    # SQLite needs one more for what ends and what takes its place. Of more than twenty it is also asked whether they are too many.
    usual = 17 if connection.vendor == "postgresql" else 18
    for number, more in ((3, 0), (30, 4), (60, 4)):
        workflow.fuse_first = 1_000
        ids = [MemberFactory(club=workflow.club, days_away=10).pk for _ in range(number)]
        with django_assert_num_queries(usual + more):
            assert evaluate_members(workflow, ids, now=NOW) == number
