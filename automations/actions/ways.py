"""How a step's message goes to each of a batch: in which wording, by which channel, or else through a person."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from automations.actions.base import StepOutcome
from automations.actions.variants import choose_variants
from automations.actions.wordings import shares, wordings
from automations.blocks import Params
from automations.models import Enrollment, StepRun
from messaging.gates import MEMBER_GATES, blocked
from messaging.models import MessageTemplate


@dataclass(frozen=True)
class Way:
    """`template` is None where a person is to look after it; `reason` is why not the first way, if not."""

    template: MessageTemplate | None
    variant: str = ""
    reason: str = ""
    detail: str = ""

    def outcome(self, **made: Any) -> StepOutcome:
        return StepOutcome(
            StepRun.Outcome.DONE, reason=self.reason, detail=self.detail, variant=self.variant, **made
        )


def ways_for(
    batch: Sequence[Enrollment],
    first: MessageTemplate,
    params: Params,
    templates: Mapping[str, MessageTemplate],
    now: dt.datetime,
    *,
    keeps_variants: bool = True,
) -> dict[int, Way]:
    """By enrollment. Who can be reached by no way that is left still goes by the first: the door says why it does not leave."""
    members = {enrollment.member_id for enrollment in batch}
    instead = templates[params["fallback"]] if params.get("fallback") else None
    has_another_way = bool(members and (instead or params.get("fallback_task")))
    stopped = blocked(first.channel, first.category, members) if has_another_way else {}
    stopped_instead = blocked(instead.channel, instead.category, stopped) if instead and stopped else {}
    said = wordings(params)
    letters = (
        choose_variants(
            # Whoever is not written to has no part in the comparison.
            step_id=batch[0].step_id,
            member_ids=members - stopped.keys(),
            shares=shares(params),
            now=now,
            keeps=keeps_variants,
        )
        if len(said) > 1 and members and batch[0].step_id
        else {}
    )
    ways: dict[int, Way] = {}
    for enrollment in batch:
        member = enrollment.member_id
        reason = stopped.get(member, "")
        if not reason:
            letter = letters.get(member, "")
            ways[enrollment.pk] = Way(templates[said[letter]] if letter else first, letter)
        elif instead and member not in stopped_instead:
            ways[enrollment.pk] = Way(instead, "", reason, _why(first, reason, instead.get_channel_display()))
        elif params.get("fallback_task"):
            ways[enrollment.pk] = Way(None, "", reason, _why(first, reason, _("A task")))
        else:
            ways[enrollment.pk] = Way(first)
    return ways


def _why(first: MessageTemplate, reason: str, instead: str) -> str:
    why = next(gate.text(first.channel, first.category) for gate in MEMBER_GATES if gate.reason == reason)
    return _("%(instead)s instead: %(why)s") % {"instead": instead, "why": why}
