"""Why, why not and when: the same answer as a run's, with what each gate saw and what would change it."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import Explanation, explain
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.operations.workflow_runs import run_workflow
from members.models import Closure, Club, Member
from members.operations.visits import record_visit
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ConsentRecordFactory,
    EnrollmentFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    SuppressionFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def about(workflow: Workflow, *, now: dt.datetime = NOW, **traits: Any) -> Explanation:
    """What it says of a new member of such traits."""
    return explain(MemberFactory(club=workflow.club, **traits), workflow, now=now)


def failing(explanation: Explanation) -> list[str]:
    return [gate.question for gate in explanation.gates if not gate.passes]


def opted_out(club: Club) -> Member:
    return ConsentRecordFactory(member__club=club, member__days_away=10).member


def suppressed(club: Club) -> Member:
    member = MemberFactory(club=club, days_away=10)
    SuppressionFactory(club=club, address=member.phone)
    return member


def followed_up(club: Club) -> Member:
    return EnrollmentFactory(workflow=club.workflows.get()).member


def such(**traits: Any) -> Callable[[Club], Member]:
    return lambda club: MemberFactory(club=club, **traits)


EVERY_REASON: dict[str, tuple[Callable[[Club], Member], str, str]] = {
    "canceled": (such(canceled=True, days_away=10), "not canceled", "Canceled"),
    "frozen": (such(frozen=True, days_away=10), "not frozen", "Frozen"),
    "never_attended": (such(), "has attended", "never"),
    "attended_recently": (such(days_away=6), "away at least 7 days", "6 days"),
    "inactive_recurring": (such(days_away=35, recurring=True), "away fewer than 35 days", "35 days"),
    "inactive": (such(days_away=35), "away fewer than 35 days", "35 days"),
    "no_address": (such(days_away=10, phone=""), "has a phone number", "none"),
    "opted_out": (opted_out, "has not opted out of offers and news", "opted out"),
    "suppressed": (suppressed, "address not suppressed", "on the suppression list"),
    "cooldown": (followed_up, "not followed up for this, nor in the last 7 days", "1 September 2025"),
}


@pytest.mark.parametrize("reason", EVERY_REASON)
def test_each_reason_is_the_gate_that_fails_with_what_it_saw(reason: str, workflow: Workflow) -> None:
    make, question, seen = EVERY_REASON[reason]
    explanation = explain(make(workflow.club), workflow, now=NOW)
    assert explanation.decided == reason
    assert [(gate.question, gate.seen) for gate in explanation.gates if not gate.passes] == [(question, seen)]


@pytest.mark.parametrize("reason", [*EVERY_REASON, "due"])
def test_it_says_the_same_as_a_run_at_that_instant(reason: str, workflow: Workflow) -> None:
    make = EVERY_REASON[reason][0] if reason in EVERY_REASON else such(days_away=10)
    member = make(workflow.club)
    explanation = explain(member, workflow, now=NOW)
    evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW))
    assert Decision.objects.get(member=member).reason == explanation.decided == reason


def test_someone_due_passes_every_gate(workflow: Workflow) -> None:
    explanation = about(workflow, days_away=10)
    assert (explanation.decided, failing(explanation)) == ("due", [])
    assert explanation.why == "Last came on 22 August 2025, 10 days away."


def test_only_the_first_of_several_reasons_counts_and_the_others_are_named(workflow: Workflow) -> None:
    explanation = about(workflow, first_name="Ana", frozen=True, unreachable=True, days_away=10)
    assert (explanation.decided, explanation.why) == ("frozen", "The membership is frozen.")
    assert failing(explanation) == ["not frozen", "has a phone number"]
    assert explanation.what_next == (
        "Ana would still not be followed up without that: also needed is “has a phone number”."
    )


@pytest.mark.parametrize(
    "reason",
    [
        "canceled",
        "frozen",
        "never_attended",
        "inactive",
        "inactive_recurring",
        "no_address",
        "opted_out",
        "suppressed",
    ],
)
def test_what_time_alone_does_not_change_has_no_date(reason: str, workflow: Workflow) -> None:
    explanation = explain(EVERY_REASON[reason][0](workflow.club), workflow, now=NOW)
    assert explanation.next_at is None
    assert explanation.what_next == "Everything else is fine: this alone keeps John from being followed up."


def test_a_week_that_will_pass_is_no_help_without_a_phone(workflow: Workflow) -> None:
    explanation = about(workflow, days_away=6, phone="")
    assert (explanation.decided, explanation.next_at) == ("attended_recently", None)
    assert explanation.what_next.endswith("also needed is “has a phone number”.")


# --- When -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days_away", "day"), [(6, 2), (5, 3), (1, 7), (0, 8)])
def test_it_names_the_morning_after_the_check_that_finds_her_due(
    days_away: int, day: int, workflow: Workflow
) -> None:
    explanation = about(workflow, days_away=days_away)
    assert explanation.next_at == NOW.replace(day=day, hour=8)


def test_the_day_is_said_in_words(workflow: Workflow) -> None:
    said = about(workflow, days_away=6, first_name="Aisha").what_next
    assert said == "Aisha will be texted on Tue 2 September 2025, 08:00 unless Aisha comes first."


def test_an_email_is_not_called_a_text(workflow: Workflow) -> None:
    template = MessageTemplateFactory(club=workflow.club, as_email=True)
    workflow.steps.update(action_params={"template": template.slug})
    assert about(workflow, days_away=6).what_next.startswith("John will be written to on Tue 2 September")


@pytest.mark.parametrize(
    ("last_came", "shut_from", "open_again", "day"),
    [(6, 2, 3, 3), (6, 2, 4, 4), (6, 2, 9, 9), (6, 3, 5, 2), (7, 1, 2, 2), (5, 2, 3, 4)],
)
def test_days_on_which_the_club_is_shut_put_it_off(
    last_came: int, shut_from: int, open_again: int, day: int, workflow: Workflow
) -> None:
    Closure.objects.create(
        club=workflow.club,
        starts_on=dt.date(2025, 9, shut_from),
        reopens_on=dt.date(2025, 9, open_again),
    )
    explanation = about(workflow, days_away=last_came)
    assert explanation.decided == "attended_recently"
    assert explanation.next_at == NOW.replace(day=day, hour=8)


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("", dt.datetime(2025, 9, 2, 8)),
        ("America/Los_Angeles", dt.datetime(2025, 9, 2, 15)),
        ("Asia/Tokyo", dt.datetime(2025, 9, 2, 4)),
        ("Asia/Kolkata", dt.datetime(2025, 9, 2, 4)),
        ("Pacific/Auckland", dt.datetime(2025, 9, 2, 4)),
        ("Europe/Zurich", dt.datetime(2025, 9, 2, 6)),
    ],
)
def test_it_leaves_when_the_quiet_hours_end_where_she_lives(
    zone: str, utc: dt.datetime, workflow: Workflow
) -> None:
    assert about(workflow, days_away=6, time_zone=zone).next_at == utc.replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("changes", "utc"),
    [
        ({"delay": 2, "delay_unit": "days"}, dt.datetime(2025, 9, 4, 8)),
        ({"delay": 6, "delay_unit": "hours"}, dt.datetime(2025, 9, 2, 10)),
        ({"at_time": dt.time(18)}, dt.datetime(2025, 9, 2, 18)),
        ({"at_time": dt.time(21)}, dt.datetime(2025, 9, 3, 8)),
    ],
)
def test_the_first_steps_own_delay_counts(
    changes: dict[str, Any], utc: dt.datetime, workflow: Workflow
) -> None:
    workflow.steps.update(**changes)
    assert about(workflow, days_away=6).next_at == utc.replace(tzinfo=dt.UTC)


def test_it_is_what_then_happens(workflow: Workflow, provider: ScriptedTransport) -> None:
    member = MemberFactory(club=workflow.club, days_away=5, time_zone="America/Los_Angeles")
    next_at = explain(member, workflow, now=NOW).next_at
    assert next_at is not None
    for hours in range(24 * 3):
        now = NOW.replace(hour=4) + dt.timedelta(hours=hours)
        evaluate_due_workflows(now=now)
        advance(now=now)
        deliver(clock=partial(now.replace))
    assert Message.objects.get().sent_at == next_at


def test_after_the_cooldown_comes_the_next_chance(workflow: Workflow) -> None:
    Workflow.objects.update(cooldown_days=14)
    workflow.refresh_from_db()
    enrollment = EnrollmentFactory(
        workflow=workflow, occurrence="absence:2025-08-01", enrolled_at=NOW - DAY * 10
    )
    explanation = explain(enrollment.member, workflow, now=NOW)
    assert explanation.decided == "cooldown"
    assert explanation.next_at == NOW.replace(day=6, hour=8)
    assert explanation.why == (
        "Followed up on 22 August 2025: once per absence, and at most once in 14 days."
    )


def test_a_cooldown_that_outlasts_the_absence_has_no_date(workflow: Workflow) -> None:
    Workflow.objects.update(cooldown_days=60)
    workflow.refresh_from_db()
    enrollment = EnrollmentFactory(workflow=workflow, occurrence="absence:2025-08-01")
    assert explain(enrollment.member, workflow, now=NOW).next_at is None


@pytest.mark.parametrize("later", [0, 10])
def test_the_same_absence_is_never_followed_up_again(later: int, workflow: Workflow) -> None:
    member = EnrollmentFactory(workflow=workflow).member
    explanation = explain(member, workflow, now=NOW + DAY * later)
    assert (explanation.decided, explanation.next_at) == ("cooldown", None)
    assert explanation.what_next == "John is not followed up again for this; a new absence would count."


def test_while_the_workflow_is_off_nobody_is(workflow: Workflow) -> None:
    workflow.is_enabled = False
    explanation = about(workflow, days_away=6)
    assert (explanation.decided, explanation.next_at) == ("attended_recently", None)
    assert explanation.what_next == "The workflow is off, so nobody is followed up."


# --- What happened before ---------------------------------------------------------------------
def test_never_followed_up(workflow: Workflow) -> None:
    assert about(workflow, days_away=10).history == "Never followed up by this workflow."


def test_what_became_of_the_message_is_told(workflow: Workflow, provider: ScriptedTransport) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    run_workflow(workflow, as_of=NOW)
    assert explain(member, workflow, now=NOW).history == (
        "Followed up since Mon 1 September 2025, 10:00. The message: sent Mon 1 September 2025, 10:00."
    )


def test_a_message_that_waits_is_told_with_its_hour(workflow: Workflow, provider: ScriptedTransport) -> None:
    member = MemberFactory(club=workflow.club, days_away=10, time_zone="Europe/Zurich")
    run_workflow(workflow, as_of=NOW.replace(hour=4))
    assert explain(member, workflow, now=NOW.replace(hour=4)).history == (
        "Followed up since Mon 1 September 2025, 06:00. The message: queued until Mon 1 September 2025, 08:00."
    )


def test_one_that_was_skipped_is_told_with_its_reason(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    run_workflow(workflow, as_of=NOW.replace(hour=4))
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    deliver(clock=lambda: NOW)
    member.refresh_from_db()
    explanation = explain(member, workflow, now=NOW)
    assert explanation.history.endswith("The message: skipped (came back before it left).")
    assert (explanation.decided, explanation.next_at) == ("attended_recently", NOW.replace(day=8, hour=8))


def test_asking_changes_nothing(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10)
    with CaptureQueriesContext(connection) as queries:
        explain(member, workflow, now=NOW)
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert not Enrollment.objects.exists()
