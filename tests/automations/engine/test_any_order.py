"""A gym where anything may happen in any order, processes die anywhere, and the provider answers as it likes."""

import datetime as dt
from collections import Counter, defaultdict
from contextlib import suppress
from itertools import pairwise
from unittest import mock

import pytest
from django.db import transaction
from django.db.models import F, Q
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from automations.engine import advancement, evaluation
from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import WorkflowDisabled, evaluate, evaluate_members, start_run
from automations.models import Enrollment, Step, Workflow, WorkflowRun
from automations.reports.log import log_rows, run_rows
from members.models import Member
from members.operations.visits import record_visit
from messaging.channels.envelopes import Again, Outcome, Refused, Sent, Unknown
from messaging.models import Message
from messaging.operations.delivery import deliver
from messaging.operations.outbox import sweep_messages
from tests.automations.engine.dying import Dies, Provider, dying_in_range
from tests.factories import NOW, ClosureFactory, ConsentRecordFactory, MemberFactory, StepFactory

MOST_MEMBERS = 6
CAP_DAYS, CEILING = 3, 2
ZONES = ("", "Pacific/Auckland", "Pacific/Honolulu")
ANSWERS = [Sent("p"), Sent("p"), Again("slow down"), Refused("no"), Unknown("?"), Dies()]
who = st.integers(0, MOST_MEMBERS - 1)


