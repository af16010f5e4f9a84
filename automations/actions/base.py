"""What every action answers: one outcome for each enrollment of a batch."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from automations.blocks import Block, Params
from automations.models import Enrollment, StepRun
from members.models import Club, StaffTask
from messaging.models import Message


@dataclass(frozen=True)
class StepOutcome:
    """`until`: not taken yet, nothing is recorded, and it is asked again then. `ends`: no further step is taken."""

    outcome: StepRun.Outcome
    reason: str = ""
    error: str = ""
    message: Message | None = None
    staff_task: StaffTask | None = None
    detail: str = ""
    """What came of it, in words, such as the code of an offer."""
    variant: str = ""
    """Which of several wordings it was."""
    until: dt.datetime | None = None
    ends: bool = False


class Action(Block):
    locks_members: ClassVar[bool] = False
    """Whether it changes what the members are, which is done in the order of their ids."""

    can_be_late: ClassVar[bool] = False
    """Whether it makes sense at any time, so that the workflow's patience does not count."""

    waits: ClassVar[bool] = False
    """Whether it may take its time: the enrollment stands before it until its outcome has no `until`."""

    def locks_club(self, params: Params) -> bool:
        """Whether it waits for others who do the same for the club. All of a batch is locked at once, clubs first."""
        return False

    def named(self, params: Params, club: Club) -> Params:
        """The parameters with the names that the club gave to what it uses; at most one query per club."""
        return params

    def run(self, batch: Sequence[Enrollment], params: Params, now: dt.datetime) -> dict[int, StepOutcome]:
        """Do it for the whole batch, all of one workflow; one outcome per enrollment id.

        Runs inside the transaction that moves the batch on: either both happen or neither.
        """
        raise NotImplementedError


def cause_of(enrollment: Enrollment) -> str:
    """Names this step of this enrollment: what it does is done once, however often it is tried."""
    return f"{enrollment.workflow.slug}:{enrollment.occurrence}:{enrollment.step_id}"


def all_done(batch: Sequence[Enrollment], detail: str) -> dict[int, StepOutcome]:
    return {enrollment.pk: StepOutcome(StepRun.Outcome.DONE, detail=detail) for enrollment in batch}
