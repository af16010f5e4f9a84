"""What a member does with messages on their own page: read, follow, put away. Each is kept once, with its first instant."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from members.models import Member
from messaging.models import Channel, Message, MessageEvent, MessageReceipt
from messaging.operations.events import Heard, record_events
from messaging.rules.fates import Told
from messaging.rules.inbox import message_of, unread_of

TOLD_AS = {"read_at": MessageEvent.Kind.OPENED, "followed_at": MessageEvent.Kind.CLICKED}


def mark_read(*, member: Member, message_id: int, now: dt.datetime) -> bool:
    """False if it was read before. Raises Message.DoesNotExist for what is not hers."""
    return bool(_mark([message_of(member, message_id)], "read_at", now))


def mark_all_read(*, member: Member, now: dt.datetime) -> int:
    """How many were not read before."""
    return _mark(list(unread_of(member)), "read_at", now)


def dismiss(*, member: Member, message_id: int, now: dt.datetime) -> bool:
    """It is not shown to her any more; the club's log keeps it. Raises Message.DoesNotExist."""
    return bool(_mark([message_of(member, message_id)], "dismissed_at", now))


def follow(*, member: Member, message_id: int, now: dt.datetime) -> str:
    """Where its link leads, as it was kept when the message left; empty if nowhere. Raises Message.DoesNotExist."""
    message = message_of(member, message_id)
    if message.action_url:
        _mark([message], "read_at", now)
        _mark([message], "followed_at", now)
    return message.action_url


@transaction.atomic
def _mark(messages: Sequence[Message], field: str, now: dt.datetime) -> int:
    """How many of them had it not before. Of an in-app message it is told as a provider tells it of an e-mail."""
    ids = [message.pk for message in messages]
    MessageReceipt.objects.bulk_create([MessageReceipt(message_id=pk) for pk in ids], ignore_conflicts=True)
    rows = MessageReceipt.objects.filter(Q(**{field: None}), pk__in=ids).order_by("pk")
    new = set(rows.select_for_update().values_list("pk", flat=True))
    MessageReceipt.objects.filter(pk__in=new).update(**{field: now})
    if kind := TOLD_AS.get(field):
        heard = [
            Heard(
                channel=message.channel,
                told=Told(kind=kind, happened_at=now),
                provider_id=message.provider_id,
                tag=message.pk,
                address=message.address,
            )
            for message in messages
            if message.pk in new and message.channel == Channel.IN_APP
        ]
        if heard:
            record_events(heard, now=now)
    return len(new)
