"""Waiting for something, and ending: a step that takes its time is taken once, whenever it is asked and whoever dies."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.explanation import explain
from automations.engine.goals import wake_waiting
from automations.jobs import evaluate_members
from automations.models import Enrollment, Step, StepRun, Workflow
from automations.rules.sentences import step_sentence
from messaging.models import Message
from tests.factories import (
    NOW,
    BookingFactory,
    EnrollmentFactory,
    MemberFactory,
    StepFactory,
    WorkflowFactory,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def waits(then: str = "go_on", days: int = 3) -> dict[str, Any]:
    return {"action": "wait_until", "action_params": {"goal": "booked", "days": days, "then": then}}


@pytest.fixture
def workflow() -> Workflow:
    """A message, a wait of three days at most for a booking, and another message."""
    workflow: Workflow = StepFactory().workflow
    StepFactory(workflow=workflow, position=2, **waits())
    StepFactory(workflow=workflow, position=3)
    return workflow


@pytest.fixture
def enrollment(workflow: Workflow) -> Enrollment:
    """Waiting since NOW."""
    enrollment: Enrollment = EnrollmentFactory(workflow=workflow)
    assert advance(now=NOW) == {"arrived": 1, "done": 1, "waiting": 1}
    enrollment.refresh_from_db()
    return enrollment


def book(enrollment: Enrollment, at: dt.datetime) -> None:
    BookingFactory(member=enrollment.member, booked_at=at)


def taken(enrollment: Enrollment) -> list[tuple[int, str, str]]:
    enrollment.refresh_from_db()
    return list(enrollment.step_runs.values_list("position", "outcome", "reason"))


def test_it_waits_and_records_nothing_meanwhile(enrollment: Enrollment) -> None:
    assert (enrollment.status, enrollment.position, enrollment.due_at) == ("active", 2, NOW + 3 * DAY)
    assert advance(now=NOW + 3 * DAY - MINUTE) == {}
    assert taken(enrollment) == [(1, "done", "")]


def test_once_the_time_is_up_the_next_step_is_taken(enrollment: Enrollment) -> None:
    assert advance(now=NOW + 3 * DAY) == {"done": 2}
    assert taken(enrollment)[1:] == [(2, "done", "time_up"), (3, "done", "")]


@pytest.mark.parametrize(
    ("then", "rest", "reason"),
    [
        ("go_on", [(2, "done", "waited_for"), (3, "done", "")], ""),
        ("end", [(2, "done", "waited_for")], "waited_for"),
    ],
)
def test_as_soon_as_it_happens_they_go_on_or_are_done(
    then: str,
    rest: list[Any],
    reason: str,
    enrollment: Enrollment,
    time_machine: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    Step.objects.filter(position=2).update(**waits(then))
    book(enrollment, NOW + HOUR)
    time_machine.move_to(NOW + 2 * HOUR, tick=False)
    with django_capture_on_commit_callbacks(execute=True):
        evaluate_members([enrollment.member_id])
    assert taken(enrollment)[1:] == rest
    assert (enrollment.status, enrollment.end_reason) == ("done", reason)


def test_the_daily_check_finds_what_nobody_heard_of(enrollment: Enrollment) -> None:
    book(enrollment, NOW + HOUR)
    evaluate_due_workflows(now=NOW + DAY)
    assert advance(now=NOW + DAY) == {"done": 2}


def test_what_happened_before_they_came_to_stand_there_does_not_count(workflow: Workflow) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    book(enrollment, NOW - HOUR)
    advance(now=NOW)
    advance(now=NOW + DAY)
    assert taken(enrollment) == [(1, "done", "")]


def test_what_was_called_off_again_is_waited_for(enrollment: Enrollment) -> None:
    book(enrollment, NOW + HOUR)
    assert wake_waiting(enrollment.workflow, now=NOW + 2 * HOUR) == 1
    enrollment.member.bookings.update(status="canceled")
    assert advance(now=NOW + 2 * HOUR) == {"waiting": 1}
    enrollment.refresh_from_db()
    assert enrollment.due_at == NOW + 3 * DAY


def test_others_are_not_woken(enrollment: Enrollment) -> None:
    BookingFactory(member=MemberFactory(club=enrollment.workflow.club), booked_at=NOW + HOUR)
    assert wake_waiting(enrollment.workflow, now=NOW + 2 * HOUR) == 0
    book(enrollment, NOW + HOUR)
    assert wake_waiting(enrollment.workflow, now=NOW + 2 * HOUR, members=[enrollment.member_id + 1]) == 0


@pytest.mark.parametrize(("days", "due"), [(5, 5 * DAY), (1, 3 * DAY)])
def test_who_waits_follows_an_edit_when_they_are_asked_next(
    days: int, due: dt.timedelta, enrollment: Enrollment
) -> None:
    Step.objects.filter(position=2).update(**waits(days=days))
    advance(now=NOW + 3 * DAY)
    assert (taken(enrollment)[1:] == []) is (days == 5)
    assert days == 1 or enrollment.due_at == NOW + due


def test_a_wait_that_comes_late_is_not_missed(enrollment: Enrollment) -> None:
    advance(now=NOW + 20 * DAY)
    assert taken(enrollment)[1:] == [(2, "done", "time_up"), (3, "done", "")]


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Pacific/Auckland", "Pacific/Honolulu"])
def test_days_of_waiting_keep_the_members_wall_clock(zone: str) -> None:
    """Zurich puts its clocks back on 26 October 2025; in Auckland and Honolulu nothing moves that week."""
    step = StepFactory(**waits(days=2))
    member = MemberFactory(club=step.workflow.club, days_away=10, time_zone=zone)
    before = dt.datetime(2025, 10, 25, 6, tzinfo=dt.UTC)
    member.last_attended_at = before - 10 * DAY
    member.save()
    enrollment = EnrollmentFactory(workflow=step.workflow, member=member, enrolled_at=before)
    advance(now=before)
    enrollment.refresh_from_db()
    assert enrollment.due_at == before + 2 * DAY + (HOUR if zone == "Europe/Zurich" else 0 * HOUR)


def test_its_own_delay_comes_first(workflow: Workflow) -> None:
    Step.objects.filter(position=2).update(delay=2)
    enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    book(enrollment, NOW + HOUR)
    wake_waiting(workflow, now=NOW + 2 * HOUR)
    assert advance(now=NOW + 2 * HOUR) == {"waiting": 1}
    assert advance(now=NOW + 2 * DAY) == {"done": 2}


def test_switched_off_nobody_goes_on(enrollment: Enrollment) -> None:
    Workflow.objects.update(is_enabled=False)
    assert advance(now=NOW + 3 * DAY) == {}


def test_it_asks_the_database_as_often_for_twenty_as_for_three(workflow: Workflow) -> None:
    asked = []
    for number in (3, 20):
        Enrollment.objects.all().update(status="exited")
        for _ in range(number):
            book(EnrollmentFactory(workflow=workflow), NOW + HOUR)
        advance(now=NOW)
        assert wake_waiting(workflow, now=NOW + 2 * HOUR) == number
        with CaptureQueriesContext(connection) as queries:
            advance(now=NOW + 2 * HOUR)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert StepRun.objects.filter(reason="waited_for").count() == 23


@pytest.mark.parametrize(
    ("only_if", "books", "outcome", "messages"),
    [
        ("", False, ("done", "ended"), 0),
        ("booked", True, ("done", "ended"), 0),
        ("booked", False, ("skipped", "not_ended"), 1),
        ("paid", True, ("skipped", "not_ended"), 1),
    ],
)
def test_an_end_is_the_end_for_those_it_is_for(
    only_if: str, books: bool, outcome: tuple[str, str], messages: int
) -> None:
    step = StepFactory(action="end", action_params={"only_if": only_if}, delay=1)
    StepFactory(workflow=step.workflow, position=2)
    enrollment = EnrollmentFactory(workflow=step.workflow)
    if books:
        book(enrollment, NOW + HOUR)
    advance(now=NOW + DAY)
    advance(now=NOW + 2 * DAY)
    assert taken(enrollment)[0] == (1, *outcome)
    assert enrollment.status == "done"
    assert Message.objects.count() == messages


def test_whoever_asks_when_a_message_comes_hears_of_the_wait_before_it() -> None:
    step = StepFactory(**waits())
    StepFactory(workflow=step.workflow, position=2, delay=1)
    member = MemberFactory(club=step.workflow.club, days_away=6)
    # Due with the check of the next day; then three days of waiting, and one more.
    assert explain(member, step.workflow, now=NOW).next_at == (NOW + 5 * DAY).replace(hour=8)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (waits(), "wait until they book a class, for 3 days at most"),
        (waits("end", days=1), "wait until they book a class, which ends it, for 1 day at most"),
        ({"action": "end", "action_params": {"only_if": ""}}, "end"),
        ({"action": "end", "action_params": {"only_if": "visited"}}, "end for those who have visited"),
    ],
)
def test_it_says_what_it_does(step: dict[str, Any], said: str) -> None:
    workflow = WorkflowFactory()
    assert step_sentence(StepFactory(workflow=workflow, **step), workflow.club) == said
