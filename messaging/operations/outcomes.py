"""Recording what else the provider said: again later, refused for good, or nobody knows."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from messaging.channels.envelopes import Again, Outcome, Refused, Unknown
from messaging.models import Message, MessageEvent, Suppression
from messaging.operations.pace import delay_account

MOST_ATTEMPTS = 6
FIRST_BACK_OFF = dt.timedelta(seconds=30)
LONGEST_BACK_OFF = dt.timedelta(hours=1)
PAUSE_WHEN_THROTTLED = 1.0

Status = Message.Status
Kind = MessageEvent.Kind


@transaction.atomic(savepoint=False)
def record_unsent(results: Sequence[tuple[Message, Outcome]], now: dt.datetime) -> Counter[str]:
    """Write what became of each message that the provider did not take for certain; counts by result."""
    counts: Counter[str] = Counter()
    for message, outcome in results:
        match outcome:
            case Again():
                counts[_try_again(message, outcome, now)] += 1
            case Refused():
                _end(message, Status.FAILED, Kind.FAILED, outcome.detail, now)
                counts["failed"] += 1
                if outcome.suppress:
                    _suppress(message, outcome.suppress, outcome.detail, now)
            case Unknown():
                _end(message, Status.UNKNOWN, Kind.UNKNOWN, outcome.detail, now)
                counts["unknown"] += 1
    return counts


def slow_down(results: Sequence[tuple[Message, Outcome]]) -> None:
    """Pause the accounts that turned a message away."""
    # Not in the transaction that records: it goes on to reserve, and two workers that locked the rows of two accounts
    # in different order would wait for each other.
    for channel in sorted({message.channel for message, outcome in results if isinstance(outcome, Again)}):
        delay_account(channel, PAUSE_WHEN_THROTTLED)


def back_off(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts (1 or more): doubling, with jitter so that a crowd spreads out."""
    longest = min(FIRST_BACK_OFF * 2.0 ** (attempts - 1), LONGEST_BACK_OFF)
    return longest * random.uniform(0.5, 1)  # noqa: S311


def _try_again(message: Message, outcome: Again, now: dt.datetime) -> str:
    """Back into the queue, or failed with the provider's words once enough was tried."""
    attempts = message.attempts
    # A wait that the provider names is the account's trouble, not this message's: its patience ends that.
    if attempts >= MOST_ATTEMPTS and not (outcome.after and message.expires_at):
        _end(message, Status.FAILED, Kind.FAILED, outcome.detail, now)
        return "failed"
    _ours(message).update(
        status=Status.QUEUED,
        due_at=now + (outcome.after or back_off(attempts)),
        claim=None,
        error=outcome.detail,
    )
    _event(message, Kind.RETRY, outcome.detail, now)
    return "again"


def _end(message: Message, status: Status, kind: Kind, detail: str, now: dt.datetime) -> None:
    _ours(message).update(status=status, error=detail, reason="", ended_at=now)
    _event(message, kind, detail, now)


def _ours(message: Message) -> QuerySet[Message]:
    """Also when it was swept to `unknown` meanwhile: the one who called the provider knows better."""
    return Message.objects.filter(pk=message.pk, claim=message.claim)


def _event(message: Message, kind: Kind, detail: str, now: dt.datetime) -> None:
    MessageEvent.objects.create(message=message, kind=kind, detail=detail, happened_at=now)


def _suppress(message: Message, cause: Suppression.Cause, detail: str, now: dt.datetime) -> None:
    Suppression.objects.bulk_create(
        [
            Suppression(
                club_id=message.club_id,
                channel=message.channel,
                address=message.address.lower(),
                cause=cause,
                detail=detail[:300],
                suppressed_at=now,
            )
        ],
        ignore_conflicts=True,
    )
