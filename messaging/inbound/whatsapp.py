"""What AWS End User Messaging Social publishes of WhatsApp messages: sent, delivered, read, failed; and what members write.

The form: https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html around Meta's own:
https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components · what somebody wishes to get:
https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/user_preferences
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy

from messaging.channels.whatsapp import TAG
from messaging.inbound.notifications import Unreadable, at, json_object, text_at
from messaging.inbound.replies import Reply
from messaging.models import Channel, InboundMessage, MessageEvent
from messaging.operations.events import Heard
from messaging.rules.fates import Told
from messaging.rules.replies import wish_about_offers

ENTRY = "whatsAppWebhookEntry"
Kind = MessageEvent.Kind
TakenAs = InboundMessage.TakenAs
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
"""Mexican and older Brazilian mobiles as WhatsApp names them, and as they are dialed; why they differ:
https://www.zoko.io/learning-article/whatsapp-id-brazil-mexico"""
# A member deleted one of hers; a catalog lacks something.
OF_NO_MESSAGE = ("deleted", "warning")
STOPPED_OFFERS = 131050
"""Meta's code where a message of offers failed because the member wants none."""
WISHES = {
    ("marketing_messages", "stop"): TakenAs.NO_OFFERS,
    ("marketing_messages", "resume"): TakenAs.OFFERS,
}


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
            code, words = _error(status)
            yield Heard(
                channel=Channel.WHATSAPP,
                told=Told(
                    kind=_KINDS[said],
                    happened_at=_seconds(at(status, "timestamp")),
                    reason=f"whatsapp_{code}" if said == "failed" and isinstance(code, int) else "",
                    # What it costs otherwise is not told.
                    cost=0 if at(status, "pricing", "billable") is False else None,
                ),
                # AWS answers our call with a number of its own, and does not promise to repeat it beside Meta's.
                provider_id=text_at(status, "id"),
                first_id=str(notice.get("messageId") or ""),
                has_one_id=False,
                tag=_tag(at(status, "biz_opaque_callback_data")),
                address=_phone(str(at(status, "recipient_id") or "")),
                detail=words if said == "failed" else "",
            )


def replies_from(notice: dict[str, Any]) -> Iterator[Reply]:
    """What members wrote, and what they chose in the app, in this notice; raises Unreadable."""
    for value in _values(entry_of(notice)):
        to = at(value, "metadata", "display_phone_number")
        number = _phone(to) if isinstance(to, str) else ""
        own = _own_number(notice, value)
        for reply in (*_wishes(value, number), *_refusals(value, number), *_written(value, number)):
            yield replace(reply, own_number=own)


def _own_number(notice: dict[str, Any], value: dict[str, Any]) -> str:
    """What AWS calls the number that this is about; empty if it does not tell."""
    numbers = _list(at(notice, "context"), "MetaPhoneNumberIds")
    there = at(value, "metadata", "phone_number_id")
    arns = (at(number, "arn") for number in numbers if at(number, "metaPhoneNumberId") == there)
    found = re.search(r":phone-number-id/(\w+)$", str(next(arns, "")))
    return f"phone-number-id-{found[1]}" if found else ""


def _written(value: dict[str, Any], to: str) -> Iterator[Reply]:
    for message in _list(value, "messages"):
        if (body := _body(message)) is None:
            continue
        yield Reply(
            channel=Channel.WHATSAPP,
            from_phone=_phone(text_at(message, "from")),
            to=to,
            body=body,
            provider_id=text_at(message, "id"),
            previous_provider_id=str(at(message, "context", "id") or ""),
            received_at=_seconds(at(message, "timestamp")),
            # A button in another language may stand for it as well.
            taken_as=wish_about_offers(str(at(message, "button", "payload") or "")) or "",
        )


def _wishes(value: dict[str, Any], to: str) -> Iterator[Reply]:
    """Who stopped offers or wants them again, in the settings of WhatsApp."""
    for wish in _list(value, "user_preferences"):
        meant = WISHES.get((at(wish, "category"), at(wish, "value")))
        if meant is None:
            raise Unreadable("with a wish that is not known")
        said_at = _seconds(at(wish, "timestamp"))
        phone = _phone(text_at(wish, "wa_id"))
        # It has no number of its own; told twice, it is the same.
        key = hashlib.sha256(f"{phone}|{to}|{meant}|{said_at.isoformat()}".encode()).hexdigest()
        yield _chosen(meant, phone, to, str(at(wish, "detail") or at(wish, "value")), key, "", said_at)


def _refusals(value: dict[str, Any], to: str) -> Iterator[Reply]:
    """Who stopped offers before, as a message to them tells that failed."""
    for status in _list(value, "statuses"):
        code, words = _error(status)
        if code == STOPPED_OFFERS and (phone := at(status, "recipient_id")):
            number = text_at(status, "id")
            key = hashlib.sha256(f"{number}|{code}".encode()).hexdigest()
            said_at = _seconds(at(status, "timestamp"))
            yield _chosen(TakenAs.NO_OFFERS, _phone(str(phone)), to, words, key, number, said_at)


def _chosen(meant: str, phone: str, to: str, words: str, key: str, about: str, said_at: dt.datetime) -> Reply:
    return Reply(
        channel=Channel.WHATSAPP,
        from_phone=phone,
        to=to,
        body=words,
        provider_id=key,
        previous_provider_id=about,
        received_at=said_at,
        taken_as=meant,
        is_setting=True,
    )


def _error(status: Any) -> tuple[Any, str]:
    """The code and the words of what went wrong; None and empty where nothing did."""
    error = next(iter(_list(status, "errors")), None)
    words = at(error, "error_data", "details") or at(error, "title")
    return at(error, "code"), words if isinstance(words, str) else ""


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
