"""Taking a member out of a workflow, and pushing one on: once, and by the engine's own rules."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from automations.models import Enrollment, StepRun, Workflow
from automations.operations.enrollments import MovedOn, NotUnderWay, Paused, SwitchedOff, push_on, take_out
from members.models import Member
from messaging.models import Message
from tests.factories import NOW, EnrollmentFactory, StepFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def enrollment():
    step = StepFactory()
    return EnrollmentFactory(workflow=step.workflow, step=step, position=1)


def test_no_further_step_is_taken(enrollment):
    take_out(enrollment_id=enrollment.pk, now=NOW)
    assert advance(now=NOW) == {}
    assert not StepRun.objects.exists()


def test_it_keeps_when_and_why(enrollment):
    taken = take_out(enrollment_id=enrollment.pk, now=NOW)
    taken.refresh_from_db()
    assert (taken.status, taken.ended_at, taken.end_reason, taken.step) == (
        Enrollment.Status.EXITED,
        NOW,
        "taken_out",
        None,
    )


def test_who_is_not_under_way_is_left_as_she_is(enrollment):
    Enrollment.objects.update(status=Enrollment.Status.DONE)
    with pytest.raises(NotUnderWay):
        take_out(enrollment_id=enrollment.pk, now=NOW)
    enrollment.refresh_from_db()
    assert enrollment.status == Enrollment.Status.DONE


@pytest.fixture
def waiting():
    """Got the first message at NOW; the second is due in three days, the third two days after it."""
    step = StepFactory()
    for number, delay in ((2, 3), (3, 2)):
        StepFactory(workflow=step.workflow, position=number, delay=delay)
    enrollment = EnrollmentFactory(workflow=step.workflow)
    advance(now=NOW)
    enrollment.refresh_from_db()
    return enrollment


def push(enrollment, now=NOW + DAY, **seen):
    return push_on(enrollment_id=enrollment.pk, **{"seen_step": enrollment.step_id, "now": now, **seen})


def test_the_next_step_is_taken_now_and_the_one_after_it_at_its_time(waiting):
    assert push(waiting) == {"done": 1}
    waiting.refresh_from_db()
    assert (waiting.position, waiting.due_at) == (3, NOW + 3 * DAY)
    assert Message.objects.count() == 2


def test_pressing_twice_is_pushing_once(waiting):
    push(waiting)
    with pytest.raises(MovedOn):
        push(waiting)
    assert Message.objects.count() == 2


def test_after_the_last_step_there_is_nothing_to_push_to(waiting):
    for _ in range(2):
        push(waiting)
        waiting.refresh_from_db()
    assert waiting.status == "done"
    with pytest.raises(NotUnderWay):
        push(waiting)


def test_who_has_not_begun_takes_the_first_step_at_once():
    step = StepFactory(delay=5)
    enrollment = EnrollmentFactory(workflow=step.workflow)
    push(enrollment, now=NOW)
    enrollment.refresh_from_db()
    assert enrollment.status == "done"
    with pytest.raises(NotUnderWay):
        push(enrollment, now=NOW)
    assert Message.objects.count() == 1


def test_a_wait_is_ended_and_what_follows_comes_at_its_own_time():
    params = {"goal": "booked", "days": 9, "then": "go_on"}
    step = StepFactory(action="wait_until", action_params=params)
    StepFactory(workflow=step.workflow, position=2, delay=2)
    enrollment = EnrollmentFactory(workflow=step.workflow)
    advance(now=NOW)
    enrollment.refresh_from_db()
    push(enrollment)
    enrollment.refresh_from_db()
    (wait,) = enrollment.step_runs.all()
    assert (wait.outcome, wait.reason) == ("skipped", "pushed_on")
    assert (enrollment.position, enrollment.due_at) == (2, NOW + 3 * DAY)


def test_who_came_back_is_not_told_that_they_were_missed(waiting):
    Member.objects.update(last_attended_at=NOW)
    assert push(waiting) == {"exited": 1}
    assert Message.objects.count() == 1


def test_while_the_workflow_is_off_nobody_is_pushed(waiting):
    Workflow.objects.update(is_enabled=False)
    with pytest.raises(SwitchedOff):
        push(waiting)


def test_while_the_workflow_is_paused_nobody_is_pushed_and_the_time_stays(waiting):
    Workflow.objects.update(paused_at=NOW)
    with pytest.raises(Paused):
        push(waiting)
    waiting.refresh_from_db()
    assert (waiting.position, waiting.due_at) == (2, NOW + 3 * DAY)


def test_others_stay_where_they_are(waiting):
    other = EnrollmentFactory(workflow=waiting.workflow)
    push(waiting)
    other.refresh_from_db()
    assert (other.status, other.step_runs.count()) == ("active", 0)
