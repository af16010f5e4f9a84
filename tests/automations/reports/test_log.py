"""The log answers for every member of every run, as it was then, and for what became of the message."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.models import Enrollment, Workflow, WorkflowRun
from automations.operations.workflow_runs import run_workflow
from automations.reports.log import LogRow, log_rows, planned_rows, run_rows
from members.models import Closure, Member
from members.operations.visits import record_visit
from messaging.channels.envelopes import Refused
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, UserFactory, WorkflowFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
MIDNIGHT = dt.datetime(2025, 9, 1, 0, 30, tzinfo=dt.UTC)


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def away(workflow: Workflow, *days: int | None, **more: Any) -> list[Member]:
    return [MemberFactory(club=workflow.club, days_away=each, **more) for each in days]


def run_at(workflow: Workflow, now: dt.datetime = NOW) -> list[LogRow]:
    return list(run_rows(run_workflow(workflow, as_of=now)[0]))


def only_row(workflow: Workflow, member: Member) -> LogRow:
    (row,) = [row for row in log_rows(workflow.club) if row.member_id == member.external_id]
    return row


def test_a_member_who_was_messaged_is_there_with_all_that_was_said(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    MemberFactory(club=workflow.club, external_id="M1", first_name="Zoë", phone="+155555501", days_away=10)
    (row,) = run_at(workflow, NOW)
    assert row.as_dict() == {
        "run_at": "2025-09-01T10:00:00Z",
        "workflow": "missed-class",
        "member_id": "M1",
        "first_name": "Zoë",
        "channel": "sms",
        "decision": "messaged",
        "reason": "due",
        "reason_text": "Last came on 22 August 2025, 10 days away.",
        "to": "+155555501",
        "body": "Hey Zoë, we missed you last week! Book your next class here 📌 https://book.example/",
        "status": "sent",
        "sent_at": "2025-09-01T10:00:00Z",
    }
    assert row.days == 10
    assert [envelope.text for envelope in provider.asked] == [row.body]


def test_a_member_who_was_skipped_has_no_message(workflow: Workflow, provider: ScriptedTransport) -> None:
    away(workflow, 6)
    (row,) = run_at(workflow)
    assert (row.decision, row.reason, row.days) == ("skipped", "attended_recently", 6)
    assert (row.to, row.body, row.status, row.sent_at) == ("", "", "", "")


def test_instants_are_utc_wherever_the_club_is(provider: ScriptedTransport) -> None:
    workflow = StepFactory(workflow__club=ClubFactory(time_zone="America/New_York")).workflow
    away(workflow, 10)
    (row,) = run_at(workflow, dt.datetime(2025, 9, 1, 10, tzinfo=workflow.club.zone))
    assert row.run_at == row.sent_at == "2025-09-01T14:00:00Z"


def test_each_run_has_each_member_once_and_the_newest_is_last(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    members = away(workflow, 3, 6, 10, 34, 40, None)
    for n in range(4):
        run_at(workflow, NOW + DAY * n)
    rows = list(log_rows(workflow.club))
    everyone = [member.external_id for member in members]
    assert [row.member_id for row in rows] == everyone * 4
    assert [row.run_at for row in rows] == [
        f"2025-09-0{day}T10:00:00Z" for day in (1, 2, 3, 4) for _ in everyone
    ]


def test_an_earlier_run_says_the_same_after_later_ones(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    comes, freezes, stays = away(workflow, 10, 3, 40)
    first = run_at(workflow)
    record_visit(member_id=comes.pk, attended_at=NOW + DAY, now=NOW + DAY)
    Member.objects.filter(pk=freezes.pk).update(membership_status="frozen")
    second = run_at(workflow, NOW + DAY)
    third = run_at(workflow, NOW + DAY * 9)
    assert list(log_rows(workflow.club)) == first + second + third
    assert [[row.reason for row in rows] for rows in (first, second, third)] == [
        ["due", "attended_recently", "inactive"],
        ["attended_recently", "frozen", "inactive"],
        ["due", "frozen", "inactive"],
    ]
    assert stays.external_id == third[2].member_id


def test_a_run_is_explained_by_the_rule_it_asked_not_by_a_later_one(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    away(workflow, 6, 40, 10)
    run_at(workflow, NOW - DAY)
    said = run_at(workflow)
    Workflow.objects.update(
        trigger_params={"min_days": 10, "max_days": 60, "hand_over": False}, cooldown_days=30
    )
    Closure.objects.create(club=workflow.club, starts_on=dt.date(2025, 8, 1), reopens_on=dt.date(2025, 8, 29))
    type(workflow.club).objects.update(time_zone="Pacific/Auckland")
    assert list(log_rows(workflow.club))[3:] == said
    assert [row.reason_text for row in said] == [
        "Last came on 26 August 2025, 6 days away, needs 7.",
        "Last came on 23 July 2025, 40 days away: 35 or more is too long for a message.",
        "Followed up on 31 August 2025: once per absence, and at most once in 7 days.",
    ]


def test_the_days_away_are_those_of_the_run_not_of_the_decision(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    away(workflow, 40)
    first, second = run_at(workflow), run_at(workflow, NOW + DAY)
    assert [rows[0].days for rows in (first, second)] == [40, 41]
    assert "41 days away" in second[0].reason_text


def test_days_away_are_told_only_where_the_workflow_counts_from_the_last_visit() -> None:
    workflow = WorkflowFactory(trigger="birthday", trigger_params={})
    MemberFactory(club=workflow.club, days_away=10, birthday_on=dt.date(1990, 9, 1))
    assert [(row.reason, row.days) for row in planned_rows(Question(workflow, NOW))] == [("due", None)]


def test_who_was_followed_up_is_told_since_when_even_after_the_next_time(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    (member,) = away(workflow, 10)
    run_at(workflow)
    run_at(workflow, NOW + DAY)
    said = "Followed up on 1 September 2025: once per absence, and at most once in 7 days."
    assert list(log_rows(workflow.club))[1].reason_text == said
    record_visit(member_id=member.pk, attended_at=NOW + DAY * 2, now=NOW + DAY * 2)
    run_at(workflow, NOW + DAY * 12)
    assert list(log_rows(workflow.club))[1].reason_text == said


def test_a_message_held_for_the_morning_is_queued_and_unsaid(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    (member,) = away(workflow, 10)
    (row,) = run_at(workflow, MIDNIGHT)
    assert (row.decision, row.status, row.body, row.sent_at) == ("messaged", "queued", "", "")
    assert row.to == member.phone
    deliver(clock=lambda: NOW)
    assert only_row(workflow, member).status == "sent"


def test_who_came_back_before_it_left_is_told_apart(workflow: Workflow, provider: ScriptedTransport) -> None:
    (member,) = away(workflow, 10)
    run_at(workflow, MIDNIGHT)
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    deliver(clock=lambda: NOW)
    row = only_row(workflow, member)
    assert (row.decision, row.reason, row.status, row.sent_at) == ("messaged", "due", "skipped", "")
    assert row.reason_text == "Last came on 22 August 2025, 10 days away. Not sent: came back before it left."
    assert provider.asked == []


def test_a_refused_message_is_failed_and_has_no_instant(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    away(workflow, 10)
    provider.will_answer(Refused("no such number"))
    (row,) = run_at(workflow)
    assert (row.status, row.sent_at) == ("failed", "")
    assert row.body


def test_the_first_message_of_several_steps_counts(workflow: Workflow, provider: ScriptedTransport) -> None:
    StepFactory(workflow=workflow, position=2)
    away(workflow, 10)
    (row,) = run_at(workflow)
    first, _second = Message.objects.order_by("step_run__position")
    Message.objects.filter(pk=first.pk).update(text_body="the first")
    assert (row.to, only_row(workflow, first.member).body) == (first.address, "the first")


def test_since_leaves_out_what_ran_before(workflow: Workflow, provider: ScriptedTransport) -> None:
    away(workflow, 40)
    for n in range(3):
        run_at(workflow, NOW + DAY * n)
    since = [row.run_at for row in log_rows(workflow.club, since=NOW + DAY)]
    assert since == ["2025-09-02T10:00:00Z", "2025-09-03T10:00:00Z"]


def test_another_clubs_runs_are_not_in_it(workflow: Workflow, provider: ScriptedTransport) -> None:
    other = StepFactory().workflow
    away(other, 10)
    run_at(other)
    assert list(log_rows(workflow.club)) == []


def test_a_check_of_one_member_shows_only_what_it_changed(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    came, other = away(workflow, 10, 40)
    run_at(workflow)
    Member.objects.filter(pk=came.pk).update(last_attended_at=NOW)
    evaluate_members(workflow, [came.pk, other.pk], now=NOW + DAY)
    run_at(workflow, NOW + DAY * 2)
    rows = [(row.run_at[:10], row.member_id, row.reason) for row in log_rows(workflow.club)]
    assert rows == [
        ("2025-09-01", came.external_id, "due"),
        ("2025-09-01", other.external_id, "inactive"),
        ("2025-09-02", came.external_id, "attended_recently"),
        ("2025-09-03", came.external_id, "attended_recently"),
        ("2025-09-03", other.external_id, "inactive"),
    ]


def test_it_is_read_in_chunks_that_leave_nobody_out(
    workflow: Workflow, provider: ScriptedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automations.reports.log.CHUNK", 2)
    members = away(workflow, 10, 3, 40, None, 11)
    planned = [row.member_id for row in planned_rows(Question(workflow, NOW))]
    assert planned == [row.member_id for row in run_at(workflow)] == [m.external_id for m in members]


def test_a_plan_decides_what_the_run_then_decides(workflow: Workflow, provider: ScriptedTransport) -> None:
    away(workflow, 3, 10, 40, None)
    for now in (NOW, NOW + DAY):
        planned = [(row.reason, row.reason_text, row.days) for row in planned_rows(Question(workflow, now))]
        assert planned == [(row.reason, row.reason_text, row.days) for row in run_at(workflow, now)]


def test_a_plan_writes_nothing(workflow: Workflow) -> None:
    away(workflow, 10, 40, is_recurring=True)
    with CaptureQueriesContext(connection) as queries:
        list(planned_rows(Question(workflow, NOW)))
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert not WorkflowRun.objects.exists()
    assert not Enrollment.objects.exists()


def test_days_on_which_the_club_was_shut_are_not_counted(
    workflow: Workflow, provider: ScriptedTransport
) -> None:
    away(workflow, 10)
    Closure.objects.create(
        club=workflow.club, starts_on=dt.date(2025, 8, 25), reopens_on=dt.date(2025, 8, 29)
    )
    (row,) = run_at(workflow)
    assert (row.reason, row.days) == ("attended_recently", 6)


def test_it_asks_the_database_as_often_for_sixty_as_for_three(provider: ScriptedTransport) -> None:
    asked = []
    for number in (3, 60):
        workflow = StepFactory().workflow
        for days in (10, 12, 40):
            away(workflow, *[days] * (number // 3), trainer=UserFactory(), is_recurring=True)
        run = run_workflow(workflow, as_of=NOW)[0]
        later = evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW + DAY))
        with CaptureQueriesContext(connection) as queries:
            rows = [*run_rows(run), *run_rows(later)]
        assert {row.reason for row in rows} == {"due", "cooldown", "inactive_recurring"}
        assert len(rows) == number * 2
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 14
