"""What members write back, and who hears it; the form of a text to one of the club's numbers, through AWS End User Messaging
and SNS: https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from messaging.inbound.notifications import at, text_at
from messaging.models import Channel
from messaging.operations.replies import hear as take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a member wrote; phones in E.164, the instant in UTC."""

    channel: str
    from_phone: str
    to: str
    body: str
    provider_id: str
    previous_provider_id: str
    received_at: dt.datetime
    own_number: str = ""
    """What the provider calls the number that was written to, where a club's page names it so."""
    taken_as: str = ""
    """What it means, where the provider itself says so; else its words tell."""
    is_setting: bool = False
    """Nobody wrote it: it was chosen in the app, and the words are the provider's."""


class NobodyListens(Exception):
    """There is nobody whom to tell."""


Listener = Callable[..., Any]
LISTENERS: dict[str, Listener] = {Channel.SMS: take_in, Channel.WHATSAPP: take_in}
"""Who hears answers, by channel: called with the fields of a Reply, and `now`. Each may be called twice."""


def is_reply(notice: dict[str, Any]) -> bool:
    return "inboundMessageId" in notice and "messageBody" in notice


def reply_from(notice: dict[str, Any], received_at: dt.datetime) -> Reply:
    """The text in this notice, which names no instant of its own; raises Unreadable."""
    body = at(notice, "messageBody")
    return Reply(
        channel=Channel.SMS,
        from_phone=text_at(notice, "originationNumber"),
        to=text_at(notice, "destinationNumber"),
        body=body if isinstance(body, str) else "",
        provider_id=text_at(notice, "inboundMessageId"),
        previous_provider_id=str(at(notice, "previousPublishedMessageId") or ""),
        received_at=received_at,
    )


def hear(reply: Reply, *, now: dt.datetime) -> None:
    """Hand it to whoever listens to its channel; raises NobodyListens."""
    if reply.channel not in LISTENERS:
        raise NobodyListens
    LISTENERS[reply.channel](**asdict(reply), now=now)
