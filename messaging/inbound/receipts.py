"""What carriers did with texts, from the log that Amazon SNS keeps in CloudWatch: whether each arrived, its price, parts, carrier.

SNS tells it nowhere else. One group holds what arrived, one what did not; an entry may come up to 72 hours after the text.
The form: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings
from django.db import transaction

from messaging.inbound.notifications import Unreadable, at, json_object, milliseconds, text_at
from messaging.models import Channel, MessageEvent, ReceiptCursor, Suppression
from messaging.operations.events import Heard, record_events
from messaging.operations.unknown_texts import find_unknown_texts
from messaging.rules.fates import Told
from messaging.rules.receipt_reasons import OPTED_OUT, reason_of

logger = logging.getLogger(__name__)

LATEST = dt.timedelta(hours=72)
"""So late an entry may come; so far back the first reading goes."""
OVERLAP = dt.timedelta(minutes=15)
"""Read again each time: CloudWatch shows entries of the last minutes late, and a receipt may overtake its message's own record."""
WINDOW = dt.timedelta(hours=1)
"""Read to its end before the cursor moves."""
PAGE = 10_000
DIGITS = Decimal(1_000_000)

Clock = Callable[[], dt.datetime]


def read_receipts(*, clock: Clock, seconds: float) -> dict[str, int]:
    """Take in what the groups hold since the last time, for about so many seconds; counts. Reading twice changes nothing."""
    counts: Counter[str] = Counter()
    if not settings.SMS_RECEIPT_LOG_GROUPS:
        return {}
    client = _client()
    give_up_at = time.monotonic() + seconds
    for group in settings.SMS_RECEIPT_LOG_GROUPS:
        counts += _read_group(client, group, clock, give_up_at)
    return dict(+counts)


def _read_group(client: Any, group: str, clock: Clock, give_up_at: float) -> Counter[str]:
    counts: Counter[str] = Counter()
    now = clock()
    cursor, _ = ReceiptCursor.objects.get_or_create(group=group, defaults={"read_until": now - LATEST})
    since = cursor.read_until - OVERLAP
    while since < now and time.monotonic() < give_up_at:
        until = min(since + WINDOW, now)
        for page in _pages(client, group, since, until):
            counts += take_in_receipts(page, now=clock())
        # Whoever read further meanwhile is not set back.
        ReceiptCursor.objects.filter(pk=cursor.pk, read_until__lt=until).update(read_until=until)
        since = until
    return counts


def _pages(client: Any, group: str, since: dt.datetime, until: dt.datetime) -> Iterator[list[dict[str, Any]]]:
    asked = {
        "logGroupName": group,
        "startTime": int(since.timestamp() * 1000),
        "endTime": int(until.timestamp() * 1000),
        "limit": PAGE,
    }
    while True:
        try:
            answer = client.filter_log_events(**asked)
        except client.exceptions.ResourceNotFoundException:
            # SNS makes a group with its first entry.
            return
        if events := answer.get("events"):
            yield events
        # A page may be empty and not the last.
        if not (token := answer.get("nextToken")):
            return
        asked["nextToken"] = token


@transaction.atomic
def take_in_receipts(entries: Sequence[dict[str, Any]], *, now: dt.datetime) -> Counter[str]:
    """These entries of the log; what is about no text of ours, such as another program's, is passed over."""
    counts: Counter[str] = Counter()
    heard: list[Heard] = []
    for entry in entries:
        try:
            heard.append(_heard(entry))
        except Unreadable as why:
            counts["unreadable receipts"] += 1
            logger.warning("A receipt could not be read: %s", why)
    found = record_events(heard, now=now)
    # Nobody knew the number of a text whose call was never answered; its phone and minute tell which it is.
    rest = [one for one, message in zip(heard, found, strict=True) if message is None]
    again = [replace(one, tag=tag) for one, tag in zip(rest, find_unknown_texts(rest), strict=True) if tag]
    if again:
        found += record_events(again, now=now)
    counts["events"] = sum(message is not None for message in found)
    return counts


def _heard(entry: dict[str, Any]) -> Heard:
    said = json_object(text_at(entry, "message"))
    status = text_at(said, "status")
    if status not in ("SUCCESS", "FAILURE"):
        raise Unreadable("a status that is not known")
    words = at(said, "delivery", "providerResponse")
    words = words if isinstance(words, str) else ""
    has_arrived = status == "SUCCESS"
    reason = "" if has_arrived else reason_of(words)
    kind = MessageEvent.Kind.DELIVERED if has_arrived else MessageEvent.Kind.REFUSED
    return Heard(
        channel=Channel.SMS,
        told=Told(
            kind=kind,
            happened_at=milliseconds(entry.get("timestamp")),
            reason=reason,
            cost=millionths(at(said, "delivery", "priceInUSD")),
            parts=counted_parts(at(said, "delivery", "numberOfMessageParts")),
            carrier=str(at(said, "delivery", "phoneCarrier") or "")[:60],
        ),
        provider_id=text_at(said, "notification", "messageId"),
        address=str(at(said, "delivery", "destination") or ""),
        sent_at=_published_at(at(said, "notification", "timestamp")),
        detail=words,
        suppress=Suppression.Cause.OPTED_OUT if reason == OPTED_OUT else None,
    )


def _published_at(text: Any) -> dt.datetime:
    """Like 2016-06-28 00:40:34.558, in UTC."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
    except (TypeError, ValueError):
        raise Unreadable("without the instant at which it was published") from None


def millionths(price: Any) -> int | None:
    """This price in dollars as it is kept; None for what is none."""
    if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < 1_000_000:
        return None
    # As it is written: 0.00645 is not quite that as a float.
    return int((Decimal(repr(price)) * DIGITS).to_integral_value())


def counted_parts(number: Any) -> int | None:
    """How many parts are billed; None for what is no number of parts."""
    return number if isinstance(number, int) and 0 < number < 1_000 else None


def _client() -> Any:
    return boto3.session.Session().client(
        "logs",
        region_name=settings.AWS_REGION,
        endpoint_url=settings.AWS_ENDPOINT_URL,
        config=Config(**settings.AWS_CLIENT_CONFIG),
    )
