"""What every action answers: one outcome for each enrollment of a batch."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from automations.blocks import Block, Params
from automations.models import Enrollment, StepRun
from members.models import Club, StaffTask
from messaging.models import Message


@dataclass(frozen=True)
class StepOutcome:
    outcome: StepRun.Outcome
    reason: str = ""
    error: str = ""
    message: Message | None = None
    staff_task: StaffTask | None = None


class Action(Block):
    def named(self, params: Params, club: Club) -> Params:
        """The parameters with the names that the club gave to what it uses; at most one query per club."""
        return params

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        """Do it for the whole batch, all of one workflow; one outcome per enrollment id.

        Runs inside the transaction that moves the batch on: either both happen or neither.
        """
        raise NotImplementedError
