"""Moving members on: each step once, in time, and whatever goes wrong is kept where it happened."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.actions import ACTIONS
from automations.engine import advancement
from automations.engine.advancement import advance
from automations.models import Enrollment, StepRun, Workflow
from members.models import Member, StaffTask
from messaging.models import Message
from tests.factories import NOW, EnrollmentFactory, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CALL = {"description": "Call", "priority": "low", "due_in_days": 1, "assignee": "round_robin"}


@pytest.fixture
def workflow() -> Workflow:
    return StepFactory().workflow


def outcomes(enrollment: Enrollment) -> list[str]:
    return list(enrollment.step_runs.values_list("outcome", flat=True))


def test_it_takes_one_step_after_the_other_and_is_done(workflow: Workflow) -> None:
    StepFactory(workflow=workflow, position=2, delay=2, action="open_staff_task", action_params=CALL)
    enrollment = EnrollmentFactory(workflow=workflow)
    assert advance(now=NOW) == {"arrived": 1, "done": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.due_at, enrollment.position) == ("active", NOW + DAY * 2, 2)
    assert advance(now=NOW + DAY * 2 - HOUR) == {}
    assert advance(now=NOW + DAY * 2) == {"done": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.ended_at, enrollment.step) == ("done", NOW + DAY * 2, None)
    assert Message.objects.count() == StaffTask.objects.count() == 1
    assert advance(now=NOW + DAY * 9) == {}


def test_steps_without_a_wait_are_taken_in_one_go(workflow: Workflow) -> None:
    StepFactory(workflow=workflow, position=2)
    EnrollmentFactory(workflow=workflow)
    assert advance(now=NOW) == {"arrived": 1, "done": 2}


def test_a_first_step_with_a_wait_counts_from_the_enrollment(workflow: Workflow) -> None:
    workflow.steps.update(delay=1)
    enrollment = EnrollmentFactory(workflow=workflow)
    assert advance(now=NOW + HOUR) == {"arrived": 1}
    enrollment.refresh_from_db()
    assert enrollment.due_at == NOW + DAY


@pytest.mark.parametrize(("stops", "status", "messages"), [(False, "done", 1), (True, "exited", 0)])
def test_a_step_that_fails_stops_the_next_only_if_it_says_so(
    stops: bool, status: str, messages: int, workflow: Workflow
) -> None:
    workflow.steps.update(action_params={"template": "gone"}, stops_on_failure=stops)
    StepFactory(workflow=workflow, position=2)
    enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    enrollment.refresh_from_db()
    assert (enrollment.status, Message.objects.count()) == (status, messages)
    failed = enrollment.step_runs.get(outcome="failed")
    assert "gone" in failed.error


def test_an_action_that_breaks_off_is_theirs_alone(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = StepFactory(action="open_staff_task", action_params=CALL).workflow
    theirs, others = EnrollmentFactory(workflow=workflow), EnrollmentFactory(workflow=other)

    def break_off(batch: Sequence[Any], *_: Any) -> Any:
        Message.objects.create(
            member=batch[0].member, club=batch[0].member.club, channel="sms", created_at=NOW, due_at=NOW
        )
        raise RuntimeError("no room")

    monkeypatch.setattr(ACTIONS["send_message"], "run", break_off)
    advance(now=NOW)
    assert (outcomes(theirs), outcomes(others)) == (["failed"], ["done"])
    assert "RuntimeError" in theirs.step_runs.get().error
    assert not Message.objects.exists(), "what the action wrote before it broke is taken back"


@pytest.mark.parametrize(("late", "outcome"), [(HOUR * 72, "done"), (HOUR * 72 + HOUR, "missed")])
def test_what_is_too_late_is_missed_and_not_done(
    late: dt.timedelta, outcome: str, workflow: Workflow
) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW + late)
    assert outcomes(enrollment) == [outcome]
    enrollment.refresh_from_db()
    assert enrollment.status == "done"


def test_it_ends_for_a_member_who_came_back(workflow: Workflow) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    Member.objects.update(last_attended_at=NOW)
    assert advance(now=NOW + HOUR) == {"exited": 1}
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.end_reason) == ("exited", "came_back")


@pytest.mark.parametrize("status", ["frozen", "canceled"])
def test_it_ends_for_a_member_whose_membership_rests(status: str, workflow: Workflow) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    Member.objects.update(membership_status=status)
    advance(now=NOW)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.end_reason) == ("exited", status)


def test_a_corrected_date_of_the_same_absence_does_not_end_it(workflow: Workflow) -> None:
    enrollment = EnrollmentFactory(workflow=workflow)
    Member.objects.update(last_attended_at=NOW - DAY * 12)
    advance(now=NOW)
    assert outcomes(enrollment) == ["done"]


def test_a_deleted_step_is_passed_over(workflow: Workflow) -> None:
    second = StepFactory(workflow=workflow, position=2, delay=1)
    third = StepFactory(workflow=workflow, position=3)
    enrollment = EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    second.delete()
    advance(now=NOW + DAY)
    assert set(enrollment.step_runs.values_list("step", flat=True)) == {workflow.steps.first().pk, third.pk}


def test_switched_off_stops_everyone_where_they_stand_and_on_goes_on(workflow: Workflow) -> None:
    EnrollmentFactory(workflow=workflow)
    Workflow.objects.update(is_enabled=False)
    assert advance(now=NOW) == {}
    Workflow.objects.update(is_enabled=True)
    assert advance(now=NOW + HOUR) == {"arrived": 1, "done": 1}


def test_more_than_one_batch_is_taken(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advancement, "BATCH", 2)
    for _ in range(5):
        EnrollmentFactory(workflow=workflow)
    assert advance(now=NOW) == {"arrived": 5, "done": 5}
    assert StepRun.objects.count() == Message.objects.count() == 5


def test_a_message_is_due_when_the_members_quiet_hours_end(workflow: Workflow) -> None:
    member = MemberFactory(club=workflow.club, days_away=10, time_zone="Pacific/Honolulu")
    EnrollmentFactory(workflow=workflow, member=member)
    advance(now=NOW)
    message = Message.objects.get()
    assert message.due_at == NOW.replace(hour=18), "8:00 in Honolulu"
    assert message.expires_at == message.due_at + HOUR * 72


def test_a_step_may_name_another_booking_link(workflow: Workflow) -> None:
    step = workflow.steps.get()
    step.action_params |= {"booking_link": "https://book.example/back"}
    step.save()
    EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    assert Message.objects.get().context == {"days_away": "10", "booking_link": "https://book.example/back"}


def test_staff_tasks_go_round(workflow: Workflow, django_user_model: Any) -> None:
    workflow.steps.update(action="open_staff_task", action_params=CALL)
    for name in ("ann", "bob"):
        workflow.club.staff.add(django_user_model.objects.create(username=name))
    for _ in range(4):
        EnrollmentFactory(workflow=workflow)
    advance(now=NOW)
    assert sorted(StaffTask.objects.values_list("assignee__username", flat=True)) == [
        "ann",
        "ann",
        "bob",
        "bob",
    ]


def test_it_asks_the_database_as_often_for_twenty_as_for_three(workflow: Workflow) -> None:
    asked = []
    for number in (3, 20):
        for _ in range(number):
            EnrollmentFactory(workflow=workflow)
        with CaptureQueriesContext(connection) as queries:
            assert advance(now=NOW)["done"] == number
        asked.append(len(queries))
    assert asked[0] == asked[1]
