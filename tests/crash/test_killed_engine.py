"""Evaluating and advancing killed in the middle: the next one goes on, nobody is lost and nobody is taken twice."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from django.utils import timezone

from automations.engine.advancement import advance
from automations.engine.daily import evaluate_due_workflows
from automations.models import Decision, Enrollment, StepRun, WorkflowRun
from messaging.models import Message
from tests.crash.accounts import bury, club_with_members_due, everyone_is_accounted_for_once
from tests.crash.processes import Processes

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
