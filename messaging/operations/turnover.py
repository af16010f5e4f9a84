"""Between two calls of the provider: what came back is recorded and the next are marked as being sent, in one commit.

While this lasts, the threads of the group wait; so it is one trip to the database where the database can do that.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from members.models.bulk import statement_for_rows
from members.models.compiled import Among, cursor_that_remembers
from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations.outcomes import record_unsent
from messaging.operations.pace import reserve, slots_until, statement_to_reserve

Ready = tuple[Message, Envelope]
Statement = tuple[str, list[Any]]
Status = Message.Status


def turn_over(
    answered: Sequence[tuple[Message, Outcome]], group: Sequence[Ready], now: dt.datetime, *, at_pace: bool
) -> tuple[Counter[str], list[tuple[Ready, dt.datetime]]]:
    """Record the answers and mark the group, which is of one channel; the counts by result, and who may leave when.

    Those leave that are still held under the very claim that prepared them; others were swept since. `at_pace` gives
    each the account's next free instant, in UTC.
    """
    sent = [(message, outcome.provider_id) for message, outcome in answered if isinstance(outcome, Sent)]
    unsent = [(message, outcome) for message, outcome in answered if not isinstance(outcome, Sent)]
    marked_at = timezone.now()
    statements = [*_recording(sent, now), *_marking(group, marked_at)]
    account = group[0][0].channel if group and at_pace else ""
    is_postgresql = connection.vendor == "postgresql"
    is_one_statement = not unsent and (is_postgresql or (len(statements) < 2 and not account))
    with nullcontext() if is_one_statement else transaction.atomic():
        counts = record_unsent(unsent, now) if unsent else Counter()
        marked_rows, starts = _write(statements, account, len(group))
    counts["sent"] += len(sent)
    marked = list(group) if not group or marked_rows == len(group) else _still_ours(group, marked_at)
    for message, _ in marked:
        message.attempts, message.claimed_at = message.attempts + 1, marked_at
    return counts, list(zip(marked, starts or [marked_at] * len(marked), strict=False))


def _recording(sent: Sequence[tuple[Message, str]], now: dt.datetime) -> list[Statement]:
    if not sent:
        return []
    # Whatever its status: also when it was swept to `unknown` meanwhile, the one who called the provider knows better.
    return [
        statement_for_rows(
            Message,
            ["provider_id"],
            [(message.pk, provider_id[:120], message.claim) for message, provider_id in sent],
            to_all={"status": Status.SENT, "sent_at": now, "ended_at": now, "error": "", "reason": ""},
            where={},
            where_each=["claim"],
        )
    ]


def _marking(group: Sequence[Ready], marked_at: dt.datetime) -> list[Statement]:
    if not group:
        return []
    return [
        statement_for_rows(
            Message,
            ["attempts"],
            [(message.pk, message.attempts + 1, message.claim, Status.CLAIMED) for message, _ in group],
            to_all={"status": Status.SENDING, "claimed_at": marked_at, "provider_id": ""},
            where={},
            # Not one status for all: PostgreSQL would look through all that is in hand, and what lately was, for these few.
            where_each=["claim", "status"],
        )
    ]


def _write(statements: Sequence[Statement], channel: str, number: int) -> tuple[int, list[dt.datetime]]:
    """How many rows the last of them wrote, and `number` instants reserved on the channel's account, if one is given."""
    if connection.vendor != "postgresql":
        written = 0
        with connection.cursor() as cursor:
            for sql, params in statements:
                cursor.execute(sql, params)
                written = cursor.rowcount
        return written, reserve(channel, number) if channel else []
    if not statements:
        return 0, []
    parts = [f"written{n} AS ({sql} RETURNING 1)" for n, (sql, _params) in enumerate(statements)]
    params = [param for _sql, given in statements for param in given]
    free_at = "NULL"
    if channel:
        reserving, more = statement_to_reserve(channel, number)
        parts.append(f"reserved AS ({reserving} RETURNING free_at)")
        params += more
        free_at = "(SELECT free_at FROM reserved)"
    last = f"(SELECT COUNT(*) FROM written{len(statements) - 1})"  # noqa: S608
    with cursor_that_remembers(connection) as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {last}, {free_at}", params)
        rows, free = cursor.fetchone()
    return int(rows), slots_until(free, channel, number) if channel else []


def still_held(ready: Sequence[Ready]) -> list[Ready]:
    """Those that nobody took back since they were claimed; one query."""
    return _found(ready, status=Status.CLAIMED)


def _still_ours(group: Sequence[Ready], marked_at: dt.datetime) -> list[Ready]:
    return _found(group, status=Status.SENDING, claimed_at=marked_at)


def _found(ready: Sequence[Ready], **fields: object) -> list[Ready]:
    """Those whose rows have these values, under the very claim that prepared them."""
    rows = Message.objects.filter(Among("pk", [message.pk for message, _ in ready]), **fields)
    held = set(rows.values_list("pk", "claim"))
    return [(message, envelope) for message, envelope in ready if (message.pk, message.claim) in held]
