"""One notification of Amazon SNS, as it stands in a queue or is posted to us, taken apart and checked for its form."""

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
GOODBYE = "UnsubscribeConfirmation"
LARGEST = 300_000
"""Characters; SNS sends at most 256 kB."""


class Unreadable(Exception):
    """It is not what it should be; says in a few words what is wrong, without quoting it."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What SNS wraps around a message; `fields` are all of it, for the signature."""

    type: str
    id: str
    topic: str
    message: str
    sent_at: dt.datetime
    fields: dict[str, str]


def parse(body: str) -> Notification:
    """The notification in this text; raises Unreadable."""
    if len(body) > LARGEST:
        raise Unreadable("longer than SNS sends")
    fields = json_object(body)
    for name in ("Type", "MessageId", "TopicArn", "Message", "Timestamp"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise Unreadable(f"without {name}")
    strings = {name: value for name, value in fields.items() if isinstance(value, str)}
    return Notification(
        type=strings["Type"],
        id=strings["MessageId"],
        topic=strings["TopicArn"],
        message=strings["Message"],
        sent_at=instant(strings["Timestamp"]),
        fields=strings,
    )


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in this text; raises Unreadable."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON, or cut off") from None
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def instant(text: Any) -> dt.datetime:
    """The instant that this text names, such as 2017-08-05T00:41:02.669Z, in UTC; raises Unreadable."""
    try:
        found = parse_datetime(text) if isinstance(text, str) else None
        if found is None or found.tzinfo is None:
            raise ValueError
        return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise Unreadable("without the instant at which it happened") from None


def milliseconds(number: Any) -> dt.datetime:
    """The instant so many milliseconds after the beginning of 1970, in UTC; raises Unreadable."""
    try:
        return dt.datetime.fromtimestamp(number / 1000, dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unreadable("without the instant at which it happened") from None


def own_number(value: Any) -> int | None:
    """Our number of the message, as we gave it along and get it back."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,17}", value) else None


def text_at(value: Any, *way: str) -> str:
    """The text that lies at this way inside an object; raises Unreadable if there is none."""
    found = at(value, *way)
    if not isinstance(found, str) or not found:
        raise Unreadable(f"without {'.'.join(way)}")
    return found


def at(value: Any, *way: str) -> Any:
    """Whatever lies at this way inside an object; None if the way ends before."""
    for step in way:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value
