"""Several of everything at once: each member is accounted for once, enrolled once and told once."""

import pytest

from members.models import Member
from messaging.models import Message
from tests.crash.accounts import (
    IN_HAND,
    Status,
    balance,
    club_with_members_due,
    everyone_is_accounted_for_once,
    messages_in,
)
from tests.crash.processes import Processes, Provider

DUE, OTHERS = 300, 60


@pytest.mark.postgresql
def test_two_schedulers_two_workers_and_two_senders_at_once_do_everything_once(
    processes: Processes, provider: Provider
) -> None:
    workflow = club_with_members_due(DUE, others=OTHERS)
    schedulers = [processes.worker("evaluate", "--batch", "25", "--until-idle") for _ in range(2)]
    others = [processes.worker("advance", "--batch", "20") for _ in range(2)]
    others += [processes.worker("deliver") for _ in range(2)]
    processes.until(lambda: all(process.is_ready for process in schedulers + others), "all stand by")
    for process in others + schedulers:
        process.go()
    processes.finish(*schedulers)
    processes.until(lambda: messages_in(Status.SENT) == 2 * DUE, "everything is sent")

    balance(workflow.club, provider.accepted, messages=2 * DUE)
    everyone_is_accounted_for_once(workflow, due=DUE, others=OTHERS)
    assert Message.objects.values("claim").distinct().count() > 1


@pytest.mark.postgresql
def test_every_job_by_hand_three_times_at_once_sends_nothing_twice(
    processes: Processes, provider: Provider
) -> None:
    workflow = club_with_members_due(DUE, others=OTHERS)
    processes.finish(
        *(processes.python("by-hand", "manage.py", "run_job", "all") for _ in range(3)), within=120
    )
    # The last to look may have found everything in the hands of another, which is done by now.
    assert not messages_in(Status.QUEUED, *IN_HAND)
    balance(workflow.club, provider.accepted, messages=2 * DUE)
    everyone_is_accounted_for_once(workflow, due=DUE, others=OTHERS)
    assert Member.objects.count() == DUE + OTHERS
