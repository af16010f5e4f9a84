"""A whole gym as a state machine: three workflows, every brake, and clocks that change while facts, staff and jobs do as
they like. Deaths of processes and what providers answer are in test_any_order."""

import datetime as dt
from contextlib import suppress
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from automations.engine import advancement, evaluation
from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import WorkflowDisabled, evaluate, evaluate_members, start_run
from automations.engine.fuse import RunHeld, held_run
from automations.models import Step, StepRun, Workflow, WorkflowRun
from automations.operations.brakes import FarMoreByNow, cancel, let_go, pause, resume
from automations.rules.brakes import Outcomes
from members.models import Booking, Member
from members.operations.visits import record_visit
from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import SendingSwitch
from messaging.operations.delivery import deliver
from tests.automations.engine.promises import CAP, CAP_DAYS, CEILING, DAY, FIRST, HOUR, MEMBERS, Promises
from tests.factories import (
    BookingFactory,
    ClassSessionFactory,
    ClubFactory,
    MemberFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

# Two days before the clocks of the club go back, and a month after those of Auckland went forward.
BEGIN = dt.datetime(2025, 10, 24, 3, tzinfo=dt.UTC)
ZONES = ("", "Pacific/Auckland", "Pacific/Honolulu")
who, which = st.integers(0, MEMBERS - 1), st.integers(0, 2)


class Gym(Promises):
    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.now = BEGIN
        self.sent: list[tuple[dt.datetime, int]] = []
        self.club = ClubFactory(
            time_zone="Europe/Zurich", hourly_ceiling=CEILING, cap_messages=CAP, cap_days=CAP_DAYS
        )
        self.template = MessageTemplateFactory(club=self.club)
        away = {"min_days": 3, "max_days": 35, "hand_over": True}
        self.workflows: list[Workflow] = [
            self.workflow("missed", 0, trigger_params=away, cooldown_days=7),
            self.workflow("missed-long", 1, trigger_params=away | {"min_days": 5}, cooldown_days=9),
            # A receipt: neither capped nor counted, as often as somebody books.
            self.workflow(
                "booked", 2, is_capped=False, trigger="booking_created", trigger_params={}, cooldown_days=0
            ),
        ]
        self.members: list[Member] = [
            MemberFactory(
                club=self.club,
                last_attended_at=self.now - days * DAY,
                is_recurring=bool(number % 2),
                time_zone=ZONES[number % 3],
            )
            for number, days in enumerate((1, 2, 4, 7, 9, 36))
        ]

    def workflow(self, slug: str, priority: int, **facts: Any) -> Workflow:
        workflow: Workflow = WorkflowFactory(
            club=self.club, slug=slug, priority=priority, fuse_first=FIRST, patience_hours=48, **facts
        )
        for position in (1, 2):
            StepFactory(
                workflow=workflow,
                position=position,
                delay=position - 1,
                action_params={"template": self.template.slug},
            )
        return workflow

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.rolled_back.__exit__(None, None, None)

    def a_workflow(self, which: int) -> Workflow:
        return Workflow.objects.select_related("club").get(pk=self.workflows[which].pk)

    @initialize()
    def a_first_day_with_every_brake_pulled(self) -> None:
        """So that whatever follows begins where all of them have had something to hold."""
        self.now = BEGIN.replace(hour=10)
        self.check_all()
        for workflow in range(3):
            for member in range(MEMBERS):
                self.check_one(workflow, member)
            self.a_person_decides(workflow, True)
        for member in range(MEMBERS):
            self.somebody_books(member, 100)
            self.check_one(2, member)
        self.take_steps()
        self.steps_are_edited(0, 1, "move")
        for stop in (
            self.every_workflow_is_paused_or_goes_on,
            self.sending_is_paused_for_all_clubs_or_goes_on,
        ):
            for is_paused in (True, False):
                stop(is_paused)
                self.send()
                self.now += 6 * dt.timedelta(minutes=1)
        self.ordinary_days(2)
        self.now = self.now.replace(hour=22)
        self.somebody_books(0, 100)
        self.check_one(2, 0)
        self.take_steps()
        self.send()

    def every_workflow_is_paused_or_goes_on(self, is_paused: bool) -> None:
        for workflow in range(3):
            self.a_workflow_is_paused_or_goes_on(workflow, is_paused)

    # --- Facts and clocks -------------------------------------------------------------------------
    @rule(who=who)
    def somebody_comes(self, who: int) -> None:
        record_visit(member_id=self.members[who].pk, attended_at=self.now, now=self.now)
        self.now += dt.timedelta(seconds=1)

    @rule(who=who, status=st.sampled_from(["active", "active", "frozen", "canceled"]))
    def a_membership_changes(self, who: int, status: str) -> None:
        Member.objects.filter(pk=self.members[who].pk).update(membership_status=status)

    @rule(who=who, ahead=st.sampled_from([2, 30, 100]))
    def somebody_books(self, who: int, ahead: int) -> None:
        session = ClassSessionFactory(club=self.club, starts_at=self.now + ahead * HOUR)
        booking = BookingFactory(member=self.members[who], class_session=session, club=self.club)
        Booking.objects.filter(pk=booking.pk).update(first_told_at=self.now)

    @rule(who=who, days=st.integers(3, 5))
    def somebody_comes_and_stays_away(self, who: int, days: int) -> None:
        self.somebody_comes(who)
        for _ in range(days):
            self.ordinary_days(1)

    @rule(minutes=st.sampled_from([1, 30, 60, 5 * 60, 12 * 60, 24 * 60, 24 * 60, 3 * 24 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)

    # --- Staff ------------------------------------------------------------------------------------
    @rule(which=which, is_on=st.sampled_from([True, True, False]))
    def a_workflow_is_switched(self, which: int, is_on: bool) -> None:
        Workflow.objects.filter(pk=self.workflows[which].pk).update(is_enabled=is_on)

    @rule(which=which, position=st.integers(1, 4), what=st.sampled_from(["add", "delete", "move", "move"]))
    def steps_are_edited(self, which: int, position: int, what: str) -> None:
        steps = list(Step.objects.filter(workflow=self.workflows[which]))
        if what == "add" and len(steps) < 3:
            params = {"template": self.template.slug}
            StepFactory(workflow=self.workflows[which], position=position, action_params=params)
        elif what == "move":
            # The first one comes last, also for those who have taken it already.
            Step.objects.filter(pk=steps[0].pk).update(position=steps[-1].position + 1)
        elif what == "delete" and len(steps) > 1:
            steps[0].delete()

    @rule(which=which, goes=st.booleans())
    def a_person_decides(self, which: int, goes: bool) -> None:
        if run := held_run(self.workflows[which]):
            with suppress(WorkflowDisabled, FarMoreByNow):
                if goes:
                    evaluate(let_go(run=run, seen=run.size or 0, now=self.now, by=None))
                else:
                    cancel(run=run, now=self.now, by=None)

    @rule(is_paused=st.booleans())
    def sending_is_paused_for_all_clubs_or_goes_on(self, is_paused: bool) -> None:
        SendingSwitch(is_paused=is_paused).save()

    @rule(which=which, is_paused=st.booleans())
    def a_workflow_is_paused_or_goes_on(self, which: int, is_paused: bool) -> None:
        if is_paused:
            pause(workflow_id=self.workflows[which].pk, because=Outcomes(20, 20, 0), now=self.now)
        else:
            resume(workflow_id=self.workflows[which].pk, now=self.now, by=None)

    # --- Jobs, at any moment and twice ------------------------------------------------------------
    @rule()
    def check_all(self) -> None:
        before = self.enrolled_while_held()
        evaluate_due_workflows(now=self.now)
        assert self.enrolled_while_held() == before

    @rule(which=which)
    def run_by_hand(self, which: int) -> None:
        with suppress(WorkflowDisabled, RunHeld):
            run = evaluate(start_run(self.a_workflow(which), kind=WorkflowRun.Kind.BY_HAND, now=self.now))
            self.everybody_has_one_standing_decision(run)

    @rule(which=which, who=who)
    def check_one(self, which: int, who: int) -> None:
        before = self.enrolled_while_held()
        with suppress(WorkflowDisabled):
            evaluate_members(self.a_workflow(which), [self.members[who].pk], now=self.now)
        assert self.enrolled_while_held() == before

    @rule()
    def take_steps(self) -> None:
        stopped = self.stopped()
        before = StepRun.objects.filter(enrollment__workflow__in=stopped).count()
        advance(now=self.now)
        assert StepRun.objects.filter(enrollment__workflow__in=stopped).count() == before

    @rule()
    def send(self) -> None:
        def take(envelope: Envelope) -> Outcome:
            self.sent.append((self.now, envelope.message_id))
            return Sent("p")

        before = len(self.sent)
        transport = mock.Mock(send=take)
        with mock.patch("messaging.operations.delivery.transport_for", return_value=transport):
            deliver(clock=lambda: self.now)
        for _at, message_id in self.sent[before:]:
            self.it_might_leave(message_id)

    @rule(days=st.integers(1, 4))
    def ordinary_days(self, days: int) -> None:
        for _ in range(days * 2):
            self.now += 12 * HOUR
            self.check_all()
            self.take_steps()
            self.send()


@pytest.mark.long
@pytest.mark.django_db
@override_settings(SMS_PER_SECOND=1e6, EMAILS_PER_SECOND=1e6, TRANSPORT="aws")
def test_whatever_happens_in_whatever_order_every_promise_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "RANGE", 3)
    monkeypatch.setattr(advancement, "BATCH", 3)
    run_state_machine_as_test(
        Gym,
        settings=settings(
            settings.get_profile("ci"),
            max_examples=8 if connection.vendor == "postgresql" else 3,
            stateful_step_count=12,
        ),
    )
