"""Everyone accounted for exactly once, in ranges, and only what changed written down."""

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from automations.blocks import UnknownBlock
from automations.engine import evaluation
from automations.engine.evaluation import WorkflowDisabled, evaluate, start_run
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from members.models import Member
from members.operations.visits import record_visit
from tests.factories import NOW, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
Kind = WorkflowRun.Kind


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


@pytest.fixture
def ranges_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "RANGE", 3)


def run_at(workflow: Workflow, now: dt.datetime = NOW, kind: Kind = Kind.BY_HAND) -> WorkflowRun:
    return evaluate(start_run(workflow, kind=kind, now=now))


def away(workflow: Workflow, *days: int | None, **more: Any) -> list[Member]:
    return [MemberFactory(club=workflow.club, days_away=each, **more) for each in days]


def log_of(run: WorkflowRun) -> dict[str, str]:
    """Reason by member; fails if a member is there twice."""
    rows = [(row.member_id, row.reason) for row in run_rows(run)]
    assert max(Counter(member for member, _ in rows).values(), default=1) == 1
    return dict(rows)


def reasons(run: WorkflowRun, *members: Member) -> list[str]:
    log = log_of(run)
    return [log[member.external_id] for member in members]


def test_a_run_accounts_for_every_member_of_the_club_once(workflow: Workflow) -> None:
    members = away(workflow, 3, 10, 40, None)
    MemberFactory(days_away=10)
    run = run_at(workflow)
    assert reasons(run, *members) == ["attended_recently", "due", "inactive", "never_attended"]
    assert len(log_of(run)) == 4
    assert run.counts == {"attended_recently": 1, "due": 1, "inactive": 1, "never_attended": 1}
    assert (run.finished_at, run.reached_id) == (NOW, members[-1].pk)


def test_a_club_without_members_has_an_empty_run(workflow: Workflow) -> None:
    run = run_at(workflow)
    assert (run.counts, run.finished_at, log_of(run)) == ({}, NOW, {})


def test_those_due_are_enrolled_and_nobody_else(workflow: Workflow) -> None:
    _, due, *_ = away(workflow, 3, 10, 40, None)
    run = run_at(workflow)
    enrollment = Enrollment.objects.get()
    assert (enrollment.member, enrollment.workflow, enrollment.run) == (due, workflow, run)
    assert (enrollment.occurrence, enrollment.status, enrollment.step) == (
        "absence:2025-08-22",
        "active",
        None,
    )
    assert enrollment.enrolled_at == enrollment.due_at == NOW


def test_a_second_run_with_nothing_new_writes_no_decisions(workflow: Workflow) -> None:
    away(workflow, 3, 40, None)
    first = run_at(workflow)
    before = list(Decision.objects.values())
    second = run_at(workflow, NOW + dt.timedelta(hours=1))
    assert list(Decision.objects.values()) == before
    assert log_of(second) == log_of(first)
    assert second.counts == first.counts


def test_only_what_changed_is_written_and_each_run_keeps_its_answer(workflow: Workflow) -> None:
    members = away(workflow, 6, 10, 34, 40)
    runs = [run_at(workflow, NOW + DAY * n) for n in range(3)]
    assert [reasons(run, *members) for run in runs] == [
        ["attended_recently", "due", "due", "inactive"],
        ["due", "cooldown", "inactive", "inactive"],
        ["cooldown", "cooldown", "inactive", "inactive"],
    ]
    assert [run.decisions_made.count() for run in runs] == [4, 3, 1]


def test_an_earlier_run_still_answers_as_it_did_then(workflow: Workflow) -> None:
    member, other = away(workflow, 10, 20)
    first = run_at(workflow)
    said = list(run_rows(first))
    record_visit(member_id=member.pk, attended_at=NOW + DAY, now=NOW + DAY)
    Member.objects.filter(pk=other.pk).update(membership_status="frozen")
    second = run_at(workflow, NOW + DAY)
    assert reasons(second, member, other) == ["attended_recently", "frozen"]
    assert list(run_rows(first)) == said


def test_a_new_visit_is_a_new_decision_though_the_reason_stands(workflow: Workflow) -> None:
    (member,) = away(workflow, 5)
    first = run_at(workflow)
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    second = run_at(workflow, NOW + DAY)
    assert [next(run_rows(run)).reason_text for run in (first, second)] == [
        "Last came on 27 August 2025, 5 days away, needs 7.",
        "Last came on 1 September 2025, 1 day away, needs 7.",
    ]


@pytest.mark.parametrize("members", [1, 2, 3, 4, 6, 7])
def test_ranges_leave_nobody_out(members: int, workflow: Workflow, ranges_of_three: None) -> None:
    due = away(workflow, *[10] * members)
    run = run_at(workflow)
    assert log_of(run) == {member.external_id: "due" for member in due}
    assert Enrollment.objects.count() == members


