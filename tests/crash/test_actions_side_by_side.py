"""What actions do beside messages, by several workers at once, one of them killed: once for everybody, and in fair turns."""

import random
from collections import Counter

import pytest
from django.utils import timezone

from automations.engine.daily import evaluate_due_workflows
from automations.models import StepRun, Workflow
from members.models import CreditEntry, MemberEvent, MemberTag, Offer, StaffTask, StaffTurn
from tests.crash.accounts import bury, club_with_members_due
from tests.crash.processes import Processes
from tests.factories import StepFactory, UserFactory

DUE, PEOPLE = 90, 4
STEPS: list[tuple[str, dict[str, object]]] = [
    ("add_tag", {"tag": "lapsing"}),
    (
        "open_staff_task",
        {"description": "Call", "priority": "high", "due_in_days": 2, "assignee": "round_robin"},
    ),
    ("grant_credits", {"credits": 5, "reason": "welcome back"}),
    ("make_offer", {"percent": 20, "amount": None, "what": "", "valid_days": 14}),
    ("set_member_field", {"level": "Gold", "stage": "", "trainer": ""}),
    ("log_event", {"what": "Win-back", "detail": ""}),
    ("remove_tag", {"tag": "lapsing"}),
    ("add_tag", {"tag": "won back"}),
]


def workflow_of_a_club() -> Workflow:
    workflow = club_with_members_due(DUE, channels=())
    for position, (action, params) in enumerate(STEPS, start=1):
        StepFactory(workflow=workflow, position=position, action=action, action_params=params)
    workflow.club.staff.set(UserFactory.create_batch(PEOPLE))
    return workflow


@pytest.mark.postgresql
def test_everybody_gets_everything_once_and_turns_are_fair(processes: Processes, rng: random.Random) -> None:
    """Two clubs in the same batches, so that workers that lock in different orders would wait for each other."""
    workflows = [workflow_of_a_club(), workflow_of_a_club()]
    evaluate_due_workflows(now=timezone.now())
    workers = [processes.worker("advance", "--batch", "7", "--until-idle") for _ in range(4)]
    processes.until(lambda: all(worker.is_ready for worker in workers), "all stand by")
    for worker in workers[:3]:
        worker.go()
    all_steps = 2 * DUE * len(STEPS)
    strike_at = rng.randrange(all_steps // 8, all_steps // 2)
    processes.until(lambda: StepRun.objects.count() >= strike_at, f"they have come to {strike_at}")
    workers[0].kill()
    bury(processes, workers[0])
    workers[3].go()
    processes.finish(*workers[1:])

    assert Counter(StepRun.objects.values_list("outcome", flat=True)) == {"done": all_steps}
    for model in (CreditEntry, Offer, MemberEvent, StaffTask):
        each = Counter(model._default_manager.values_list("member", flat=True))
        assert (len(each), set(each.values())) == (2 * DUE, {1}), model.__name__
    assert Counter(MemberTag.objects.values_list("tag__name", flat=True)) == {"won back": 2 * DUE}
    for workflow in workflows:
        turns = Counter(StaffTask.objects.filter(club=workflow.club).values_list("assignee", flat=True))
        assert set(turns) == set(workflow.club.staff.values_list("pk", flat=True))
        assert max(turns.values()) - min(turns.values()) <= 1
        assert max(StaffTurn.objects.filter(club=workflow.club).values_list("number", flat=True)) == DUE