class Gym(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.now = NOW.replace(hour=3)
        # Somebody who comes once and stays away again is due before the cooldown is over.
        params = {"min_days": 3, "max_days": 35, "hand_over": True}
        self.workflow: Workflow = StepFactory(workflow__trigger_params=params).workflow
        StepFactory(workflow=self.workflow, position=2, delay=2)
        # The second step is due sooner than the club's limit lets a second message go.
        self.workflow.club.cap_messages, self.workflow.club.cap_days = 1, CAP_DAYS
        self.workflow.club.hourly_ceiling = CEILING
        self.workflow.club.save_without_historical_record()
        self.provider = Provider()
        self.members: list[Member] = []
        self.taken_at: dict[int, dt.datetime] = {}
        for days_away in (3, 6, 8, 33):
            self.somebody_joins(days_away)

    def teardown(self) -> None:
        try:
            self.in_the_end_nothing_is_left_in_hand()
        finally:
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)

    # --- Facts ------------------------------------------------------------------------------------
    @rule(days_away=st.integers(0, 40))
    def somebody_joins(self, days_away: int) -> None:
        number = len(self.members)
        if number < MOST_MEMBERS:
            last = self.now - dt.timedelta(days=days_away)
            self.members.append(
                MemberFactory(
                    club=self.workflow.club,
                    last_attended_at=last,
                    is_recurring=bool(number % 2),
                    membership_level="Gold" if number % 3 else "",
                    time_zone=ZONES[number % 3],
                )
            )

    @rule(who=who, at_once=st.booleans())
    def somebody_comes(self, who: int, at_once: bool) -> None:
        member = self.members[who % len(self.members)]
        record_visit(member_id=member.pk, attended_at=self.now, now=self.now)
        self.now += dt.timedelta(seconds=1)
        if at_once:
            self.check_one(who)

    @rule(who=who, status=st.sampled_from(["active", "active", "frozen", "canceled"]), at_once=st.booleans())
    def a_membership_changes(self, who: int, status: str, at_once: bool) -> None:
        Member.objects.filter(pk=self.members[who % len(self.members)].pk).update(membership_status=status)
        if at_once:
            self.check_one(who)

    @rule(who=who, is_granted=st.booleans())
    def somebody_has_a_word_about_texts(self, who: int, is_granted: bool) -> None:
        member = self.members[who % len(self.members)]
        ConsentRecordFactory(member=member, is_granted=is_granted, recorded_at=self.now)

    @rule(ago=st.integers(0, 9))
    def it_turns_out_that_the_club_was_shut(self, ago: int) -> None:
        day = self.now.date() - dt.timedelta(days=ago)
        ClosureFactory(club=self.workflow.club, starts_on=day, reopens_on=day + dt.timedelta(days=1))

    @rule(hours=st.sampled_from([1, 5, 12, 24, 24, 48, 24 * 7, 24 * 8]))
    def time_goes_by(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    # --- Staff ------------------------------------------------------------------------------------
    @rule(is_on=st.sampled_from([True, True, False]))
    def the_workflow_is_switched(self, is_on: bool) -> None:
        Workflow.objects.filter(pk=self.workflow.pk).update(is_enabled=is_on)

    @rule(
        position=st.integers(1, 4), which=st.integers(0, 3), what=st.sampled_from(["add", "delete", "move"])
    )
    def steps_are_edited(self, position: int, which: int, what: str) -> None:
        steps = list(Step.objects.filter(workflow=self.workflow))
        if what == "add" and len(steps) < 4:
            StepFactory(workflow=self.workflow, position=position, delay=position % 2)
        elif what == "move" and steps:
            Step.objects.filter(pk=steps[which % len(steps)].pk).update(position=position)
        elif len(steps) > 1:
            steps[which % len(steps)].delete()

    @rule(
        window=st.sampled_from([(3, 35), (2, 6), (5, 7)]),
        gold=st.booleans(),
        patience=st.sampled_from([6, 72]),
    )
    def the_question_is_edited(self, window: tuple[int, int], gold: bool, patience: int) -> None:
        only_gold = {"field": "membership_level", "operator": "is", "value": "Gold"}
        self.workflow.trigger_params |= dict(zip(("min_days", "max_days"), window, strict=True))
        self.workflow.conditions = {"match": "all", "rules": [only_gold]} if gold else {}
        self.workflow.patience_hours = patience
        self.workflow.save(update_fields=["trigger_params", "conditions", "patience_hours"])

    @rule(is_paused=st.sampled_from([False, False, True]))
    def the_kill_switch(self, is_paused: bool) -> None:
        self.workflow.club.sending_paused = is_paused
        self.workflow.club.save_without_historical_record()

    # --- Jobs, at any moment, twice, or dying -----------------------------------------------------
    @rule(dies_in=st.sampled_from([0, 0, 1, 2]))
    def daily_check(self, dies_in: int) -> None:
        with dying_in_range(dies_in):
            evaluate_due_workflows(now=self.now)

    @rule(dies_in=st.sampled_from([0, 1, 2]))
    def run_by_hand(self, dies_in: int) -> None:
        workflow = Workflow.objects.get(pk=self.workflow.pk)
        with dying_in_range(dies_in):
            if workflow.is_enabled:
                evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=self.now))

    @rule(who=who)
    def check_one(self, who: int) -> None:
        with suppress(WorkflowDisabled):
            evaluate_members(self.workflow, [self.members[who % len(self.members)].pk], now=self.now)

    @rule()
    def take_steps(self) -> None:
        advance(now=self.now)

    @rule(answer=st.sampled_from(ANSWERS))
    def send(self, answer: Outcome | Dies) -> None:
        self.provider.answer = answer
        before = len(self.provider.took)
        answering = mock.patch("messaging.operations.delivery.transport_for", return_value=self.provider)
        with answering, suppress(Dies):
            deliver(clock=lambda: self.now)
        for message_id in self.provider.took[before:]:
            self.taken_at.setdefault(message_id, self.now)
            self.nobody_is_told_what_is_not_true(message_id)

    @rule()
    def sweep(self) -> None:
        """So late that whoever held something counts as dead."""
        sweep_messages(now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
        # By the gym's own clock, as the ceiling counts them.
        Message.objects.filter(status="unknown", ended_at__gt=self.now).update(ended_at=self.now)

    @rule()
    def an_ordinary_quarter_of_an_hour(self) -> None:
        self.daily_check(0)
        self.take_steps()
        self.send(Sent("p"))

    @rule(who=who, days=st.integers(1, 5))
    def somebody_comes_and_stays_away(self, who: int, days: int) -> None:
        self.somebody_comes(who, at_once=False)
        for _ in range(days):
            self.now += dt.timedelta(days=1)
            self.an_ordinary_quarter_of_an_hour()

    # --- What always holds ------------------------------------------------------------------------
    def nobody_is_told_what_is_not_true(self, message_id: int) -> None:
        message = Message.objects.select_related("member__club", "step_run__enrollment").get(pk=message_id)
        member, enrollment = message.member, message.step_run.enrollment
        assert 8 <= self.now.astimezone(member.zone).hour < 20
        assert member.last_attended_at < enrollment.enrolled_at
        assert member.membership_status == "active"
        word = member.consent_records.first()
        assert word is None or word.is_granted

    @invariant()
    def no_message_is_taken_twice(self) -> None:
        assert max(Counter(self.provider.took).values(), default=1) == 1

    @invariant()
    def nobody_gets_more_than_the_club_allows(self) -> None:
        told: dict[int, list[dt.datetime]] = defaultdict(list)
        for message in Message.objects.filter(pk__in=self.taken_at):
            told[message.member_id].append(self.taken_at[message.pk])
        for times in map(sorted, told.values()):
            for earlier, later in pairwise(times):
                assert later - earlier >= dt.timedelta(days=CAP_DAYS)

    @invariant()
    def no_hour_has_more_than_the_club_allows(self) -> None:
        """Whatever may have left counts, also where the process died or no answer came."""
        times = sorted(self.taken_at.values())
        for first, beyond in zip(times, times[CEILING:], strict=False):
            assert beyond - first >= dt.timedelta(hours=1)

    @invariant()
    def one_follow_up_per_absence_and_cooldown(self) -> None:
        for member in self.members:
            enrolled = list(Enrollment.objects.filter(member=member).order_by("enrolled_at"))
            for earlier, later in pairwise(enrolled):
                assert later.enrolled_at - earlier.enrolled_at >= dt.timedelta(days=7)
                assert member.visits.filter(
                    attended_at__range=(earlier.enrolled_at, later.enrolled_at)
                ).exists()

    @invariant()
    def every_whole_run_has_everyone_once(self) -> None:
        for run in WorkflowRun.objects.filter(workflow=self.workflow).exclude(
            kind=WorkflowRun.Kind.IMMEDIATE
        ):
            rows = Counter(row.member_id for row in run_rows(run))
            expected = {each.external_id for each in self.members if each.pk <= run.reached_id}
            assert set(rows) >= expected if run.finished_at else set(rows) <= expected
            assert max(rows.values(), default=1) == 1

    @invariant()
    def every_follow_up_is_in_the_log_once(self) -> None:
        due = Counter(row.member_id for row in log_rows(self.workflow.club) if row.reason == "due")
        # Whom a run under way has not reached yet is in the log as soon as it has.
        ahead = Q(run__finished_at=None, member__gt=F("run__reached_id"))
        enrolled = Enrollment.objects.filter(workflow=self.workflow).exclude(ahead)
        assert due == Counter(enrolled.values_list("member__external_id", flat=True))

    def in_the_end_nothing_is_left_in_hand(self) -> None:
        self.the_workflow_is_switched(True)
        self.the_kill_switch(False)
        self.sweep()
        for half_day in range(36):
            self.now += dt.timedelta(hours=12)
            if half_day == 2:
                # Away again for long enough before the cooldown is over.
                for who in range(len(self.members)):
                    self.somebody_comes(who, at_once=False)
            self.daily_check(0)
            self.take_steps()
            self.send(Sent("p"))
        self.every_whole_run_has_everyone_once()
        self.every_follow_up_is_in_the_log_once()
        self.nobody_gets_more_than_the_club_allows()
        self.no_hour_has_more_than_the_club_allows()
        self.one_follow_up_per_absence_and_cooldown()
        assert not WorkflowRun.objects.filter(workflow=self.workflow, finished_at=None).exists()
        statuses = set(Message.objects.filter(club=self.workflow.club).values_list("status", flat=True))
        assert statuses <= {"sent", "failed", "unknown", "skipped"}
        assert not Enrollment.objects.filter(workflow=self.workflow, status="active").exists()
        written = Message.objects.filter(club=self.workflow.club).values_list("pk", flat=True)
        sent, unknown = set(written.filter(status="sent")), set(written.filter(status="unknown"))
        assert sent <= set(self.provider.took) <= sent | unknown


@pytest.mark.long
@pytest.mark.django_db
@override_settings(SMS_PER_SECOND=1e6, EMAILS_PER_SECOND=1e6, TRANSPORT="aws")
def test_nobody_is_told_twice_at_night_or_in_error_and_nobody_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "RANGE", 2)
    monkeypatch.setattr(advancement, "BATCH", 2)
    run_state_machine_as_test(
        Gym,
        settings=settings(
            settings.get_profile("ci"),
            # Each ends with 18 days in which whatever limits the messages has to do so.
            max_examples=5,
            stateful_step_count=25,
        ),
    )
