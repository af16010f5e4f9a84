"""Follow-up status: whom entering one concerns on which day, once per stay, and where somebody who comes back goes on."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.advancement import advance
from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Decision, Enrollment, StepRun, Workflow
from automations.triggers import TRIGGERS
from members.models import FollowUpStatus, Member, StaffTask
from members.operations.follow_up import following_up, refresh_follow_up
from members.rules.days import AwayClock
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    AgreementFactory,
    ClubFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
TRIGGER = TRIGGERS["follow_up_status"]
PARAMS = {"status": "delinquent", "within_days": 7, "on_return": "go_on"}
DAY = dt.timedelta(days=1)
CALL = {"description": "Call", "priority": "low", "due_in_days": 1, "assignee": "round_robin"}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def workflow_for(club, **params) -> Workflow:
    """A text at once and a staff task three days later."""
    workflow = WorkflowFactory(
        club=club,
        slug="delinquent",
        trigger="follow_up_status",
        trigger_params=PARAMS | params,
        cooldown_days=0,
    )
    StepFactory(
        workflow=workflow, action_params={"template": MessageTemplateFactory(club=club, name="Pay").slug}
    )
    StepFactory(workflow=workflow, position=2, delay=3, action="open_staff_task", action_params=CALL)
    return workflow


@pytest.fixture
def agreement(club):
    return known(AgreementFactory(member__club=club))


def known(agreement):
    """Its member is an active customer already; a first status would be as old as its facts."""
    refresh_follow_up(club=agreement.club, member_ids=[agreement.member_id], now=NOW - 10 * DAY)
    return agreement


def owe(agreement, amount: int, now: dt.datetime) -> None:
    """The billing system says so, and every workflow is asked at once, as the bell would have it."""
    with following_up(club=agreement.club, member_ids=[agreement.member_id], now=now):
        agreement.past_due = amount
        agreement.save()
    for workflow in Workflow.objects.filter(is_enabled=True):
        evaluate(start_run(workflow, kind="by_hand", now=now))
    advance(now=now)
    deliver(clock=lambda: now)


def decided(member: Member, now: dt.datetime, **params) -> str:
    workflow = WorkflowFactory.build(
        club=member.club, pk=0, trigger="follow_up_status", trigger_params=PARAMS | params
    )
    return Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)


@pytest.mark.parametrize(
    ("zone", "since", "now", "reason"),
    [
        ("UTC", "2025-08-26T00:00:00Z", "2025-09-01T10:00:00Z", "due"),
        ("UTC", "2025-08-25T00:00:00Z", "2025-09-01T10:00:00Z", "due"),
        ("UTC", "2025-08-24T23:59:59Z", "2025-09-01T10:00:00Z", "too_long_ago"),
        # The seventh day before, on either side of the date line.
        ("Pacific/Auckland", "2025-08-24T12:00:00Z", "2025-09-01T10:00:00Z", "due"),
        ("Pacific/Auckland", "2025-08-24T11:59:59Z", "2025-09-01T10:00:00Z", "too_long_ago"),
        ("Pacific/Honolulu", "2025-08-24T10:00:00Z", "2025-09-01T09:59:59Z", "due"),
        ("Pacific/Honolulu", "2025-08-24T10:00:00Z", "2025-09-01T10:00:00Z", "too_long_ago"),
        # A week with the night of 23 hours and one with that of 25.
        ("America/New_York", "2025-03-03T05:00:00Z", "2025-03-10T04:00:00Z", "due"),
        ("America/New_York", "2025-03-03T04:59:59Z", "2025-03-10T04:00:00Z", "too_long_ago"),
        ("America/New_York", "2025-10-27T04:00:00Z", "2025-11-03T05:00:00Z", "due"),
        ("America/New_York", "2025-10-27T03:59:59Z", "2025-11-03T05:00:00Z", "too_long_ago"),
        # 29 February is a day like any other.
        ("UTC", "2024-02-23T00:00:00Z", "2024-03-01T10:00:00Z", "due"),
        ("UTC", "2024-02-22T23:59:59Z", "2024-03-01T10:00:00Z", "too_long_ago"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone, since, now, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone))
    Member.objects.update(follow_up_status="delinquent", follow_up_status_since=at(since))
    assert decided(member, at(now)) == reason


@pytest.mark.parametrize("status", FollowUpStatus.values)
def test_only_the_status_itself_counts(status):
    member = MemberFactory()
    Member.objects.update(follow_up_status=status, follow_up_status_since=NOW)
    assert decided(member, NOW) == ("due" if status == "delinquent" else "other_status")
    assert decided(member, NOW, status=status) == "due"


def test_who_has_no_status_yet_is_not_concerned():
    member = MemberFactory()
    assert decided(member, NOW) == "other_status"
    assert "no follow-up status yet" in explain(member, workflow_for(member.club), now=NOW).why


def test_entering_sends_at_once_and_once_per_stay(club, agreement, provider: ScriptedTransport):
    workflow_for(club)
    owe(agreement, 4000, NOW)
    owe(agreement, 5000, NOW + DAY)
    assert [envelope.message_id for envelope in provider.asked] == [Message.objects.get().pk]
    assert Enrollment.objects.get().occurrence.startswith("delinquent:2025-09-01")


def test_who_leaves_the_status_is_left_alone(club, agreement, provider: ScriptedTransport):
    workflow_for(club)
    owe(agreement, 4000, NOW)
    owe(agreement, 0, NOW + DAY)
    advance(now=NOW + DAY * 4)
    assert (Enrollment.objects.get().end_reason, StaffTask.objects.count()) == ("other_status", 0)


def test_a_message_that_waits_is_not_sent_to_who_left_the_status(
    club, agreement, provider: ScriptedTransport
):
    club.send_from, club.send_until = dt.time(12), dt.time(13)
    club.save()
    workflow_for(club)
    owe(agreement, 4000, NOW)
    owe(agreement, 0, NOW + DAY / 24)
    assert deliver(clock=lambda: NOW.replace(hour=12)) == {"skipped": 1}
    assert Message.objects.get().reason == "other_status"
    assert provider.asked == []


def test_a_stay_goes_on_however_long_ago_it_began(club, agreement, provider: ScriptedTransport):
    """How long ago counts when somebody enters the workflow, not for the steps after that."""
    workflow = workflow_for(club, within_days=1)
    owe(agreement, 4000, NOW)
    assert decided(agreement.member, NOW + DAY * 3, within_days=1) == "too_long_ago"
    advance(now=NOW + DAY * 3)
    assert StaffTask.objects.count() == 1
    assert workflow.enrollments.get().status == "done"


@pytest.mark.parametrize(("on_return", "messages"), [("go_on", 1), ("start_again", 2)])
def test_who_comes_back_goes_on_or_starts_again(
    on_return, messages, club, agreement, provider: ScriptedTransport
):
    workflow = workflow_for(club, on_return=on_return)
    owe(agreement, 4000, NOW)
    owe(agreement, 0, NOW + DAY)
    owe(agreement, 4000, NOW + DAY * 10)
    advance(now=NOW + DAY * 13)
    assert len(provider.asked) == messages
    # The task, which the first stay was too short for, is opened three days into the second.
    assert StaffTask.objects.count() == 1
    assert sorted(workflow.enrollments.values_list("status", flat=True)) == ["done", "exited"]


def test_who_had_everything_gets_nothing_when_she_comes_back(club, agreement, provider: ScriptedTransport):
    workflow = workflow_for(club)
    owe(agreement, 4000, NOW)
    advance(now=NOW + DAY * 3)
    owe(agreement, 0, NOW + DAY * 4)
    owe(agreement, 4000, NOW + DAY * 30)
    advance(now=NOW + DAY * 40)
    assert (len(provider.asked), StaffTask.objects.count()) == (1, 1)
    assert list(workflow.enrollments.values_list("status", flat=True)) == ["done", "done"]


def test_a_step_whose_message_never_left_is_taken_on_return(club, agreement, provider: ScriptedTransport):
    workflow_for(club)
    owe(agreement, 4000, NOW)
    Message.objects.update(status=Message.Status.SKIPPED, reason="other_status")
    owe(agreement, 0, NOW + DAY)
    owe(agreement, 4000, NOW + DAY * 2)
    assert len(provider.asked) == 2


def test_a_return_between_two_steps_is_a_new_stay(club, agreement, provider: ScriptedTransport):
    workflow = workflow_for(club, on_return="start_again")
    owe(agreement, 4000, NOW)
    for hours, amount in ((1, 0), (2, 4000)):
        with following_up(club=club, member_ids=[agreement.member_id], now=NOW + dt.timedelta(hours=hours)):
            agreement.past_due = amount
            agreement.save()
    evaluate(start_run(workflow, kind="by_hand", now=NOW + DAY / 2))
    advance(now=NOW + DAY / 2)
    advance(now=NOW + DAY * 4)
    assert sorted(workflow.enrollments.values_list("end_reason", flat=True)) == ["", "came_back"]
    assert StaffTask.objects.count() == 1


def test_where_one_goes_on_costs_one_statement_for_all(club, django_assert_max_num_queries):
    workflow = workflow_for(club)
    first = known(AgreementFactory(member__club=club))
    owe(first, 4000, NOW)
    owe(first, 0, NOW + DAY)
    agreements = [first, *(known(AgreementFactory(member__club=club)) for _ in range(6))]
    for agreement in agreements:
        with following_up(club=club, member_ids=[agreement.member_id], now=NOW + DAY * 2):
            agreement.past_due = 1
            agreement.save()
    evaluate(start_run(workflow, kind="by_hand", now=NOW + DAY * 2))
    with django_assert_max_num_queries(30):
        advance(now=NOW + DAY * 2)
    assert StepRun.objects.count() == 7


@pytest.mark.parametrize(
    ("status", "since", "says"),
    [
        ("delinquent", NOW, "“Delinquent Customer” since 1 September 2025."),
        (
            "lead",
            NOW - DAY,
            "Has had another follow-up status than “Delinquent Customer” since 31 August 2025.",
        ),
        (
            "delinquent",
            NOW - DAY * 8,
            "“Delinquent Customer” since 24 August 2025, which is more than 7 days ago.",
        ),
    ],
)
def test_it_says_why(club, status, since, says):
    member = MemberFactory(club=club)
    workflow = workflow_for(club)
    Member.objects.update(follow_up_status=status, follow_up_status_since=since)
    member.refresh_from_db()
    explanation = explain(member, workflow, now=NOW)
    assert explanation.why == says
    assert [gate.passes for gate in explanation.gates[:2]] == [status == "delinquent", since > NOW - DAY * 8]


def test_what_is_planned_says_what_would_change_it(club, agreement):
    workflow = workflow_for(club)
    with following_up(club=club, member_ids=[agreement.member_id], now=NOW):
        agreement.past_due = 1
        agreement.save()
    said = explain(Member.objects.get(), workflow, now=NOW).what_next
    assert said.startswith("John will be texted on ")
    assert said.endswith(" unless the status changes before.")


def test_a_decision_is_kept_for_everybody(club, agreement, provider: ScriptedTransport):
    MemberFactory(club=club)
    workflow_for(club)
    owe(agreement, 4000, NOW)
    assert sorted(Decision.objects.values_list("reason", flat=True)) == ["due", "other_status"]


def test_both_sides_of_its_limit_are_shown_the_nearest_first():
    inside, outside = TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), PARAMS)
    assert inside.distance(NOW - DAY * 7) == (7, "for 7 days")
    assert outside.distance(NOW - DAY * 8) == (8, "for 8 days")
    assert inside.distance(NOW)[1] == "since today"


@pytest.mark.parametrize(
    "params",
    [PARAMS | {"status": "asleep"}, PARAMS | {"within_days": 0}, PARAMS | {"on_return": "perhaps"}, {}],
)
def test_it_refuses_parameters_that_make_no_sense(params):
    with pytest.raises(ValidationError):
        TRIGGER.clean(params, None)


def test_it_says_what_it_does():
    params = TRIGGER.clean(PARAMS, None)
    assert TRIGGER.sentence(params) == "When somebody becomes “Delinquent Customer”"
    assert TRIGGER.afterthought(params) == ""
    assert "starts with the first step again" in TRIGGER.afterthought(params | {"on_return": "start_again"})
