"""What AWS End User Messaging Social publishes of WhatsApp messages: sent, delivered, read, failed; and what members write.

The form: https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html around Meta's own:
https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy

from messaging.channels.whatsapp import TAG
from messaging.inbound.notifications import Unreadable, at, json_object, text_at
from messaging.inbound.replies import Reply
from messaging.models import Channel, MessageEvent
from messaging.operations.events import Heard
from messaging.rules.fates import Told

ENTRY = "whatsAppWebhookEntry"
Kind = MessageEvent.Kind
_KINDS = {
    "sent": Kind.ACCEPTED,
    "delivered": Kind.DELIVERED,
    "read": Kind.OPENED,
    "failed": Kind.REFUSED,
}
WITH_WORDS: dict[str, list[tuple[str, ...]]] = {
    "text": [("body",)],
    "button": [("text",)],
    "interactive": [("button_reply", "title"), ("list_reply", "title")],
}
WITHOUT_WORDS = {
    "image": gettext_lazy("a picture"),
    "video": gettext_lazy("a video"),
    "audio": gettext_lazy("a voice message"),
    "document": gettext_lazy("a document"),
    "sticker": gettext_lazy("a sticker"),
    "location": gettext_lazy("a place"),
    "contacts": gettext_lazy("a contact"),
}
"""What is an answer although nothing is written; a reaction to a message, and what Meta itself tells, is none."""
WRITTEN_OTHERWISE = ((r"^521(\d{10})$", r"52\1"), (r"^55(\d\d)([6-9]\d{7})$", r"55\g<1>9\2"))
"""Mexican and older Brazilian mobiles as WhatsApp names them, and as they are dialed."""
# A member deleted one of hers; a catalog lacks something.
OF_NO_MESSAGE = ("deleted", "warning")


def entry_of(notice: dict[str, Any]) -> dict[str, Any]:
    """Meta's own words inside the notice; raises Unreadable."""
    entry = notice[ENTRY]
    return entry if isinstance(entry, dict) else json_object(text_at(notice, ENTRY))


def heard_from(notice: dict[str, Any]) -> Iterator[Heard]:
    """The statuses of our messages in this notice; raises Unreadable."""
    for value in _values(entry_of(notice)):
        for status in _list(value, "statuses"):
            said = text_at(status, "status")
            if said in OF_NO_MESSAGE:
                continue
            if said not in _KINDS:
                raise Unreadable("a status that is not known")
            error = next(iter(_list(status, "errors")), None)
            code = at(error, "code")
            words = at(error, "error_data", "details") or at(error, "title") or ""
            yield Heard(
                channel=Channel.WHATSAPP,
                told=Told(
                    kind=_KINDS[said],
                    happened_at=_seconds(at(status, "timestamp")),
                    reason=f"whatsapp_{code}" if said == "failed" and isinstance(code, int) else "",
                ),
                # AWS answers our call with a number of its own, and does not promise to repeat it beside Meta's.
                provider_id=_number(notice, status),
                has_one_id=False,
                tag=_tag(at(status, "biz_opaque_callback_data")),
                address=_phone(str(at(status, "recipient_id") or "")),
                detail=words if isinstance(words, str) and said == "failed" else "",
            )


def replies_from(notice: dict[str, Any]) -> Iterator[Reply]:
    """What members wrote, in this notice; raises Unreadable."""
    for value in _values(entry_of(notice)):
        to = at(value, "metadata", "display_phone_number")
        for message in _list(value, "messages"):
            if (body := _body(message)) is None:
                continue
            yield Reply(
                channel=Channel.WHATSAPP,
                from_phone=_phone(text_at(message, "from")),
                to=_phone(to) if isinstance(to, str) else "",
                body=body,
                provider_id=text_at(message, "id"),
                previous_provider_id=str(at(message, "context", "id") or ""),
                received_at=_seconds(at(message, "timestamp")),
            )


def _body(message: Any) -> str | None:
    """Its words, else what she sent; None if it is no answer."""
    if not isinstance(kind := at(message, "type"), str):
        return None
    if kind in WITH_WORDS:
        said = next((found for way in WITH_WORDS[kind] if (found := at(message, kind, *way))), "")
        return said if isinstance(said, str) else ""
    if kind not in WITHOUT_WORDS:
        return None
    caption = at(message, kind, "caption")
    return caption if isinstance(caption, str) and caption else f"[{WITHOUT_WORDS[kind]}]"


def _values(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for change in _list(entry, "changes"):
        if isinstance(value := at(change, "value"), dict):
            yield value


def _list(value: Any, name: str) -> list[Any]:
    found = at(value, name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"with {name} that are no list")
    return found


def _number(notice: dict[str, Any], status: dict[str, Any]) -> str:
    number = notice.get("messageId")
    return number if isinstance(number, str) and number else text_at(status, "id")


def _tag(value: Any) -> int | None:
    found = re.fullmatch(rf"{TAG}:([1-9]\d{{0,17}})", value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _seconds(value: Any) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(int(value), dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unreadable("without the instant at which it happened") from None


def _phone(digits: str) -> str:
    found = re.sub(r"\D", "", digits)
    for theirs, dialed in WRITTEN_OTHERWISE:
        found = re.sub(theirs, dialed, found)
    return f"+{found}"
