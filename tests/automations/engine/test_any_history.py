"""Whatever happens in whatever order: nobody twice, nobody at night, and every run accounts for everyone."""

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.evaluation import evaluate, evaluate_members, start_run
from automations.models import WorkflowRun
from automations.reports.log import run_rows
from members.models import Member
from members.operations.visits import record_visit
from messaging.channels.envelopes import Again, Envelope, Outcome, Refused, Sent, Unknown
from messaging.models import Message
from messaging.operations.consents import opt_out
from messaging.operations.delivery import deliver
from messaging.operations.outbox import sweep_messages
from tests.factories import NOW, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
MEMBERS = 4
member = st.integers(0, MEMBERS - 1)
happening = st.one_of(
    st.tuples(st.just("hours"), st.integers(1, 60)),
    st.tuples(st.just("hours"), st.just(7 * 24 + 11)),
    st.tuples(st.just("visit"), member),
    st.tuples(st.sampled_from(["active", "frozen", "canceled"]), member),
    st.tuples(st.just("opt_out"), member),
    st.tuples(st.sampled_from(["daily", "by_hand", "advance", "deliver", "sweep"]), st.just(0)),
    st.tuples(st.just("all_jobs"), st.just(0)),
)


class Provider:
    """Answers as it was told, in turn, and remembers whom it may have reached."""

    def __init__(self, answers: list[Outcome]) -> None:
        self.answers, self.calls = answers or [Sent("x")], 0
        self.perhaps_reached: Counter[int] = Counter()

    def send(self, envelope: Envelope) -> Outcome:
        answer = self.answers[self.calls % len(self.answers)]
        self.calls += 1
        self.perhaps_reached[envelope.message_id] += isinstance(answer, Sent | Unknown)
        return answer


class Gym:
    def __init__(self) -> None:
        self.now = NOW
        self.workflow = StepFactory().workflow
        self.members = [MemberFactory(club=self.workflow.club, days_away=3 + 9 * n) for n in range(MEMBERS)]

    def happen(self, what: str, number: int) -> None:  # noqa: C901
        who: Any = self.members[number % MEMBERS]
        match what:
            case "hours":
                self.now += dt.timedelta(hours=number)
            case "visit":
                record_visit(member_id=who.pk, attended_at=self.now, now=self.now)
                evaluate_members(self.workflow, [who.pk], now=self.now)
            case "active" | "frozen" | "canceled":
                Member.objects.filter(pk=who.pk).update(membership_status=what)
                evaluate_members(self.workflow, [who.pk], now=self.now)
            case "opt_out":
                opt_out(member_id=who.pk, channel="sms", source="test", words="", now=self.now)
            case "daily":
                evaluate_due_workflows(now=self.now)
            case "by_hand":
                evaluate(start_run(self.workflow, kind=WorkflowRun.Kind.BY_HAND, now=self.now))
            case "advance":
                advance(now=self.now)
            case "deliver":
                deliver(clock=lambda: self.now)
            case "all_jobs":
                for job in ("daily", "advance", "deliver"):
                    self.happen(job, 0)
            case "sweep":
                sweep_messages(now=self.now)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    history=st.lists(happening, min_size=10, max_size=30),
    answers=st.lists(
        st.sampled_from([Sent("a"), Sent("b"), Again("slow down"), Refused("no"), Unknown("dropped")]),
        max_size=5,
    ),
)
def test_nobody_is_messaged_twice_or_at_night_and_every_run_has_everyone_once(
    history: list[tuple[str, int]], answers: list[Outcome]
) -> None:
    provider = Provider(answers)
    with (
        transaction.atomic(),
        mock.patch("messaging.operations.delivery.transport_for", return_value=provider),
    ):
        gym = Gym()
        for what, number in history:
            gym.happen(what, number)
        assert all(times <= 1 for times in provider.perhaps_reached.values())
        everyone = Counter(each.external_id for each in gym.members)
        for run in WorkflowRun.objects.exclude(kind=WorkflowRun.Kind.IMMEDIATE):
            assert Counter(row.member_id for row in run_rows(run)) == everyone
        for each in gym.members:
            sent = list(Message.objects.filter(member=each, status="sent").order_by("sent_at"))
            assert all(8 <= message.sent_at.hour < 20 for message in sent)
            for earlier, later in pairwise(sent):
                between = each.visits.filter(
                    attended_at__gt=earlier.created_at, attended_at__lt=later.created_at
                )
                assert between.exists(), "two messages, yet no visit between them"
        transaction.set_rollback(True)
