"""The gates in their order: asked in SQL when members are chosen, and all of them again just before a message leaves."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Case, CharField, Value, When

from members.models import Member
from members.models.compiled import Among
from messaging.gates.address import AddressGate, address_of
from messaging.gates.base import DoorGate, MemberGate, Skip, Verdict, Wait
from messaging.gates.consent import ConsentGate
from messaging.gates.conversation import ConversationGate
from messaging.gates.frequency_cap import FrequencyCapGate, free_from
from messaging.gates.holds import HoldGate, holding
from messaging.gates.hourly_ceiling import HourlyCeilingGate
from messaging.gates.kill_switch import KillSwitchGate
from messaging.gates.quiet_hours import QuietHoursGate, open_from, opening_at_or_after
from messaging.gates.suppression import SuppressionGate
from messaging.models import Category, Message

MEMBER_GATES: tuple[MemberGate, ...] = (AddressGate(), ConsentGate(), SuppressionGate())


def blocked(channel: str, category: str, member_ids: Collection[int]) -> dict[int, str]:
    """Whom of these members a message of this category must not reach by the channel, each with the reason of the first
    gate that says so; one query."""
    asked = Member.objects.filter(Among("pk", member_ids)).annotate(
        blocked_by=Case(
            *(When(gate.blocks(channel, category), then=Value(gate.reason)) for gate in MEMBER_GATES),
            default=Value(""),
            output_field=CharField(),
        )
    )
    return dict(asked.exclude(blocked_by="").order_by().values_list("pk", "blocked_by"))


def category_of(message: Message) -> str:
    """What it is for; without its template, of which nothing is sent, the one that more members opt out of."""
    return message.template.category if message.template else Category.MARKETING


class MemberGates:
    """All member gates asked of a batch, one query per channel and category."""

    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Skip]:
        skipped: dict[int, Skip] = {}
        batches: dict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in messages:
            batches[message.channel, category_of(message)].append(message)
        for (channel, category), batch in sorted(batches.items()):
            stopped = blocked(channel, category, {message.member_id for message in batch})
            skipped |= {m.pk: Skip(stopped[m.member_id]) for m in batch if m.member_id in stopped}
        return skipped


_door: list[DoorGate] = [MemberGates(), ConversationGate(), HoldGate(), KillSwitchGate(), QuietHoursGate()]
_for_some: tuple[DoorGate, ...] = (FrequencyCapGate(), HourlyCeilingGate())
"""Those that let some through and not all are asked last, and only about what nothing else keeps from leaving."""


def add_door_gate(gate: DoorGate) -> None:
    """Let an app above ask before a message leaves; it is asked first."""
    _door.insert(0, gate)


def ask(messages: Sequence[Message], now: dt.datetime) -> dict[int, Verdict]:
    """What keeps each of these messages from leaving now, by message id; one that may leave is not in the answer.

    A skip outweighs a wait; among equals the first gate's answer counts.
    """
    answers: dict[int, Verdict] = {}
    for gate in _door:
        for pk, verdict in gate.verdicts(messages, now).items():
            if pk not in answers or (isinstance(verdict, Skip) and isinstance(answers[pk], Wait)):
                answers[pk] = verdict
    for gate in _for_some:
        answers |= gate.verdicts([message for message in messages if message.pk not in answers], now)
    return answers


__all__ = [
    "MEMBER_GATES",
    "DoorGate",
    "MemberGate",
    "Skip",
    "Verdict",
    "Wait",
    "add_door_gate",
    "address_of",
    "ask",
    "blocked",
    "category_of",
    "free_from",
    "holding",
    "open_from",
    "opening_at_or_after",
]
