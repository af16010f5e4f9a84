"""What a workflow would do now: the engine's own answer, counted, with the nearest on both sides of its limits."""

import pytest

from automations.engine.classification import Question
from automations.models import Enrollment, Reason
from automations.reports import preview as module
from automations.reports.preview import preview
from tests.factories import (
    NOW,
    ClosureFactory,
    EnrollmentFactory,
    MemberFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow():
    return StepFactory().workflow


def away(workflow, *days, **values):
    return [MemberFactory(club=workflow.club, days_away=n, first_name=f"A{n}", **values) for n in days]


def asked(workflow):
    return preview(Question(workflow, NOW))


def names(people):
    return [person.first_name for person in people]


def test_it_counts_those_due_and_names_the_longest_away_first(workflow):
    away(workflow, 8, 20, 6, 50)
    answer = asked(workflow)
    assert answer.due.count == 2
    assert names(answer.due.people) == ["A20", "A8"]


def test_it_names_ten_of_those_due_and_three_of_each_other_reason(workflow):
    away(workflow, *range(7, 20), *range(5))
    answer = asked(workflow)
    assert (answer.due.count, len(answer.due.people)) == (13, 10)
    (group,) = answer.skipped
    assert (group.reason, group.count, len(group.people)) == (Reason.ATTENDED_RECENTLY, 5, 3)


def test_the_largest_reason_comes_first(workflow):
    away(workflow, 9, frozen=True)
    away(workflow, 40, 41, 42)
    away(workflow, 1, 2)
    assert [(group.reason, group.count) for group in asked(workflow).skipped] == [
        (Reason.INACTIVE, 3),
        (Reason.ATTENDED_RECENTLY, 2),
        (Reason.FROZEN, 1),
    ]


def test_everyone_is_counted_once(workflow):
    away(workflow, *range(50))
    answer = asked(workflow)
    assert answer.due.count + sum(group.count for group in answer.skipped) == 50


def test_members_of_another_club_are_not_asked(workflow):
    MemberFactory(days_away=9)
    answer = asked(workflow)
    assert (answer.due.count, answer.skipped, answer.just_in, answer.just_out) == (0, [], [], [])


def test_the_nearest_on_both_sides_of_both_limits(workflow):
    away(workflow, 2, 5, 6, 7, 9, 20, 33, 34, 36, 50)
    answer = asked(workflow)
    assert [(p.first_name, p.says) for p in answer.just_in] == [
        ("A7", "7 days away: just long enough"),
        ("A34", "34 days away: the last day before it is too long"),
        ("A33", "33 days away: 1 day left before it is too long"),
    ]
    assert [(p.first_name, p.says) for p in answer.just_out] == [
        ("A6", "6 days away: 1 day short"),
        ("A5", "5 days away: 2 days short"),
        ("A36", "36 days away: 2 days too long"),
    ]


def test_who_was_followed_up_already_does_not_just_qualify(workflow):
    (member,) = away(workflow, 7)
    EnrollmentFactory(workflow=workflow, member=member)
    assert asked(workflow).just_in == []


def test_one_near_two_limits_is_named_once_by_the_nearer(workflow):
    away(workflow, 9)
    assert [person.says for person in asked(workflow).just_in] == ["9 days away: 2 more than needed"]


def test_a_day_on_which_the_club_was_shut_does_not_count(workflow):
    ClosureFactory(
        club=workflow.club, starts_on=NOW.date().replace(day=1), reopens_on=NOW.date().replace(day=2)
    )
    away(workflow, 7)
    answer = asked(workflow)
    assert (answer.due.count, answer.just_out[0].says) == (0, "6 days away: 1 day short")


def test_who_is_kept_out_by_something_else_is_near_no_limit(workflow):
    away(workflow, 6, 7, frozen=True)
    answer = asked(workflow)
    assert (answer.just_in, answer.just_out) == ([], [])


def test_one_not_saved_yet_is_asked_like_any_other(workflow):
    (john,) = away(workflow, 8)
    EnrollmentFactory(workflow=workflow, member=john)
    draft = WorkflowFactory.build(club=workflow.club, slug="new")
    answer = preview(Question(draft, NOW, drafted=[]))
    assert names(answer.due.people) == ["A8"]
    assert asked(workflow).due.count == 0


def test_a_large_club_is_counted_up_to_a_limit(workflow, monkeypatch):
    monkeypatch.setattr(module, "ASKED_AT_ONCE", 5)
    monkeypatch.setattr(module, "COUNTED", 3)
    away(workflow, *range(8, 16), 2)
    answer = asked(workflow)
    assert (answer.due.count, answer.is_more, answer.asked) == (4, True, 5)
    assert names(answer.due.people)[0] == "A15"
    assert sum(group.count for group in answer.skipped) <= 5


def test_all_who_are_due_lie_where_the_trigger_says_that_they_may(workflow):
    away(workflow, *range(50))
    away(workflow, *range(50), recurring=True)
    question = Question(workflow, NOW)
    due = question.members().filter(decided=Reason.DUE)
    assert due.count() == due.filter(question.occurrences.may_be_due).count() == 56


@pytest.mark.django_db
def test_it_writes_nothing(workflow):
    away(workflow, 8)
    asked(workflow)
    assert not Enrollment.objects.exists()
