"""What the engine makes of a trigger for things that happen: nothing later ends them, and they can be too late."""

import datetime as dt
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

import pytest
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from automations.engine.classification import Question
from automations.engine.explanation import explain
from automations.engine.recheck import end_reasons
from automations.models import Enrollment, Reason, Workflow
from automations.triggers import TRIGGERS, Occurrences, Trigger
from automations.triggers.base import LOOKBACK
from members.models import Agreement, Booking, Club, Document, Member, Payment, Visit
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory, WorkflowFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Visited(Trigger):
    """Happens with each visit."""

    kind = "visited"
    label = "Visited"
    calls_off: frozenset[str] = frozenset()

    def sentence(self, params: dict[str, Any]) -> str:
        return "When a member has visited"

    def occurrences(
        self, club: Club, now: dt.datetime, params: dict[str, Any], before: QuerySet[Enrollment]
    ) -> Occurrences:
        return Occurrences(
            members=Member.objects.filter(club=club),
            kept_out=[
                (Reason.NO_OCCASION, Q(last_attended_at=None) | Q(last_attended_at__lt=now - LOOKBACK)),
            ],
            key=Concat(Value("visit:"), Cast("last_attended_at", CharField())),
            fact_at=F("last_attended_at"),
            only_at_entry=frozenset({Reason.NO_OCCASION}),
            lasts_for=DAY,
        )

    def over(
        self, club: Club, now: dt.datetime, params: dict[str, Any], occurrences: Collection[str]
    ) -> dict[str, str]:
        return dict.fromkeys(self.calls_off & set(occurrences), "called_off")

    def reason_text(self, reason: str, fact_at: Any, clock: Any, params: Any) -> str:
        return f"{reason}."

    def gates(self, member: Member, clock: Any, params: Any) -> list[Any]:
        return [((Reason.NO_OCCASION,), "visited", "")]


@pytest.fixture
def visited(monkeypatch: pytest.MonkeyPatch) -> Visited:
    trigger = Visited()
    monkeypatch.setitem(TRIGGERS._blocks, "visited", trigger)
    return trigger


@pytest.fixture
def workflow(visited: Visited) -> Workflow:
    made: Workflow = WorkflowFactory(trigger="visited", trigger_params={}, patience_hours=24)
    StepFactory(workflow=made)
    return made


@pytest.mark.parametrize(
    ("ago", "reason"),
    [
        (2 * DAY - HOUR, Reason.DUE),
        (2 * DAY, Reason.DUE),
        (2 * DAY + HOUR, Reason.MISSED),
        (LOOKBACK, Reason.MISSED),
        (LOOKBACK + HOUR, Reason.NO_OCCASION),
    ],
)
def test_what_happened_is_due_then_missed_then_out_of_sight(
    workflow: Workflow, ago: dt.timedelta, reason: Reason
) -> None:
    member = MemberFactory(club=workflow.club, last_attended_at=NOW - ago)
    assert Question(workflow, NOW).members().get(pk=member.pk).decided == reason
    explanation = explain(member, workflow, now=NOW)
    assert explanation.decided == reason
    assert [gate.reason for gate in explanation.gates if not gate.passes] == [reason] * (reason != Reason.DUE)


def test_an_earlier_run_is_explained_by_the_patience_of_then(workflow: Workflow) -> None:
    rule = Question(workflow, NOW).as_rule()
    workflow.patience_hours = 720
    assert Question(workflow, NOW, rule).patience_hours == 24


def test_a_later_occurrence_ends_nothing(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, last_attended_at=NOW)
    enrollment = EnrollmentFactory(workflow=workflow, member=member, occurrence="visit:earlier")
    assert end_reasons([enrollment], NOW) == {}
    Member.objects.filter(pk=member.pk).update(last_attended_at=NOW + DAY)
    assert end_reasons([enrollment], NOW + 40 * DAY) == {}


def test_an_occurrence_that_is_called_off_is_over(visited: Visited, workflow: Workflow) -> None:
    enrollments = [
        EnrollmentFactory(workflow=workflow, member=MemberFactory(club=workflow.club), occurrence=name)
        for name in ("visit:1", "visit:2")
    ]
    visited.calls_off = frozenset({"visit:2"})
    assert end_reasons(enrollments, NOW) == {enrollments[1].pk: "called_off"}


ROWS = {model._meta.db_table: model for model in (Visit, Agreement, Payment, Booking, Document)}


@pytest.mark.parametrize("trigger", list(TRIGGERS), ids=lambda trigger: trigger.kind)
def test_each_says_whose_rows_its_answer_rests_on(trigger: Trigger) -> None:
    """As its statement shows; the last visit follows from the visits, and a class from nobody's rows but its bookings'."""
    initial = {name: field.initial for name, field in trigger.Form.base_fields.items()}
    params = {"status": "active"} | {name: value for name, value in initial.items() if value is not None}
    workflow = WorkflowFactory(trigger=trigger.kind, trigger_params=params)
    asked = Question(workflow, NOW).occurrences
    reasons = [condition for _reason, condition in asked.kept_out]
    members = asked.members.filter(reduce(or_, reasons)).annotate(
        name_of_it=asked.key, its_fact=asked.fact_at
    )
    said = str(members.query)
    read = {model for table, model in ROWS.items() if f'"{table}"' in said}
    if '"last_attended_at"' in said.partition(" WHERE ")[2]:
        read.add(Visit)
    assert trigger.reads is not None
    assert set(trigger.reads) == read
