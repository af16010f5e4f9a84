"""A stop of the checks that is longer than a workflow's window: who slipped through is recorded as missed, and told why."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.engine.explanation import explain
from automations.engine.fuse import RunHeld, held_run
from automations.models import Decision, Enrollment, Reason, Workflow, WorkflowRun
from automations.operations.brakes import cancel
from automations.reports.log import run_rows
from members.models import Member, StaffTask
from tests.factories import (
    NOW,
    AgreementFactory,
    ClosureFactory,
    ClubFactory,
    MemberFactory,
    StepFactory,
    VisitFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOBODY_ASKED = "No daily check took place while there was time."


def check(workflow: Workflow, days_ago: float = 0) -> WorkflowRun:
    return evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW - days_ago * DAY))


def short(**params: Any) -> Workflow:
    """Of members who have been away for exactly seven days."""
    params = {"min_days": 7, "max_days": 8, "hand_over": True, **params}
    workflow: Workflow = StepFactory(workflow__trigger_params=params).workflow
    return workflow


def standing(member: Member) -> str:
    return Decision.objects.get(member=member, until_run=None).reason


@pytest.mark.parametrize(
    ("last_check", "away", "reason"),
    [
        # Daily checks let nobody slip through.
        (1, 6, Reason.ATTENDED_RECENTLY),
        (1, 7, Reason.DUE),
        (1, 8, Reason.INACTIVE),
        # Yesterday there was none.
        (2, 7, Reason.DUE),
        (2, 8, Reason.MISSED),
        (2, 9, Reason.INACTIVE),
        # Nor for three weeks.
        (20, 8, Reason.MISSED),
        (20, 26, Reason.MISSED),
        (20, 27, Reason.INACTIVE),
        # Whoever never asked before missed nothing.
        (None, 9, Reason.INACTIVE),
        # Longer ago than two months counts as never.
        (63, 9, Reason.INACTIVE),
    ],
)
def test_missed_class_tells_whom_no_check_met_while_they_were_due(
    last_check: int | None, away: int, reason: Reason
) -> None:
    workflow = short()
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - away * DAY)
    if last_check:
        # Before then, nothing had been written down about them.
        evaluate(start_run(workflow, kind="by_hand", now=NOW - last_check * DAY))
        Decision.objects.all().delete()
        Enrollment.objects.all().delete()
    run = check(workflow)
    assert standing(member) == reason
    if reason == Reason.DUE:
        return
    explained = explain(member, workflow, now=NOW)
    assert explained.decided == reason
    (row,) = run_rows(run)
    assert row.reason_text == explained.why
    assert run.counts == {reason: 1}
    if reason == Reason.MISSED:
        assert explained.why.endswith(f"8 or more is too long for a message. {NOBODY_ASKED}")
        assert explained.what_next.endswith(
            "is not followed up for this any more; a new absence would count."
        )
    else:
        assert NOBODY_ASKED not in explained.why


@pytest.mark.parametrize(
    ("hand_over", "reason"), [(True, Reason.INACTIVE_RECURRING), (False, Reason.INACTIVE_RECURRING)]
)
def test_whoever_is_left_to_a_person_is_so_after_a_stop_too(hand_over: bool, reason: Reason) -> None:
    workflow = short(hand_over=hand_over)
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY, is_recurring=True)
    check(workflow, 5)
    check(workflow)
    assert standing(member) == reason
    assert StaffTask.objects.count() == hand_over


def test_days_on_which_the_club_was_shut_do_not_count_here_either() -> None:
    workflow = short()
    today = NOW.date()
    ClosureFactory(club=workflow.club, starts_on=today - 4 * DAY, reopens_on=today - 2 * DAY)
    met = MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY)
    slipped = MemberFactory(club=workflow.club, last_attended_at=NOW - 10 * DAY)
    check(workflow, 5)
    check(workflow)
    assert (standing(met), standing(slipped)) == (Reason.DUE, Reason.MISSED)


def test_it_stays_missed_for_a_month_whatever_is_asked_meanwhile() -> None:
    workflow = short()
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - 40 * DAY)
    check(workflow, 36)
    for days_ago in range(31, 1, -1):
        check(workflow, days_ago)
    (made,) = Decision.objects.filter(member=member, reason=Reason.MISSED)
    assert made.until_run is None
    evaluate_members(workflow, [member.pk], now=NOW - 1.5 * DAY)
    assert standing(member) == Reason.MISSED
    check(workflow, 1)
    check(workflow)
    assert standing(member) == Reason.INACTIVE


def test_a_change_of_one_member_is_told_the_same_as_by_the_whole_run() -> None:
    workflow = short()
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY)
    check(workflow, 5)
    evaluate_members(workflow, [member.pk], now=NOW)
    assert standing(member) == Reason.MISSED


def test_whoever_was_followed_up_at_once_in_between_did_not_slip_through() -> None:
    workflow = short()
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY)
    check(workflow, 5)
    evaluate_members(workflow, [member.pk], now=NOW - 2 * DAY)
    check(workflow)
    assert standing(member) == Reason.INACTIVE


@pytest.mark.parametrize("is_canceled", [False, True])
def test_while_a_run_waited_for_a_person_that_is_told(is_canceled: bool) -> None:
    workflow = short()
    member, _other = (MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY) for _ in range(2))
    check(workflow, 5)
    WorkflowRun.objects.update(enrolled=None)  # As if nothing could be said yet of its usual size.
    Workflow.objects.update(fuse_first=1)
    workflow.refresh_from_db()
    with pytest.raises(RunHeld):
        check(workflow, 2)
    held = held_run(workflow)
    assert held
    if is_canceled:
        cancel(run=held, now=NOW - DAY, by=None)
    said = explain(member, workflow, now=NOW)
    assert said.decided == Reason.MISSED
    assert said.why.endswith("A run waited for a person in those days, and nobody let it go in time.")


def test_a_dry_run_says_what_the_run_would(capsys: pytest.CaptureFixture[str]) -> None:
    workflow = short()
    MemberFactory(club=workflow.club, last_attended_at=NOW - 9 * DAY)
    check(workflow, 5)
    call_command("run_workflow", workflow.slug, "--as-of", NOW.isoformat(), "--dry-run")
    assert "No daily check took" in " ".join(capsys.readouterr().out.split())


def test_without_a_stop_nothing_more_is_asked_of_the_database(django_assert_num_queries: Any) -> None:
    workflow = short()
    check(workflow, 2)
    check(workflow, 1)
    question = Question(workflow, NOW, is_kept=True)
    with django_assert_num_queries(1):
        assert question.stops == []
    assert Reason.MISSED not in dict(question.kept_out)


# --- The other triggers with an end ---------------------------------------------------------------
def workflow_of(trigger: str, club: Any, **params: Any) -> Workflow:
    workflow: Workflow = StepFactory(
        workflow=WorkflowFactory(club=club, slug=trigger, trigger=trigger, trigger_params=params)
    ).workflow
    return workflow


@pytest.mark.parametrize(
    ("last_check", "entered", "reason"),
    [
        (1, 7, Reason.DUE),
        (1, 8, Reason.TOO_LONG_AGO),
        (9, 8, Reason.MISSED),
        (9, 7, Reason.DUE),
        (9, 10, Reason.TOO_LONG_AGO),
        (8.5, 8.4, Reason.MISSED),
        (8.5, 8.6, Reason.TOO_LONG_AGO),
    ],
)
def test_a_status_entered_and_grown_old_between_two_checks_is_missed(
    last_check: float, entered: float, reason: Reason
) -> None:
    club = ClubFactory()
    workflow = workflow_of("follow_up_status", club, status="delinquent", within_days=7, on_return="go_on")
    check(workflow, last_check)
    member = MemberFactory(club=club)
    Member.objects.update(follow_up_status="delinquent", follow_up_status_since=NOW - entered * DAY)
    check(workflow)
    assert standing(member) == reason
    told = explain(member, workflow, now=NOW).why
    assert (NOBODY_ASKED in told) == (reason == Reason.MISSED)


@pytest.mark.parametrize(
    ("last_check", "ends_in", "reason"),
    [
        (1, 0, Reason.DUE),
        (1, -1, Reason.TOO_LONG_AGO),
        (5, -1, Reason.MISSED),
        (5, 0, Reason.DUE),
        (5, -2, Reason.TOO_LONG_AGO),
    ],
)
def test_a_membership_that_came_near_its_end_and_ended_between_two_checks_is_missed(
    last_check: int, ends_in: int, reason: Reason
) -> None:
    """It is told of three days ahead."""
    club = ClubFactory()
    workflow = workflow_of("membership_expiring", club, days_before=3)
    check(workflow, last_check)
    agreement = AgreementFactory(member__club=club, ends_on=NOW.date() + ends_in * DAY)
    check(workflow)
    assert standing(agreement.member) == reason
    told = explain(agreement.member, workflow, now=NOW).why
    assert (NOBODY_ASKED in told) == (reason == Reason.MISSED)


@pytest.mark.parametrize(
    ("last_check", "reason"), [(8, Reason.MISSED), (4, Reason.INACTIVE), (1, Reason.INACTIVE)]
)
def test_a_spell_of_few_visits_that_grew_too_long_between_two_checks_is_missed(
    last_check: int, reason: Reason
) -> None:
    club = ClubFactory()
    workflow = workflow_of("low_engagement", club, inactive_days=5, min_activity_level=1, max_days=8)
    member = MemberFactory(
        club=club, last_attended_at=NOW - 10 * DAY, joined_on=NOW.date() - 300 * DAY, stage="member"
    )
    VisitFactory(member=member, attended_at=member.last_attended_at)
    check(workflow, last_check)
    Enrollment.objects.all().delete()
    check(workflow)
    assert standing(member) == reason


@pytest.mark.parametrize(
    ("last_check", "since", "reason"),
    [(9, 8, Reason.MISSED), (9, 10, Reason.INACTIVE), (1, 8, Reason.INACTIVE)],
)
def test_a_risk_that_rose_and_an_absence_that_grew_too_long_between_two_checks_are_missed(
    last_check: int, since: int, reason: Reason
) -> None:
    club = ClubFactory()
    workflow = workflow_of("high_retention_risk", club, risk_score_threshold=0.7, max_days=10)
    check(workflow, last_check)
    member = MemberFactory(club=club, last_attended_at=NOW - 12 * DAY)
    Member.objects.update(retention_risk=0.8, retention_risk_since=NOW - since * DAY)
    check(workflow)
    assert standing(member) == reason
