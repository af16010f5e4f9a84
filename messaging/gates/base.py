"""The three answers of a gate, and the two kinds of gate."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from django.db.models import Q

from members.models import Member
from messaging.models import Message


@dataclass(frozen=True)
class Skip:
    """Not to be sent: the message ends as skipped with this reason code."""

    reason: str


@dataclass(frozen=True)
class Wait:
    """Not now: ask again at `until`."""

    until: dt.datetime
    reason: str
    is_usual: bool = False
    """True for a wait that is nobody's fault, and so is not counted against the message's patience."""


Verdict = Skip | Wait


def not_beyond_use(message: Message, until: dt.datetime) -> dt.datetime:
    """A message that would wait until it is of no use is asked again as soon as that is so, and then recorded as too late."""
    return min(until, message.expires_at + dt.timedelta(seconds=1)) if message.expires_at else until


IN_HAND = (Message.Status.CLAIMED, Message.Status.SENDING)
"""What another worker has taken counts as if it had left."""


def beyond(room: int, batch: Iterable[Message]) -> list[Message]:
    """Those for whom there is no room; the more important ones go first."""
    return sorted(batch, key=lambda message: (-message.priority, message.due_at, message.pk))[max(0, room) :]


class MemberGate:
    """Keeps a member out of a channel; one SQL condition for one or a million."""

    reason: ClassVar[str]

    def blocks(self, channel: str, category: str) -> Q:
        """The members whom a message of this category must not reach by `channel`."""
        raise NotImplementedError

    def question(self, channel: str, category: str) -> str:
        raise NotImplementedError

    def seen(self, member: Member, channel: str, is_blocked: bool) -> str:
        """The value that an explanation shows."""
        raise NotImplementedError

    def text(self, channel: str, category: str = "") -> str:
        """One sentence for the log; without a category, of whatever is sent by the channel."""
        raise NotImplementedError


class DoorGate(Protocol):
    """Asked about a batch of messages just before they leave; silence lets a message through."""

    def verdicts(self, messages: Sequence[Message], now: dt.datetime) -> Mapping[int, Verdict]: ...
