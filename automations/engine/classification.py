"""The one classification: for each member of a club the first reason that applies, or due."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from automations.actions.send_message import SendMessage
from automations.blocks import Params
from automations.conditions import Asked, Group, kept_with, read, unless
from automations.engine.stops import Stop, slipped_through, stops
from automations.models import Enrollment, Reason, Step, Workflow, WorkflowRun
from automations.rules.control import in_control
from automations.triggers import TRIGGERS, Occurrences, Trigger
from members.models.planning import as_any_key
from members.rules.days import AwayClock
from members.rules.pauses import is_paused
from messaging.gates import MEMBER_GATES, blocked
from messaging.models import Category, MessageTemplate


@dataclass(frozen=True)
class Question:
    """A workflow's question at one instant: the thresholds are fixed once, then asked of one member or of all."""

    workflow: Workflow
    now: dt.datetime
    rule: dict[str, Any] = field(default_factory=dict)
    """What an earlier run asked; empty for what the workflow asks now."""
    drafted: Sequence[Step] | None = None
    """The steps as they would be saved; None for the stored ones."""
    is_kept: bool = False
    """Whether its answers are: then whom a stop of the checks let slip through is told from who is merely too late."""
    asks_since: dt.datetime | None = None
    """When the workflow first asked, where the answers are kept: what became too late since then without one goes first."""

    @classmethod
    def of(cls, run: WorkflowRun) -> "Question":
        """The question as that run asked it, whatever has been edited since."""
        return cls(run.workflow, run.as_of, run.rule, is_kept=True)

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
    def patience_hours(self) -> int:
        return int(self.rule.get("patience_hours", self.workflow.patience_hours))

    @property
    def patience(self) -> dt.timedelta:
        return dt.timedelta(hours=self.patience_hours)

    @cached_property
    def control_percent(self) -> int:
        return int(self.rule.get("control_percent", self.workflow.control_percent))

    @cached_property
    def clock(self) -> AwayClock:
        if "clock" in self.rule:
            return AwayClock.from_json(self.rule["clock"])
        return AwayClock.of(self.workflow.club, self.now)

    def as_rule(self) -> dict[str, Any]:
        """What has to be kept to explain the answers later."""
        conditions = self.workflow.conditions
        return {
            "trigger": self.workflow.trigger,
            "trigger_params": self.workflow.trigger_params,
            "conditions": {"tree": conditions, **kept_with(conditions, self.asked)} if conditions else {},
            "cooldown_days": self.workflow.cooldown_days,
            "patience_hours": self.workflow.patience_hours,
            "control_percent": self.workflow.control_percent,
            "category": self.first_message.category,
            "instead": self.first_message.instead,
            "clock": self.clock.as_json(),
        }

    @cached_property
    def asked(self) -> Asked:
        """What the conditions are asked by: of an old run the segments as they were."""
        kept_clock = self.clock if "clock" in self.rule else None
        return Asked(self.workflow.club, self.now, kept_clock, self.rule.get("conditions", {}))

    @cached_property
    def conditions(self) -> Group:
        stored = self.rule.get("conditions", {}).get("tree", {}) if self.rule else self.workflow.conditions
        return read(stored, self.asked)

    @cached_property
    def fits(self) -> Q:
        """The members who fit the conditions; everybody without any."""
        return self.conditions.q(self.asked)

    @cached_property
    def occurrences(self) -> Occurrences:
        params = self.params | self.trigger.asked_by(self.workflow.pk, self.patience, self.asks_since)
        found = self.trigger.occurrences(self.workflow.club, self.now, params, self._before)
        erased = (Reason.ERASED, Q(erased_at__isnull=False))
        return replace(found, kept_out=[erased, *found.kept_out])

    @cached_property
    def first_message(self) -> "FirstMessage":
        return first_message(self.workflow, self.drafted)

    @property
    def channel(self) -> str:
        """The channel of the workflow's first message; empty if it sends none."""
        return self.first_message.channel

    @property
    def category(self) -> str:
        """What the first message is for; of an old run, what it was for then."""
        return str(self.rule.get("category", self.first_message.category))

    @cached_property
    def instead(self) -> str:
        """The channel by which it goes to whom that one cannot reach; empty if there is none."""
        return str(self.rule.get("instead", self.first_message.instead))

    @cached_property
    def kept_out(self) -> list[tuple[Reason, Q]]:
        """Every reason with its condition, in the order in which the first that applies counts."""
        percent = self.control_percent
        control = [(Reason.CONTROL, in_control(self.workflow, percent))] if percent else []
        return [
            *self._of_the_trigger(),
            *self._missed(),
            *self._unfit(),
            *self._resting(),
            *self._unreached(),
            (Reason.COOLDOWN, self._cooling_down()),
            *control,
        ]

    def _of_the_trigger(self) -> list[tuple[Reason, Q]]:
        # Nobody is left to a person who does not fit; the reasons after that one tell of them.
        handed_over = self.trigger.handed_over(self.params) if self.conditions.rules else frozenset()
        told: list[tuple[Reason, Q]] = []
        for reason, condition in self.occurrences.kept_out:
            if reason == self.trigger.too_late and self.stops:
                slipped = condition & slipped_through(self.trigger, self.clock, self.params, self.stops)
                told.append((Reason.MISSED, slipped & ~Q(Exists(self._for_this))))
            told.append((reason, condition & self.fits if reason in handed_over else condition))
        return told

    @cached_property
    def stops(self) -> list[Stop]:
        return stops(self.workflow, self.now) if self.is_kept and self.trigger.too_late else []

    def _unfit(self) -> list[tuple[Reason, Q]]:
        return [(Reason.UNFIT, unless(self.fits))] if self.conditions.rules else []

    def _resting(self) -> list[tuple[Reason, Q]]:
        """Nobody who is away by their own word; what a member has to be told reaches them all the same."""
        return [(Reason.PAUSED, is_paused(self.now))] if self.rests else []

    @property
    def rests(self) -> bool:
        """Whether it leaves those in peace who are away."""
        return self.category != Category.SERVICE

    @property
    def _before(self) -> QuerySet[Enrollment]:
        # By key: one that is not saved yet followed up only those whom a look back would have had it follow up.
        key = self.workflow.pk
        return Enrollment.objects.filter(workflow_id=key and as_any_key(key))

    def channels_for(self, member_ids: Collection[int]) -> dict[int, str]:
        """By which channel the first message would go to each of these, who are due; empty where a person takes over."""
        first = self.first_message
        another = first.instead or first.by_person
        stopped = blocked(first.channel, first.category, member_ids) if first.channel and another else {}
        left = set(stopped)
        if first.instead and stopped:
            left = set(blocked(first.instead, first.instead_category, stopped))
        over = "" if first.by_person else first.channel
        return {
            pk: first.channel if pk not in stopped else over if pk in left else first.instead
            for pk in member_ids
        }

    def _unreached(self) -> list[tuple[Reason, Q]]:
        """By neither way of the first message; nobody where a person looks after those who are left."""
        first = self.first_message
        if not first.channel or first.by_person:
            return []
        by_nothing_else = Q()
        if first.instead:
            by_nothing_else = reduce(
                or_, (gate.blocks(first.instead, first.instead_category) for gate in MEMBER_GATES)
            )
        return [
            (Reason(gate.reason), gate.blocks(first.channel, first.category) & by_nothing_else)
            for gate in MEMBER_GATES
        ]

    def _missed(self) -> list[tuple[Reason, Q]]:
        """What happened so long ago that the workflow's patience is over is recorded, and nobody is enrolled for it any more."""
        if self.trigger.lasts:
            return []
        in_time = self.now - self.occurrences.lasts_for - self.patience
        return [(Reason.MISSED, Q(fact__lt=in_time) & ~Q(Exists(self._for_this)))]

    def _cooling_down(self) -> Q:
        """Followed up for this very occurrence, or for any within the workflow's cooldown.

        Where an occurrence lasts, such as an absence, whoever was followed up since it began has been: a corrected
        date or another time zone may give the same absence another name. Whoever was left out cools down as the others do.
        """
        since: Any = Value(self.now - dt.timedelta(days=self.cooldown_days))
        if self.trigger.lasts:
            since = Least(since, Coalesce(OuterRef("fact"), since))
        # Apart, since each finds its row in an index; joined by OR they would read all that she was ever followed up for.
        recently = self._before.filter(member=OuterRef("pk"), enrolled_at__gt=since)
        return Q(Exists(recently)) | Q(Exists(self._for_this))

    @property
    def _for_this(self) -> QuerySet[Enrollment]:
        return self._before.filter(member=OuterRef("pk"), occurrence=OuterRef("occurrence_key"))

    def due(self) -> QuerySet[Any]:
        """The members whom a run would follow up, annotated as `members`."""
        return self.members().filter(self.occurrences.may_be_due, decided=Reason.DUE)

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


