"""What happened to a club's messages, in an order that never changes and never has anything put in between later.

Numbers are handed out before their transactions are committed, so a lower one may appear after a higher one. A reader is
therefore given what happened only up to the newest event at which every transaction that could bring a lower one has ended.
"""

import time
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Max

from members.models import Club
from messaging.models import MessageEvent

LOOKED_THROUGH = 50_000
"""Events of all clubs that one page looks through at most."""
PATIENCE = 2.0
"""Seconds; who writes events takes milliseconds."""
PAUSE = 0.02
FIELDS = (
    *("id", "kind", "happened_at", "message_id", "message__member__external_id", "message__channel"),
    *("message__origin", "message__status", "message__reason", "message__subject", "message__text_body"),
    *("message__created_at", "message__sent_at"),
)


@dataclass(frozen=True)
class Page:
    """Events by `FIELDS`, the cursor that leads on from here, and whether more is there already."""

    events: list[tuple[Any, ...]]
    cursor: int
    has_more: bool


def feed(*, club: Club, after: int, limit: int) -> Page:
    """The first events of the club's messages after the cursor `after`, `limit` at most."""
    newest = MessageEvent.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest <= after or not _is_settled():
        return Page([], after, has_more=False)
    until = min(newest, after + LOOKED_THROUGH)
    events = list(
        MessageEvent.objects.filter(pk__gt=after, pk__lte=until, message__club=club)
        .order_by("pk")
        .values_list(*FIELDS)[:limit]
    )
    is_full = len(events) == limit
    return Page(events, events[-1][0] if is_full else until, has_more=is_full or until < newest)


def _is_settled() -> bool:
    """Once every transaction that was writing events a moment ago has ended; False if one takes too long for us.

    Whoever has been given a number holds the table's lock for writers from before that to the end of her transaction.
    SQLite has one writer at a time, and so no numbers that are overtaken.
    """
    if connections[MessageEvent.objects.db].vendor != "postgresql":
        return True
    writing, until = _writers(), time.monotonic() + PATIENCE
    while writing:
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE)
        writing &= _writers()
    return True


def _writers() -> set[str]:
    with connections[MessageEvent.objects.db].cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction FROM pg_locks WHERE relation = %s::regclass AND granted "
            "AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid() "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [MessageEvent._meta.db_table],
        )
        return {transaction for (transaction,) in cursor.fetchall()}
