"""The gates in their order: asked in SQL when members are chosen, and all of them again just before a message leaves."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Case, CharField, Value, When

from members.models import Member
from messaging.gates.address import AddressGate, address_of
from messaging.gates.base import DoorGate, MemberGate, Skip, Verdict, Wait
from messaging.gates.consent import ConsentGate
from messaging.gates.kill_switch import KillSwitchGate
from messaging.gates.quiet_hours import QuietHoursGate, open_from
from messaging.gates.suppression import SuppressionGate
from messaging.models import Message

MEMBER_GATES: tuple[MemberGate, ...] = (AddressGate(), ConsentGate(), SuppressionGate())


class MemberGates:
    """All member gates asked of a batch, one query per channel."""

    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> dict[int, Skip]:
        skipped: dict[int, Skip] = {}
        for channel in sorted({message.channel for message in messages}):
            batch = [message for message in messages if message.channel == channel]
            blocked = dict(
                Member.objects.filter(pk__in={message.member_id for message in batch})
                .annotate(
                    blocked_by=Case(
                        *(When(gate.blocks(channel), then=Value(gate.reason)) for gate in MEMBER_GATES),
                        default=Value(""),
                        output_field=CharField(),
                    )
                )
                .exclude(blocked_by="")
                .values_list("pk", "blocked_by")
            )
            skipped |= {m.pk: Skip(blocked[m.member_id]) for m in batch if m.member_id in blocked}
        return skipped


_door: list[DoorGate] = [MemberGates(), KillSwitchGate(), QuietHoursGate()]


def add_door_gate(gate: DoorGate) -> None:
    """Let an app above ask before a message leaves; it is asked first."""
    _door.insert(0, gate)


def ask(messages: Sequence[Message], now: dt.datetime) -> dict[int, Verdict]:
    """What keeps each of these messages from leaving now, by message id; one that may leave is not in the answer.

    A skip outweighs a wait; among equals the first gate's answer counts.
    """
    answers: dict[int, Verdict] = {}
    for _gate in ask_in_turn(messages, now, answers):
        pass
    return answers


def ask_in_turn(
    messages: Sequence[Message], now: dt.datetime, answers: dict[int, Verdict]
) -> Iterator[DoorGate]:
    """`ask` for somebody with other things to do: adds to `answers`, and pauses after each gate."""
    for gate in _door:
        for pk, verdict in gate.verdicts(messages, now).items():
            if pk not in answers or (isinstance(verdict, Skip) and isinstance(answers[pk], Wait)):
                answers[pk] = verdict
        yield gate


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
    "ask_in_turn",
    "open_from",
]
