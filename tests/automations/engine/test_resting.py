"""Whoever is away by their own word is left in peace, told why, and followed up again afterwards."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate
from automations.engine.explanation import explain
from automations.engine.resting import wake_rested
from automations.goals import GOALS
from automations.jobs import evaluate_members
from automations.models import Decision, Enrollment, StepRun, Workflow
from members.models import Member
from members.operations.pauses import end_pause, pause_member
from messaging.inbound.taking_in import take_in
from messaging.models import InboundMessage, Message, MessageTemplate
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MemberFactory,
    StepFactory,
    WorkflowRunFactory,
)
from tests.messaging.inbound.payloads import TOPIC, notification
from tests.reply_factories import InboundMessageFactory

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
BACK = dt.datetime(2025, 9, 15, tzinfo=dt.UTC)
BACK_ON = dt.date(2025, 9, 15)


@pytest.fixture
def workflow() -> Workflow:
    workflow: Workflow = StepFactory(workflow__trigger_params={"min_days": 7, "max_days": 35}).workflow
    return workflow


@pytest.fixture
def member(workflow: Workflow) -> Member:
    return MemberFactory(club=workflow.club, days_away=10)


def pause(member: Member, back_on: dt.date = BACK_ON) -> None:
    pause_member(member=member, back_on=back_on, why="injured", source="text message", now=NOW - HOUR)


def is_for_what_has_to_be_told() -> None:
    MessageTemplate.objects.update(category="service")


def decided(workflow: Workflow, now: dt.datetime = NOW) -> str:
    run = WorkflowRunFactory(workflow=workflow, as_of=now, checked_on=now.date())
    evaluate(run)
    return Decision.objects.get(until_run=None).reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (NOW - 2 * HOUR, "due"),
        (NOW, "paused"),
        (BACK - MINUTE, "paused"),
        (BACK, "due"),
        (BACK + DAY, "due"),
    ],
)
def test_nobody_is_enrolled_while_away(
    workflow: Workflow, member: Member, now: dt.datetime, reason: str
) -> None:
    pause(member)
    assert decided(workflow, now) == reason
    assert Enrollment.objects.exists() == (reason == "due")


def test_an_ended_pause_keeps_nobody_out(workflow: Workflow, member: Member) -> None:
    pause(member)
    assert end_pause(member_id=member.pk, now=NOW)
    assert not end_pause(member_id=member.pk, now=NOW)
    assert decided(workflow) == "due"


def test_what_has_to_be_told_is_told_all_the_same(workflow: Workflow, member: Member) -> None:
    is_for_what_has_to_be_told()
    pause(member)
    assert decided(workflow) == "due"
    advance(now=NOW)
    assert deliver(clock=lambda: NOW) == {"sent": 1}


def test_the_next_step_waits_until_they_are_back_and_is_not_too_late_then(
    workflow: Workflow, member: Member
) -> None:
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    pause(member)
    assert advance(now=NOW) == {"waiting": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.due_at) == ("active", BACK)
    assert advance(now=BACK - MINUTE) == {}
    # A day's break of the workers does not make it too late.
    assert advance(now=BACK + DAY) == {"arrived": 1, "done": 1}
    assert StepRun.objects.get().outcome == "done"


def test_who_ends_it_early_goes_on_at_once(workflow: Workflow, member: Member) -> None:
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    bystander = EnrollmentFactory(workflow=workflow, due_at=BACK)
    pause(member)
    advance(now=NOW)
    assert wake_rested([member.pk, bystander.member_id], now=NOW + HOUR) == 0
    end_pause(member_id=member.pk, now=NOW + HOUR)
    assert wake_rested([member.pk, bystander.member_id], now=NOW + HOUR) == 1
    enrollment.refresh_from_db()
    assert enrollment.due_at == NOW + HOUR


def test_the_job_that_hears_of_it_wakes_them(workflow: Workflow, member: Member) -> None:
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    now = timezone.now()
    ahead = (now + 9 * DAY).date()
    pause_member(member=member, back_on=ahead, why="away", source="page", now=now - DAY)
    Enrollment.objects.update(due_at=dt.datetime.combine(ahead, dt.time(0), dt.UTC))
    end_pause(member_id=member.pk, now=now)
    evaluate_members([member.pk])
    enrollment.refresh_from_db()
    assert enrollment.due_at < now + HOUR


@pytest.mark.parametrize(
    ("back_on", "counts", "reason"),
    [(BACK_ON, {"skipped": 1}, "paused"), (dt.date(2025, 9, 3), {"held": 1}, "paused")],
)
def test_what_was_in_the_outbox_already_waits_or_is_not_sent(
    workflow: Workflow, member: Member, back_on: dt.date, counts: dict[str, int], reason: str
) -> None:
    EnrollmentFactory(workflow=workflow, member=member)
    advance(now=NOW)
    pause(member, back_on)
    assert deliver(clock=lambda: NOW) == counts
    assert Message.objects.get().reason == reason


def test_it_is_explained_with_the_day_and_when_it_goes_on(workflow: Workflow, member: Member) -> None:
    pause(member)
    said = explain(member, workflow, now=NOW)
    assert (said.decided, said.why) == (
        "paused",
        "Away by their own word, so left in peace until they are back.",
    )
    (gate,) = [gate for gate in said.gates if not gate.passes]
    assert (gate.question, gate.seen) == ("not away by their own word", "back on 15 September 2025")
    assert said.next_at == BACK + 8 * HOUR
    fine = explain(MemberFactory(club=workflow.club, days_away=10), workflow, now=NOW)
    assert ("not away by their own word", "nothing said") in [(g.question, g.seen) for g in fine.gates]


# --- Replies as a goal --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "taken_as", "is_reached"),
    [
        (NOW - MINUTE, "reply", False),
        (NOW, "reply", False),
        (NOW + MINUTE, "reply", True),
        (NOW + 2 * HOUR, "reply", False),
        (NOW + MINUTE, "stop", False),
        (NOW + MINUTE, "away", False),
    ],
)
def test_an_answer_after_the_beginning_reaches_the_goal(
    workflow: Workflow, member: Member, at: dt.datetime, taken_as: str, is_reached: bool
) -> None:
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    InboundMessageFactory(member=member, received_at=at, taken_as=taken_as)
    InboundMessageFactory(member=MemberFactory(club=ClubFactory()), received_at=NOW + MINUTE)
    found = GOALS["replied"].reached(
        Enrollment.objects.filter(pk=enrollment.pk), NOW + HOUR, workflow.club.zone, "enrolled_at"
    )
    assert found == ({enrollment.pk: at} if is_reached else {})


def test_who_wrote_back_takes_no_further_step(workflow: Workflow, member: Member) -> None:
    workflow.goal = "replied"
    workflow.save()
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    InboundMessageFactory(member=member, received_at=NOW + MINUTE)
    assert advance(now=NOW + HOUR) == {"reached": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.end_reason) == ("done", "goal")
    assert InboundMessage.objects.count() == 1


def test_who_wrote_back_by_whatsapp_takes_none_either(
    workflow: Workflow, member: Member, settings: Any
) -> None:
    settings.EVENT_TOPICS = [TOPIC]
    workflow.goal = "replied"
    workflow.save()
    Member.objects.filter(pk=member.pk).update(phone="+41791234567")
    enrollment = EnrollmentFactory(workflow=workflow, member=member)
    take_in([notification("whatsapp_message", address="+41791234567")], now=NOW + HOUR)
    assert advance(now=NOW + HOUR) == {"reached": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.end_reason) == ("done", "goal")
