"""The one classification: for each member of a club the first reason that applies, or due."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from automations.blocks import Params
from automations.models import Enrollment, Reason, Step, Workflow, WorkflowRun
from automations.triggers import TRIGGERS, Occurrences, Trigger
from members.rules.days import AwayClock
from messaging.gates import MEMBER_GATES
from messaging.models import MessageTemplate

SENDS = "send_message"


@dataclass(frozen=True)
class Question:
    """A workflow's question at one instant: the thresholds are fixed once, then asked of one member or of all."""

    workflow: Workflow
    now: dt.datetime
    rule: dict[str, Any] = field(default_factory=dict)
    """What an earlier run asked; empty for what the workflow asks now."""
    drafted: Sequence[Step] | None = None
    """The steps as they would be saved; None for the stored ones."""

    @classmethod
    def of(cls, run: WorkflowRun) -> "Question":
        """The question as that run asked it, whatever has been edited since."""
        return cls(run.workflow, run.as_of, run.rule)

    @cached_property
    def trigger(self) -> Trigger:
        return TRIGGERS[self.rule.get("trigger", self.workflow.trigger)]

    @cached_property
    def params(self) -> Params:
        params = self.rule.get("trigger_params", self.workflow.trigger_params)
        return self.trigger.clean(params, self.workflow.club)

    @cached_property
    def cooldown_days(self) -> int:
        return int(self.rule.get("cooldown_days", self.workflow.cooldown_days))

    @cached_property
    def clock(self) -> AwayClock:
        if "clock" in self.rule:
            return AwayClock.from_json(self.rule["clock"])
        return AwayClock.of(self.workflow.club, self.now)

    def as_rule(self) -> dict[str, Any]:
        """What has to be kept to explain the answers later."""
        return {
            "trigger": self.workflow.trigger,
            "trigger_params": self.workflow.trigger_params,
            "cooldown_days": self.workflow.cooldown_days,
            "clock": self.clock.as_json(),
        }

    @cached_property
    def occurrences(self) -> Occurrences:
        return self.trigger.occurrences(self.workflow.club, self.now, self.params)

    @cached_property
    def channel(self) -> str:
        """The channel of the workflow's first message; empty if it sends none."""
        return channel_of(self.workflow, self.drafted)

    @cached_property
    def kept_out(self) -> list[tuple[Reason, Q]]:
        """Every reason with its condition, in the order in which the first that applies counts."""
        gates = (
            [(Reason(gate.reason), gate.blocks(self.channel)) for gate in MEMBER_GATES]
            if self.channel
            else []
        )
        return [*self.occurrences.kept_out, *gates, (Reason.COOLDOWN, self._cooling_down())]

    def _cooling_down(self) -> Q:
        """Followed up for this very occurrence, or for any within the workflow's cooldown.

        Where an occurrence lasts, such as an absence, whoever was followed up since it began has been: a corrected
        date or another time zone may give the same absence another name.
        """
        # By key: nobody was followed up by one that is not saved yet.
        followed_up = Enrollment.objects.filter(workflow_id=self.workflow.pk, member=OuterRef("pk"))
        since: Any = Value(self.now - dt.timedelta(days=self.cooldown_days))
        if self.trigger.lasts:
            since = Least(since, Coalesce(OuterRef("fact"), since))
        # Apart, since each finds its row in an index; joined by OR they would read all that she was ever followed up for.
        recently = followed_up.filter(enrolled_at__gt=since)
        for_this = followed_up.filter(occurrence=OuterRef("occurrence_key"))
        return Q(Exists(recently)) | Q(Exists(for_this))

    def members(self) -> QuerySet[Any]:
        """Everyone of the club, annotated with `occurrence_key`, `decided` (a Reason) and `fact`."""
        return self.occurrences.members.annotate(
            occurrence_key=self.occurrences.key,
            fact=self.occurrences.fact_at,
        ).annotate(
            decided=Case(
                *(When(condition, then=Value(reason.value)) for reason, condition in self.kept_out),
                default=Value(Reason.DUE.value),
                output_field=CharField(),
            )
        )


def channel_of(workflow: Workflow, drafted: Sequence[Step] | None = None) -> str:
    steps = _message_steps(workflow) if drafted is None else drafted
    slugs = [step.action_params.get("template") for step in steps if step.action == SENDS]
    if not slugs:
        return ""
    return (
        MessageTemplate.objects.filter(club=workflow.club_id, slug=slugs[0])
        .values_list("channel", flat=True)
        .first()
        or ""
    )


def _message_steps(workflow: Workflow) -> QuerySet[Step]:
    return workflow.steps.filter(action=SENDS).order_by("position", "id")[:1]
