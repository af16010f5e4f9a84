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
from messaging.channels.envelopes import Envelope, Outcome, Sent
from messaging.models import Message
from messaging.operations.outcomes import record_unsent
from messaging.operations.pace import reserve, slots_until, statement_to_reserve

Ready = tuple[Message, Envelope]
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
    rows = [_recorded(message, provider_id, now) for message, provider_id in sent]
    rows += [_marked(message, marked_at) for message, _ in group]
    account = group[0][0].channel if group and at_pace else ""
    is_one_statement = not unsent and (connection.vendor == "postgresql" or not account)
    with nullcontext() if is_one_statement else transaction.atomic():
        counts = record_unsent(unsent, now)
        written, starts = _write(rows, account, len(group))
    counts["sent"] += len(sent)
    marked = list(group) if written == len(rows) else _still_ours(group, marked_at)
    for message, _ in marked:
        message.attempts, message.claimed_at = message.attempts + 1, marked_at
    return counts, list(zip(marked, starts or [marked_at] * len(marked), strict=False))


FIELDS = ["status", "provider_id", "attempts", "claimed_at", "sent_at", "ended_at", "error", "reason"]
OLD = ["claim", "status"]


def _recorded(message: Message, provider_id: str, now: dt.datetime) -> tuple[Any, ...]:
    # Whatever its status: also when it was swept to `unknown` meanwhile, the one who called the provider knows better.
    new = (Status.SENT, provider_id[:120], message.attempts, message.claimed_at, now, now, "", "")
    return (message.pk, *new, message.claim, None)


def _marked(message: Message, marked_at: dt.datetime) -> tuple[Any, ...]:
    new = (Status.SENDING, "", message.attempts + 1, marked_at, None, None, message.error, message.reason)
    return (message.pk, *new, message.claim, Status.CLAIMED)


def _write(rows: Sequence[tuple[Any, ...]], channel: str, number: int) -> tuple[int, list[dt.datetime]]:
    """How many rows were still as expected, and `number` instants reserved on the channel's account, if one is given."""
    if not rows:
        return 0, []
    sql, params = statement_for_rows(Message, FIELDS, rows, to_all={}, where={}, where_each=OLD)
    with connection.cursor() as cursor:
        if channel and connection.vendor == "postgresql":
            reserving, more = statement_to_reserve(channel, number)
            cursor.execute(
                f"WITH written AS ({sql} RETURNING 1), reserved AS ({reserving} RETURNING free_at) "  # noqa: S608
                "SELECT (SELECT COUNT(*) FROM written), (SELECT free_at FROM reserved)",
                [*params, *more],
            )
            written, free_at = cursor.fetchone()
            return int(written), slots_until(free_at, channel, number)
        cursor.execute(sql, params)
        return int(cursor.rowcount), reserve(channel, number) if channel else []


def _still_ours(group: Sequence[Ready], marked_at: dt.datetime) -> list[Ready]:
    marked = Message.objects.filter(
        pk__in=[message.pk for message, _ in group], status=Status.SENDING, claimed_at=marked_at
    )
    held = set(marked.values_list("pk", "claim"))
    return [(message, envelope) for message, envelope in group if (message.pk, message.claim) in held]
