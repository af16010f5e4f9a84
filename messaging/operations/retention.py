"""Deleting the words of old messages, as each club's page says: row by row in small batches, the rows and every count stay."""

import datetime as dt
import time
from typing import Any

from django.db import transaction
from django.db.models import Min, Q

from members.models import Club
from messaging.models import Message, WordsBlanked

BATCH = 2_000
WORDS: dict[str, Any] = {
    "subject": "",
    "text_body": "",
    "html_body": "",
    "action_url": "",
    "context": {},
    "own_words": None,
}
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
UNDER_WAY = (Message.Status.QUEUED, Message.Status.CLAIMED, Message.Status.SENDING)


def blank_old_words(*, now: dt.datetime, seconds: float | None = None) -> dict[str, int]:
    """{"words deleted": messages}; stops taking on more after so many `seconds`, and goes on from there the next time."""
    give_up_at = time.monotonic() + seconds if seconds else None
    blanked = 0
    for club in Club.objects.filter(keep_words_days__isnull=False).order_by("pk"):
        while give_up_at is None or time.monotonic() < give_up_at:
            done, is_more = _blank_some(club, now)
            blanked += done
            if not is_more:
                break
    return {"words deleted": blanked}


@transaction.atomic
def _blank_some(club: Club, now: dt.datetime) -> tuple[int, bool]:
    """One batch of the club's oldest, and whether there may be more."""
    assert club.keep_words_days is not None
    cutoff = now - dt.timedelta(days=club.keep_words_days)
    WordsBlanked.objects.bulk_create(
        [WordsBlanked(club=club, until=LONG_AGO, with_addresses=not club.keeps_addresses)],
        ignore_conflicts=True,
    )
    reached = WordsBlanked.objects.select_for_update().get(club=club)
    if not club.keeps_addresses and not reached.with_addresses:
        # From the beginning once more: the addresses were left so far.
        reached.until, reached.with_addresses = LONG_AGO, True
    elif club.keeps_addresses:
        reached.with_addresses = False
    old = Message.objects.filter(club=club, created_at__gte=reached.until, created_at__lt=cutoff)
    left = Q(blanked_at=None)
    if not club.keeps_addresses:
        left |= ~Q(address="")
    # What has not left by now keeps its words until it has, and is come back to.
    waiting = old.filter(status__in=UNDER_WAY).aggregate(oldest=Min("created_at"))["oldest"]
    if waiting:
        old = old.filter(created_at__lt=waiting)
    some = list(old.filter(left).order_by("created_at", "pk").values_list("pk", "created_at")[:BATCH])
    changes = WORDS | ({} if club.keeps_addresses else {"address": "", "address_key": ""})
    done = Message.objects.filter(pk__in=[pk for pk, _ in some]).update(**changes, blanked_at=now)
    is_more = len(some) == BATCH
    reached.until = some[-1][1] if is_more else waiting or max(cutoff, reached.until)
    reached.save()
    return done, is_more
