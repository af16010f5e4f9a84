"""How fast each account may send, shared by all workers through one row per channel.

This is about the physical world: it reads the real clock, whatever instant the messages are delivered as of.
"""

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from messaging.models import Channel, SendingPace

WITHIN_THE_HOUSE = 10_000.0
"""What no account limits."""


def rate_of(channel: str) -> float:
    """Messages a second."""
    rates = {
        Channel.SMS: settings.SMS_PER_SECOND,
        Channel.EMAIL: settings.EMAILS_PER_SECOND,
        Channel.WHATSAPP: settings.WHATSAPP_PER_SECOND,
        Channel.IN_APP: WITHIN_THE_HOUSE,
    }
    return float(rates[Channel(channel)])


@transaction.atomic(savepoint=False)
def reserve(channel: str, number: int) -> list[dt.datetime]:
    """The next `number` instants at which the account may be used; nobody else gets them."""
    now = timezone.now()
    pace = SendingPace.objects.filter(channel=channel)
    if not (free := list(pace.select_for_update().values_list("free_at", flat=True))):
        SendingPace.objects.bulk_create([SendingPace(channel=channel, free_at=now)], ignore_conflicts=True)
        free = list(pace.select_for_update().values_list("free_at", flat=True))
    end = max(free[0], now) + _apart(channel) * number
    pace.update(free_at=end)
    return slots_until(end, channel, number)


def statement_to_reserve(channel: str, number: int) -> tuple[str, list[Any]]:
    """`reserve` as a part of a larger statement, for PostgreSQL; `RETURNING free_at` is what `slots_until` takes."""
    now, span = timezone.now(), _apart(channel) * number
    return (
        "INSERT INTO messaging_sendingpace AS pace (channel, free_at) VALUES (%s, %s) "
        "ON CONFLICT (channel) DO UPDATE SET free_at = GREATEST(pace.free_at, %s) + %s",
        [channel, now + span, now, span],
    )


def slots_until(free_at: dt.datetime, channel: str, number: int) -> list[dt.datetime]:
    """The `number` instants that end where the account is free again."""
    apart = _apart(channel)
    return [free_at - apart * n for n in range(number, 0, -1)]


def _apart(channel: str) -> dt.timedelta:
    return dt.timedelta(seconds=1 / rate_of(channel))


def delay_account(channel: str, seconds: float) -> None:
    """Nobody uses the account for so long: the provider said that it was too fast."""
    until = timezone.now() + dt.timedelta(seconds=seconds)
    SendingPace.objects.filter(channel=channel, free_at__lt=until).update(free_at=until)


def wait_until(instant: dt.datetime) -> None:
    remaining = (instant - timezone.now()).total_seconds()
    if remaining > 0:
        time.sleep(remaining)
