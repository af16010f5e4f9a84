"""Evaluating and advancing killed in the middle: the next one goes on, nobody is lost and nobody is taken twice."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from django.utils import timezone

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.engine.goals import wake_waiting
from automations.models import Decision, Enrollment, StepRun, WorkflowRun
from members.models import Booking
from messaging.models import Message
from tests.crash.accounts import bury, club_with_members_due, everyone_is_accounted_for_once
from tests.crash.processes import Processes
from tests.factories import BookingFactory, ClassSessionFactory, StepFactory

DUE, OTHERS = 300, 60
KILLS = 3


def kill_along_the_way(
    processes: Processes, role: str, rng: random.Random, done: Callable[[], int], of: int
) -> None:
    """Worker after worker is killed somewhere in its part of the way; the last one gets to the end."""
    workers = [processes.worker(role, "--batch", "5", "--until-idle") for _ in range(KILLS + 1)]
    processes.until(lambda: all(worker.is_ready for worker in workers), "all stand by")
    for part, worker in enumerate(workers[:KILLS]):
        strike_at = of * part // KILLS + rng.randrange(1, of // (2 * KILLS))
        worker.go()
        processes.until(lambda goal=strike_at: done() >= goal, f"{role} has come to {strike_at}")
        worker.kill()
        bury(processes, worker)
        assert done() < of, "the kill must strike in the middle"
    workers[-1].go()
    processes.finish(workers[-1])


@pytest.mark.postgresql
def test_an_evaluation_killed_three_times_goes_on_where_it_was_and_decides_about_everyone_once(
    processes: Processes, rng: random.Random
) -> None:
    workflow = club_with_members_due(DUE, others=OTHERS)
    kill_along_the_way(processes, "evaluate", rng, Decision.objects.count, of=DUE + OTHERS)

    assert WorkflowRun.objects.count() == 1
    assert Enrollment.objects.count() == DUE
    assert set(Decision.objects.values_list("from_run", "until_run")) == {
        (WorkflowRun.objects.get().pk, None)
    }
    advance(now=timezone.now())
    everyone_is_accounted_for_once(workflow, due=DUE, others=OTHERS)


@pytest.mark.postgresql
def test_steps_killed_three_times_are_taken_once_for_everyone(
    processes: Processes, rng: random.Random
) -> None:
    workflow = club_with_members_due(DUE)
    evaluate_due_workflows(now=timezone.now())
    kill_along_the_way(processes, "advance", rng, StepRun.objects.count, of=2 * DUE)

    everyone_is_accounted_for_once(workflow, due=DUE)
    told = Counter(Message.objects.values_list("member", "channel"))
    assert len(told) == 2 * DUE
    assert set(told.values()) == {1}


@pytest.mark.postgresql
def test_waits_that_are_over_killed_three_times_are_ended_once_for_everyone(
    processes: Processes, rng: random.Random
) -> None:
    workflow = club_with_members_due(DUE, channels=("sms",))
    waits = {"goal": "booked", "days": 3, "then": "go_on"}
    StepFactory(workflow=workflow, position=2, action="wait_until", action_params=waits)
    StepFactory(workflow=workflow, position=3)
    evaluate_due_workflows(now=timezone.now())
    advance(now=timezone.now())
    assert set(Enrollment.objects.values_list("status", "position")) == {("active", 2)}
    assert StepRun.objects.count() == DUE, "who waits has not taken the step"
    session, now = ClassSessionFactory(club=workflow.club), timezone.now()
    Booking.objects.bulk_create(
        BookingFactory.build(club=workflow.club, member=member, class_session=session, booked_at=now)
        for member in workflow.club.members.all()
    )
    assert wake_waiting(workflow, now=timezone.now()) == DUE

    kill_along_the_way(processes, "advance", rng, lambda: StepRun.objects.count() - DUE, of=2 * DUE)

    taken = Counter(StepRun.objects.values_list("enrollment", "position"))
    assert len(taken) == 3 * DUE
    assert set(taken.values()) == {1}
    assert set(StepRun.objects.filter(position=2).values_list("reason", flat=True)) == {"waited_for"}
    assert Message.objects.count() == 2 * DUE
    assert not Enrollment.objects.filter(status="active").exists()
