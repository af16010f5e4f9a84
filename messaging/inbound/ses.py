"""What Amazon SES publishes of an e-mail: sent, delivered, bounced, complained about, rejected, opened, clicked, delayed.

The form is that of event publishing, which hands our tag back, and of the older notifications of an identity, which do
not: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from messaging.inbound.notifications import Unreadable, at, instant, own_number, text_at
from messaging.models import Channel, MessageEvent, Suppression
from messaging.operations.events import Heard
from messaging.rules.fates import Told

TAG = "rollcall_message"
Kind = MessageEvent.Kind

# Told when a topic is set up, and when somebody uses SES's own list of subscriptions.
OF_NO_MESSAGE = ("AmazonSnsSubscriptionSucceeded", "Subscription")


def kind_of(event: dict[str, Any]) -> str:
    """As SES calls it, such as Bounce; empty if this is none of its events."""
    kind = event.get("eventType") or event.get("notificationType")
    return kind if isinstance(kind, str) else ""


def heard_from(event: dict[str, Any]) -> Iterable[Heard]:
    """The event in our form, nothing for what is about no message; raises Unreadable."""
    kind = kind_of(event)
    if kind in OF_NO_MESSAGE:
        return []
    if kind not in _READERS:
        raise Unreadable("an event that is not known")
    sent_at = instant(at(event, "mail", "timestamp"))
    told, detail, suppress = _READERS[kind](event)
    return [
        Heard(
            channel=Channel.EMAIL,
            told=told,
            provider_id=text_at(event, "mail", "messageId"),
            tag=_tag(event),
            address=_address(event),
            sent_at=sent_at,
            detail=detail,
            suppress=suppress,
        )
    ]


Read = tuple[Told, str, Suppression.Cause | None]


def _send(event: dict[str, Any]) -> Read:
    return Told(kind=Kind.ACCEPTED, happened_at=instant(at(event, "mail", "timestamp"))), "", None


def _delivery(event: dict[str, Any]) -> Read:
    said = at(event, "delivery", "smtpResponse")
    told = Told(kind=Kind.DELIVERED, happened_at=instant(at(event, "delivery", "timestamp")))
    return told, said if isinstance(said, str) else "", None


def _bounce(event: dict[str, Any]) -> Read:
    is_permanent = text_at(event, "bounce", "bounceType") == "Permanent"
    reason = snake(at(event, "bounce", "bounceSubType") or "undetermined")
    if not is_permanent and reason == "general":
        reason = "mailbox_unavailable"
    told = Told(
        kind=Kind.BOUNCED if is_permanent else Kind.RETURNED,
        happened_at=instant(at(event, "bounce", "timestamp")),
        reason=reason,
    )
    detail = _said(at(event, "bounce", "bouncedRecipients"), "diagnosticCode")
    return told, detail or reason, Suppression.Cause.BOUNCED if is_permanent else None


def _complaint(event: dict[str, Any]) -> Read:
    feedback = at(event, "complaint", "complaintFeedbackType") or at(event, "complaint", "complaintSubType")
    at_what = instant(at(event, "complaint", "timestamp"))
    reason = snake(feedback or "complaint")
    if reason == "not_spam":
        # She said that it is not spam.
        return Told(kind=Kind.ACCEPTED, happened_at=at_what), reason, None
    told = Told(kind=Kind.COMPLAINED, happened_at=at_what, reason=reason)
    return told, reason, Suppression.Cause.COMPLAINED


def _reject(event: dict[str, Any]) -> Read:
    reason = snake(text_at(event, "reject", "reason"))
    # SES names no instant of its own for it.
    told = Told(kind=Kind.REFUSED, happened_at=instant(at(event, "mail", "timestamp")), reason=reason)
    return told, reason, None


def _rendering(event: dict[str, Any]) -> Read:
    told = Told(
        kind=Kind.REFUSED, happened_at=instant(at(event, "mail", "timestamp")), reason="rendering_failure"
    )
    return told, text_at(event, "failure", "errorMessage"), None


def _open(event: dict[str, Any]) -> Read:
    return Told(kind=Kind.OPENED, happened_at=instant(at(event, "open", "timestamp"))), "", None


def _click(event: dict[str, Any]) -> Read:
    told = Told(kind=Kind.CLICKED, happened_at=instant(at(event, "click", "timestamp")))
    # Where to, without what follows the question mark: it may be a key to somebody's choice.
    return told, re.split(r"[?#]", text_at(event, "click", "link"))[0], None


def _delay(event: dict[str, Any]) -> Read:
    reason = snake(at(event, "deliveryDelay", "delayType") or "undetermined")
    told = Told(
        kind=Kind.DELAYED, happened_at=instant(at(event, "deliveryDelay", "timestamp")), reason=reason
    )
    return told, _said(at(event, "deliveryDelay", "delayedRecipients"), "diagnosticCode") or reason, None


_READERS: dict[str, Callable[[dict[str, Any]], Read]] = {
    "Send": _send,
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Rendering Failure": _rendering,
    "RenderingFailure": _rendering,
    "Open": _open,
    "Click": _click,
    "DeliveryDelay": _delay,
}


def _tag(event: dict[str, Any]) -> int | None:
    values = at(event, "mail", "tags", TAG)
    return own_number(values[0] if isinstance(values, list) and values else None)


def _address(event: dict[str, Any]) -> str:
    to = at(event, "mail", "destination")
    one = to[0] if isinstance(to, list) and len(to) == 1 else ""
    return one if isinstance(one, str) else ""


def _said(recipients: Any, name: str) -> str:
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    said = at(first, name)
    return said if isinstance(said, str) else ""


def snake(words: Any) -> str:
    """A code of the provider, such as MailboxFull or not-spam, in our form: mailbox_full, not_spam."""
    if not isinstance(words, str):
        raise Unreadable("with a reason that is no text")
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words)
    return re.sub(r"\W+", "_", apart).strip("_").lower()[:40]
