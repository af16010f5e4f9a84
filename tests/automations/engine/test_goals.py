"""A goal reached ends the way through a workflow, stops what has not left yet, and counts as a success."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.goals import note_goals
from automations.jobs import evaluate_members
from automations.models import Enrollment, StepRun, Workflow
from members.models import Member
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import NOW, BookingFactory, EnrollmentFactory, StepFactory, WorkflowFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def workflow() -> Workflow:
    """A message at once and another after three days, for who is away; over when they book."""
    workflow: Workflow = StepFactory(workflow__goal="booked", workflow__goal_days=10).workflow
    StepFactory(workflow=workflow, position=2, delay=3)
    return workflow


@pytest.fixture
def enrollment(workflow: Workflow) -> Enrollment:
    enrollment: Enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    return enrollment


def book(enrollment: Enrollment, at: dt.datetime) -> None:
    BookingFactory(member=enrollment.member, booked_at=at)


def state(enrollment: Enrollment) -> tuple[str, str, dt.datetime | None]:
    enrollment.refresh_from_db()
    return enrollment.status, enrollment.end_reason, enrollment.goal_reached_at


def test_who_reached_it_takes_no_further_step(enrollment: Enrollment) -> None:
    book(enrollment, NOW + DAY)
    assert advance(now=NOW + 3 * DAY) == {"reached": 1}
    assert state(enrollment) == ("done", "goal", NOW + DAY)
    assert StepRun.objects.count() == 1


def test_who_did_not_goes_on(enrollment: Enrollment) -> None:
    assert advance(now=NOW + 3 * DAY) == {"done": 1}
    assert state(enrollment) == ("done", "", None)


def test_a_message_on_its_way_is_not_sent_any_more(
    enrollment: Enrollment, provider: ScriptedTransport
) -> None:
    book(enrollment, NOW + HOUR)
    assert deliver(clock=lambda: NOW + 2 * HOUR) == {"skipped": 1}
    assert Message.objects.get().reason == "goal"
    assert provider.asked == []


def test_a_member_who_came_back_did_so_and_counts_if_that_was_the_goal(enrollment: Enrollment) -> None:
    Workflow.objects.update(goal="visited")
    Member.objects.update(last_attended_at=NOW + DAY)
    advance(now=NOW + 3 * DAY)
    assert state(enrollment) == ("exited", "came_back", NOW + DAY)


def test_it_is_over_at_once_when_the_fact_comes_in(
    enrollment: Enrollment, time_machine: Any, django_capture_on_commit_callbacks: Any
) -> None:
    book(enrollment, NOW + HOUR)
    time_machine.move_to(NOW + 2 * HOUR, tick=False)
    with django_capture_on_commit_callbacks(execute=True):
        evaluate_members([enrollment.member_id])
    assert state(enrollment) == ("done", "goal", NOW + HOUR)


def test_it_is_over_with_the_next_check_if_nobody_heard_of_the_fact(enrollment: Enrollment) -> None:
    book(enrollment, NOW + HOUR)
    evaluate_due_workflows(now=NOW + DAY)
    assert advance(now=NOW + DAY) == {"reached": 1}
    assert state(enrollment) == ("done", "goal", NOW + HOUR)


def test_a_booking_called_off_after_it_was_counted_stays_counted(enrollment: Enrollment) -> None:
    book(enrollment, NOW + HOUR)
    assert note_goals(enrollment.workflow, now=NOW + 2 * HOUR) == 1
    enrollment.member.bookings.update(status="canceled")
    advance(now=NOW + 2 * HOUR)
    assert state(enrollment) == ("done", "goal", NOW + HOUR)


@pytest.mark.parametrize(
    ("after", "counts"), [(9 * DAY, True), (10 * DAY, True), (10 * DAY + HOUR, False), (11 * DAY, False)]
)
def test_after_the_last_step_it_counts_for_so_many_days(
    after: dt.timedelta, counts: bool, enrollment: Enrollment
) -> None:
    end = NOW + 3 * DAY
    advance(now=end)
    book(enrollment, end + after)
    note_goals(enrollment.workflow, now=end + after + 3 * DAY)
    assert state(enrollment) == ("done", "", end + after if counts else None)


@pytest.mark.parametrize(("at", "counts"), [(NOW + HOUR, True), (NOW + 3 * HOUR, False)])
def test_of_who_was_taken_out_only_what_came_before_counts(
    at: dt.datetime, counts: bool, enrollment: Enrollment
) -> None:
    Enrollment.objects.update(status="exited", end_reason="taken_out", ended_at=NOW + 2 * HOUR, step=None)
    book(enrollment, at)
    note_goals(enrollment.workflow, now=NOW + 4 * HOUR)
    assert state(enrollment)[2] == (at if counts else None)


def test_without_a_goal_nothing_is_asked(enrollment: Enrollment, django_assert_num_queries: Any) -> None:
    workflow = WorkflowFactory()
    with django_assert_num_queries(0):
        assert note_goals(workflow, now=NOW) == 0


def test_it_asks_the_database_as_often_for_thirty_as_for_three(workflow: Workflow) -> None:
    asked = []
    for number in (3, 30):
        for _ in range(number):
            enrollment = EnrollmentFactory(workflow=workflow)
            book(enrollment, NOW + HOUR * number)
        with CaptureQueriesContext(connection) as queries:
            assert advance(now=NOW + 60 * HOUR)["reached"] == number
        asked.append(len(queries))
    assert asked[0] == asked[1]
