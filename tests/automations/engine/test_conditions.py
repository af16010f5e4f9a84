"""A workflow's conditions in the one classification, in what runs keep, in the explanation and in the log."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.engine.recheck import end_reasons
from automations.models import Decision, Enrollment, Reason, Segment, Workflow, WorkflowRun
from automations.reports.log import run_rows
from automations.reports.preview import preview
from automations.rules.sentences import workflow_sentence
from members.models import Member, StaffTask
from tests.factories import NOW, ConsentRecordFactory, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db

GOLD = {"field": "membership_level", "operator": "is", "value": "Gold"}
RECURRING = {"field": "is_recurring", "operator": "is", "value": "yes"}


def all_of(*rules: Any) -> dict[str, Any]:
    return {"match": "all", "rules": list(rules)}


def any_of(*rules: Any) -> dict[str, Any]:
    return {"match": "any", "rules": list(rules)}


@pytest.fixture
def workflow() -> Workflow:
    workflow = StepFactory().workflow
    workflow.conditions = all_of(GOLD)
    workflow.save()
    return workflow


def decided(workflow: Workflow, **traits: Any) -> str:
    member = MemberFactory(club=workflow.club, **traits)
    return Question(workflow, NOW).members().values_list("decided", flat=True).get(pk=member.pk)


def run(workflow: Workflow) -> WorkflowRun:
    return evaluate(start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=NOW))


def test_who_does_not_fit_is_kept_out_after_the_trigger_and_before_the_channel(workflow: Workflow) -> None:
    assert decided(workflow, days_away=10, membership_level="Gold") == Reason.DUE
    assert decided(workflow, days_away=10) == Reason.UNFIT
    assert decided(workflow, days_away=3) == Reason.ATTENDED_RECENTLY
    assert decided(workflow, days_away=10, unreachable=True) == Reason.UNFIT
    assert decided(workflow, days_away=10, unreachable=True, membership_level="Gold") == Reason.NO_ADDRESS


def test_where_nobody_can_tell_nobody_fits(workflow: Workflow) -> None:
    workflow.conditions = all_of({"field": "age", "operator": "at_least", "value": 18})
    assert decided(workflow, days_away=10) == Reason.UNFIT
    assert decided(workflow, days_away=10, birthday_on=dt.date(1990, 1, 1)) == Reason.DUE


def test_one_statement_classifies_everyone_whatever_is_asked(workflow: Workflow) -> None:
    workflow.conditions = any_of(
        GOLD,
        {"field": "visits", "operator": "at_least", "value": 3, "days": 30},
        all_of({"field": "consent_sms", "operator": "is", "value": "agreed"}, RECURRING),
    )

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(Question(workflow, NOW).members())
        return len(captured)

    MemberFactory(club=workflow.club, days_away=10)
    few = queries()
    for days in range(20):
        MemberFactory(club=workflow.club, days_away=days)
    assert queries() == few


def test_nobody_is_left_to_a_person_who_does_not_fit(workflow: Workflow) -> None:
    gold = MemberFactory(club=workflow.club, days_away=40, recurring=True, membership_level="Gold")
    other = MemberFactory(club=workflow.club, days_away=40, recurring=True)
    run(workflow)
    assert [task.member for task in StaffTask.objects.all()] == [gold]
    assert Decision.objects.get(member=other).reason == Reason.INACTIVE


def test_conditions_are_asked_at_entry_only(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10, membership_level="Gold")
    run(workflow)
    Member.objects.update(membership_level="Basic")
    enrollment = Enrollment.objects.select_related("workflow__club").get(member=member)
    assert end_reasons([enrollment], NOW) == {}


def test_the_log_names_the_first_condition_that_failed_with_the_value_seen(workflow: Workflow) -> None:
    workflow.conditions = all_of(RECURRING, GOLD)
    workflow.save()
    MemberFactory(club=workflow.club, days_away=10, membership_level="Basic", recurring=True)
    MemberFactory(club=workflow.club, days_away=10, membership_level="Gold")
    texts = [row.reason_text for row in run_rows(run(workflow))]
    assert texts == ["Level is Basic, needs Gold.", "It does not renew by itself."]


def test_the_log_explains_an_old_run_by_its_own_rule_and_segments(workflow: Workflow) -> None:
    segment = Segment.objects.create(
        club=workflow.club, slug="vip", name="VIP", conditions=all_of(GOLD, RECURRING)
    )
    workflow.conditions = all_of({"field": "segment", "operator": "is", "value": "vip"})
    workflow.save()
    member = MemberFactory(club=workflow.club, days_away=10, membership_level="Basic")
    old = run(workflow)
    workflow.conditions = all_of({"field": "membership_level", "operator": "is", "value": "Basic"})
    workflow.save()
    segment.delete()
    assert [row.reason_text for row in run_rows(old)] == ["Is not in the segment “VIP”."]
    assert run(workflow).counts == {"due": 1}
    assert Enrollment.objects.get().member == member


def test_facts_that_changed_since_are_not_passed_off_as_those_of_then(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=10, membership_level="Basic")
    old = run(workflow)
    Member.objects.update(membership_level="Gold")
    assert [row.reason_text for row in run_rows(old)] == [
        "When it was asked, this was not so: level is Gold. It is now."
    ]


def test_a_run_that_was_kept_before_there_were_conditions_has_none(workflow: Workflow) -> None:
    before = Question(workflow, NOW).as_rule()
    del before["conditions"]
    assert Question(workflow, NOW, before).conditions.rules == ()


def test_the_log_costs_the_same_for_few_and_for_many(workflow: Workflow) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(run_rows(WorkflowRun.objects.select_related("workflow__club").latest("pk")))
        return len(captured)

    MemberFactory(club=workflow.club, days_away=10)
    run(workflow)
    few = queries()
    for _ in range(10):
        MemberFactory(club=workflow.club, days_away=10)
    run(workflow)
    assert queries() == few


def test_the_explanation_shows_each_condition_with_the_value_seen(workflow: Workflow) -> None:
    workflow.conditions = all_of(
        {"field": "stage", "operator": "is", "value": "member"},
        any_of(GOLD, {"field": "visits", "operator": "at_least", "value": 3, "days": 30}),
    )
    member = MemberFactory(club=workflow.club, days_away=10, membership_level="Basic")
    said = explain(member, workflow, now=NOW)
    assert said.decided == Reason.UNFIT
    assert (
        said.why == "Fits none: Level is Basic, needs Gold; Came 1 time in 30 days, needs at least 3 times."
    )
    gates = [(gate.question, gate.seen, gate.passes) for gate in said.gates if gate.reason == Reason.UNFIT]
    assert gates == [
        ("stage is Member", "Member", True),
        ("any of: level is Gold; came at least 3 times in 30 days", "Basic; 1 time", False),
    ]


def test_one_that_fits_by_one_of_several_has_nothing_held_against_it(workflow: Workflow) -> None:
    workflow.conditions = any_of(GOLD, RECURRING)
    member = MemberFactory(club=workflow.club, days_away=10, recurring=True)
    said = explain(member, workflow, now=NOW)
    assert said.decided == Reason.DUE
    assert all(gate.passes for gate in said.gates)


def test_the_panel_counts_them_and_names_none_of_them_as_near(workflow: Workflow) -> None:
    MemberFactory(club=workflow.club, days_away=10, membership_level="Gold", first_name="Mei")
    MemberFactory(club=workflow.club, days_away=10, first_name="John")
    MemberFactory(club=workflow.club, days_away=6, first_name="Zoë")
    MemberFactory(club=workflow.club, days_away=6, membership_level="Gold", first_name="Aisha")
    seen = preview(Question(workflow, NOW))
    assert [person.first_name for person in seen.due.people] == ["Mei"]
    assert {group.reason: group.count for group in seen.skipped} == {
        Reason.UNFIT: 1,
        Reason.ATTENDED_RECENTLY: 2,
    }
    assert [person.first_name for person in seen.just_out] == ["Aisha"]


def test_the_sentence_says_if(workflow: Workflow) -> None:
    workflow.conditions = all_of(
        {"field": "membership_status", "operator": "is", "value": "active"},
        {"field": "visits", "operator": "at_least", "value": 3, "days": 30},
    )
    assert (
        "fewer than 35, if all of: membership is Active; came at least 3 times in 30 days: send"
        in workflow_sentence(workflow)
    )


def test_somebody_who_comes_to_fit_is_followed_up_at_the_next_check(workflow: Workflow) -> None:
    workflow.conditions = all_of({"field": "consent_sms", "operator": "is", "value": "agreed"})
    workflow.save()
    member = MemberFactory(club=workflow.club, days_away=10)
    assert run(workflow).counts == {"unfit": 1}
    ConsentRecordFactory(member=member, is_granted=True)
    assert run(workflow).counts == {"due": 1}