@dataclass(frozen=True)
class FirstMessage:
    """The ways by which a workflow's first message goes; `by_person` if the case is handed over where none is left."""

    channel: str = ""
    category: str = ""
    instead: str = ""
    instead_category: str = ""
    by_person: bool = False


def first_message(workflow: Workflow, drafted: Sequence[Step] | None = None) -> FirstMessage:
    steps = _message_steps(workflow) if drafted is None else drafted
    first = next((step for step in steps if step.action == SendMessage.kind), None)
    return first_messages([(workflow.club_id, first)])[0] if first else FirstMessage()


def first_messages(steps: Sequence[tuple[int, Step]]) -> list[FirstMessage]:
    """Of many workflows, given the key of the club and the first step that sends a message; one query for all."""
    templates = MessageTemplate.objects.filter(
        club__in={club for club, _step in steps},
        slug__in={
            slug
            for _club, step in steps
            for name in ("template", "fallback")
            if (slug := step.action_params.get(name))
        },
    )
    found: dict[tuple[int, Any], tuple[str, str]] = {
        (club, slug): (channel, category)
        for club, slug, channel, category in templates.values_list("club", "slug", "channel", "category")
    }
    nothing = ("", "")
    return [
        FirstMessage(
            *found.get((club, step.action_params.get("template")), nothing),
            *found.get((club, step.action_params.get("fallback")), nothing),
            bool(step.action_params.get("fallback_task")),
        )
        for club, step in steps
    ]


def _message_steps(workflow: Workflow) -> QuerySet[Step]:
    return workflow.steps.filter(action=SendMessage.kind).order_by("position", "id")[:1]