def test_a_run_that_died_between_ranges_goes_on_where_it_was(
    workflow: Workflow, ranges_of_three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = away(workflow, *[10, 3] * 4)
    decide, calls = evaluation._decide, []

    def dies_in_the_second_range(*args: Any) -> int:
        calls.append(args)
        enrolled = decide(*args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return enrolled

    monkeypatch.setattr(evaluation, "_decide", dies_in_the_second_range)
    run = start_run(workflow, kind=Kind.DAILY, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        evaluate(run)
    run.refresh_from_db()
    assert (run.finished_at, run.reached_id) == (None, members[2].pk)
    assert len(log_of(run)) == 3
    assert Enrollment.objects.count() == 2

    again = evaluate(start_run(workflow, kind=Kind.DAILY, now=NOW + dt.timedelta(hours=1)))
    assert again == run
    assert again.as_of == NOW
    assert len(calls) == 4
    assert log_of(again) == {
        m.external_id: r for m, r in zip(members, ["due", "attended_recently"] * 4, strict=True)
    }
    assert Enrollment.objects.count() == 4
    assert again.counts == {"due": 4, "attended_recently": 4}


def test_a_member_who_changed_before_her_range_is_seen_as_she_is(
    workflow: Workflow, ranges_of_three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = away(workflow, *[10] * 6)
    decide = evaluation._decide

    def then_the_last_one_comes(*args: Any) -> int:
        enrolled = decide(*args)
        Member.objects.filter(pk=members[-1].pk).update(last_attended_at=NOW)
        return enrolled

    monkeypatch.setattr(evaluation, "_decide", then_the_last_one_comes)
    assert reasons(run_at(workflow), *members) == ["due"] * 5 + ["attended_recently"]


def test_two_daily_runs_of_one_day_are_one(workflow: Workflow) -> None:
    away(workflow, 10)
    first = run_at(workflow, kind=Kind.DAILY)
    second = run_at(workflow, NOW + dt.timedelta(hours=2), kind=Kind.DAILY)
    assert first == second
    assert WorkflowRun.objects.count() == Enrollment.objects.count() == 1
    assert run_at(workflow, NOW + DAY, kind=Kind.DAILY) != first


def test_a_run_that_is_over_is_not_asked_again(
    workflow: Workflow, django_assert_max_num_queries: Any
) -> None:
    run = run_at(workflow)
    (late,) = away(workflow, 10)
    assert evaluate(run).finished_at == NOW
    assert late.external_id not in log_of(run)


def test_a_workflow_that_is_off_refuses(workflow: Workflow) -> None:
    workflow.is_enabled = False
    with pytest.raises(WorkflowDisabled):
        start_run(workflow, kind=Kind.BY_HAND, now=NOW)
    assert not WorkflowRun.objects.exists()


def test_a_workflow_switched_off_in_the_middle_stops_there(
    workflow: Workflow, ranges_of_three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(workflow, *[10] * 6)
    decide = evaluation._decide

    def then_off(*args: Any) -> int:
        Workflow.objects.update(is_enabled=False)
        return decide(*args)

    monkeypatch.setattr(evaluation, "_decide", then_off)
    with pytest.raises(WorkflowDisabled):
        run_at(workflow)
    assert Enrollment.objects.count() == 3
    assert WorkflowRun.objects.get().finished_at is None


@pytest.mark.parametrize(
    ("broken", "error"),
    [({"trigger": "gone"}, UnknownBlock), ({"trigger_params": {"min_days": "x"}}, ValidationError)],
)
def test_a_workflow_whose_definition_no_longer_fits_leaves_nothing_half_done(
    broken: dict[str, Any], error: type[Exception], workflow: Workflow
) -> None:
    away(workflow, 10)
    Workflow.objects.update(**broken)
    with pytest.raises(error):
        run_at(Workflow.objects.get())
    assert not Decision.objects.exists()
    assert not Enrollment.objects.exists()


def test_a_missed_day_is_caught_up(workflow: Workflow) -> None:
    (member,) = away(workflow, 6)
    run_at(workflow)
    assert reasons(run_at(workflow, NOW + DAY * 5), member) == ["due"]


def test_it_asks_the_database_as_often_for_many_as_for_few(
    workflow: Workflow, django_assert_num_queries: Any
) -> None:
    asked = []
    # The first run ends no decision; from then on each does, since whoever was due is cooling down.
    for day, number in enumerate((3, 3, 45)):
        now = NOW + DAY * day
        for days in (3, 10, 40):
            away(workflow, *[days] * (number // 3), is_recurring=True)
        run = start_run(workflow, kind=Kind.BY_HAND, now=now)
        with evaluation_queries() as queries:
            evaluate(run)
        asked.append(len(queries))
    assert asked[1] == asked[2] <= 37
    assert asked[0] <= asked[1] + 1


def evaluation_queries() -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connection)


def test_what_a_new_workflow_did_is_counted_anew_after_its_first_range_alone(
    workflow: Workflow,
    ranges_of_three: None,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """A database that has never counted it would look through all whom it followed up, for each member of the next range."""
    counted: list[tuple[str, int]] = []

    def count_anew(*columns: Any) -> None:
        counted.extend((column.model.__name__, column.model.objects.count()) for column in columns)

    monkeypatch.setattr(evaluation, "count_anew", count_anew)
    away(workflow, *[10] * 7)
    with django_capture_on_commit_callbacks(execute=True):
        run_at(workflow)
    assert [name for name, _number in counted] == ["Decision", "Enrollment"]
    with django_capture_on_commit_callbacks(execute=True):
        run_at(workflow, NOW + 30 * DAY)
    assert len(counted) == 2
