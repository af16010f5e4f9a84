"""How the wordings of a step compare: how many members each reached, and how many of those came back."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count

from automations.models import StepRun, Workflow
from automations.reports.comparison import FEWEST
from automations.reports.returns import REACHED, came_back
from messaging.models import Message


@dataclass(frozen=True)
class Wording:
    position: int
    letter: str
    name: str
    sent: int
    came_back: int

    @property
    def share(self) -> int:
        """Of those reached, the part in a hundred who came back."""
        return round(100 * self.came_back / self.sent) if self.sent else 0


def wordings_compared(workflow: Workflow, now: dt.datetime) -> list[Wording]:
    """By step and letter, of all members whom a wording ever reached; one query. Empty where nothing is compared."""
    runs = StepRun.objects.filter(
        enrollment__workflow=workflow, message__status=Message.Status.SENT, message__sent_at__lte=now
    ).exclude(variant="")
    member = "enrollment__member"
    found = (
        runs.annotate(reached_at=REACHED)
        .order_by("step__position", "step", "variant")
        .values_list("step__position", "step", "variant", "message__template__name")
        .annotate(
            n_sent=Count(member, distinct=True), n_back=Count(member, distinct=True, filter=came_back())
        )
    )
    return [
        Wording(position or 0, letter, name or "", sent, back)
        for position, _step, letter, name, sent, back in found
    ]


def is_too_early(wordings: list[Wording]) -> bool:
    return any(wording.sent < FEWEST for wording in wordings)
