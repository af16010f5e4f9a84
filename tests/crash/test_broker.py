"""Celery for real: two beats, several workers, and a Redis that loses everything it held."""

from pathlib import Path

import psutil
import pytest
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule

from automations.models import Enrollment
from tests.crash.accounts import (
    IN_HAND,
    Status,
    balance,
    club_with_members_due,
    everyone_is_accounted_for_once,
    messages_in,
    sweep_later,
)
from tests.crash.processes import Process, Processes, Provider, Redis

MEMBERS = 150
THREADS = 4


@pytest.fixture
def redis(processes: Processes, tmp_path: Path) -> Redis:
    if not Redis.PROGRAM:
        pytest.skip("There is no redis-server here that a test may kill")
    server = Redis(processes, tmp_path)
    processes.environment |= {"REDIS_URL": server.url, "SENDING_THREADS": str(THREADS)}
    return server


def celery(processes: Processes, name: str, *arguments: str) -> Process:
    process = processes.python(name, "-m", "celery", "-A", "config", *arguments)
    # As compose.yaml does: a worker with a free slot may itself give up when Redis dies (Celery and kombu 5.7).
    process.is_kept_up = True
    return process


def sender(processes: Processes) -> Process:
    name = f"sender{len(processes.all)}@here"
    return celery(processes, "sender", "worker", "--queues", "deliver", "--concurrency", "1", "-n", name)


@pytest.mark.celery
def test_with_two_beats_a_redis_that_is_killed_and_senders_that_are_killed_everyone_is_told_once(
    processes: Processes, provider: Provider, redis: Redis
) -> None:
    provider.behave(latency=0.04)
    call_command("loaddata", "schedule", verbosity=0)
    IntervalSchedule.objects.update(every=1, period=IntervalSchedule.SECONDS)
    first = club_with_members_due(MEMBERS)
    senders = [sender(processes) for _ in range(2)]
    celery(
        processes,
        "worker",
        "worker",
        "--queues",
        "evaluate,advance",
        "--concurrency",
        "2",
        "-n",
        "worker@here",
    )
    for _ in range(2):
        celery(processes, "beat", "beat", "--max-interval", "1", "--pidfile=", "-s", "")

    processes.until(lambda: provider.taken > 30, "the schedule has brought everything under way")
    redis.kill()
    second = club_with_members_due(MEMBERS)
    processes.until(lambda: provider.taken > 80, "sending goes on without Redis")
    redis.start()
    processes.until(Enrollment.objects.filter(workflow=second).exists, "the schedule is heard again")

    in_the_pool = psutil.Process(senders[0].pid).children()
    in_the_pool[0].kill()
    processes.until(lambda: provider.taken > 200, "sending goes on after one was killed in the pool")
    senders[1].kill()
    senders.append(sender(processes))
    processes.until(lambda: not messages_in(Status.QUEUED), "nothing waits")

    for still_there in (senders[0], senders[2]):
        still_there.stop()
    assert messages_in(Status.SENDING) <= 2 * THREADS
    sweep_later()
    senders.append(sender(processes))
    processes.until(lambda: not messages_in(Status.QUEUED, *IN_HAND), "nothing is left")

    for workflow in (first, second):
        balance(workflow.club, provider.accepted, messages=2 * MEMBERS, unknown_at_most=2 * THREADS)
        everyone_is_accounted_for_once(workflow, due=MEMBERS)
    assert messages_in(Status.UNKNOWN) <= 2 * THREADS
