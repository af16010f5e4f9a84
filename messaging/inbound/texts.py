"""What AWS End User Messaging publishes of texts: on their way, delivered, refused; with price, parts and carrier.

The form: https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
"""

from typing import Any

from messaging.channels.end_user_messaging import TAG
from messaging.inbound.notifications import Unreadable, at, milliseconds, own_number, text_at
from messaging.inbound.receipts import counted_parts, millionths
from messaging.models import Channel, MessageEvent, Suppression
from messaging.operations.events import Heard
from messaging.rules.fates import Told
from messaging.rules.receipt_reasons import OF_TEXTS, OPTED_OUT, reason_of

Kind = MessageEvent.Kind
# AWS has it, and nobody says that the phone has: also where the carrier took it, and where it said nothing for 72 hours.
ON_THEIR_WAY = {"TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "TEXT_SUCCESSFUL", "TEXT_UNKNOWN"}


def is_about_text(said: dict[str, Any]) -> bool:
    """Whether this is one of its events of a text."""
    kind = said.get("eventType")
    return isinstance(kind, str) and kind.startswith("TEXT_")


def heard_from(event: dict[str, Any]) -> Heard:
    """The event in our form; raises Unreadable."""
    words = at(event, "messageStatusDescription")
    words = words if isinstance(words, str) else ""
    kind, reason = _kind_and_reason(event, words)
    return Heard(
        channel=Channel.SMS,
        told=Told(
            kind=kind,
            happened_at=milliseconds(event.get("eventTimestamp")),
            reason=reason,
            cost=_cost(event),
            parts=counted_parts(event.get("totalMessageParts")),
            carrier=str(event.get("carrierName") or "")[:60],
        ),
        provider_id=text_at(event, "messageId"),
        tag=own_number(at(event, "context", TAG)),
        address=str(event.get("destinationPhoneNumber") or ""),
        sent_at=milliseconds(event.get("messageRequestTimestamp")),
        detail=words,
        suppress=Suppression.Cause.OPTED_OUT if reason == OPTED_OUT else None,
    )


def _kind_and_reason(event: dict[str, Any], words: str) -> tuple[str, str]:
    said = event["eventType"]
    if said == "TEXT_DELIVERED":
        return Kind.DELIVERED, ""
    if said in ON_THEIR_WAY:
        return Kind.ACCEPTED, ""
    if said not in OF_TEXTS:
        raise Unreadable("an event that is not known")
    # While it is tried again, as with a phone that is off, it may still arrive.
    is_tried_again = event.get("isFinal") is False
    return Kind.DELAYED if is_tried_again else Kind.REFUSED, reason_of(words, said)


def _cost(event: dict[str, Any]) -> int | None:
    """Price and carrier's fee, which are billed side by side, in millionths of a US dollar."""
    price = millionths(event.get("totalMessagePrice"))
    return None if price is None else price + (millionths(event.get("totalCarrierFee")) or 0)
