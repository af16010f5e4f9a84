"""What a member does with messages on their own page: read, follow, put away. Each is kept once, with its first instant."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from members.models import Member
from messaging.models import Message, MessageReceipt
from messaging.rules.inbox import messages_of, unread_of


def mark_read(*, member: Member, message_id: int, now: dt.datetime) -> bool:
    """False if it was read before. Raises Message.DoesNotExist for what is not hers."""
    return bool(_mark(_hers(member, message_id), "read_at", now))


def mark_all_read(*, member: Member, now: dt.datetime) -> int:
    """How many were not read before."""
    return _mark(list(unread_of(member)), "read_at", now)


def dismiss(*, member: Member, message_id: int, now: dt.datetime) -> bool:
    """It is not shown to her any more; the club's log keeps it. Raises Message.DoesNotExist."""
    return bool(_mark(_hers(member, message_id), "dismissed_at", now))


def follow(*, member: Member, message_id: int, now: dt.datetime) -> str:
    """Where its link leads, as it was kept when the message left; empty if nowhere. Raises Message.DoesNotExist."""
    [message] = messages = _hers(member, message_id)
    if message.action_url:
        _mark(messages, "read_at", now)
        _mark(messages, "followed_at", now)
    return message.action_url


def _hers(member: Member, message_id: int) -> list[Message]:
    return [messages_of(member).get(pk=message_id)]


@transaction.atomic
def _mark(messages: Sequence[Message], field: str, now: dt.datetime) -> int:
    """How many of them had it not before."""
    ids = [message.pk for message in messages]
    MessageReceipt.objects.bulk_create([MessageReceipt(message_id=pk) for pk in ids], ignore_conflicts=True)
    new = MessageReceipt.objects.filter(Q(**{field: None}), pk__in=ids)
    return new.update(**{field: now})
