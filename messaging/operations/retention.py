"""Deleting the words of old messages and answers, as each club's page says: in small batches, the rows and every count stay."""

import datetime as dt
import time
from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from members.models import Club
from messaging.models import InboundMessage, Message, Notice, WordsBlanked
from messaging.models.notices import CANNOT_BE_HELPED

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
Done = tuple[str, int, bool]
"""What was done to how many, and whether there may be more."""
UNDER_WAY = (Message.Status.QUEUED, Message.Status.CLAIMED, Message.Status.SENDING)


def blank_old_words(*, now: dt.datetime, seconds: float | None = None) -> dict[str, int]:
    """{"words deleted": messages}, and how many "answers emptied" and "notices deleted" if any were.

    Stops taking on more after so many `seconds`, and goes on from there the next time.
    """
    give_up_at = time.monotonic() + seconds if seconds else None
    counts: Counter[str] = Counter()
    clubs = list(Club.objects.filter(keep_words_days__isnull=False).order_by("keep_words_days", "pk"))
    steps = [(club, step) for club in clubs for step in (_blank_some, _blank_answers)]
    # What is of no club may be of any: as the strictest has it.
    steps += [(club, step) for club in clubs[:1] for step in (_blank_answers_of_no_club, _delete_notices)]
    for club, step in steps:
        while give_up_at is None or time.monotonic() < give_up_at:
            what, done, is_more = step(club, now)
            counts[what] += done
            if not is_more:
                break
    return {"words deleted": 0} | +counts


@transaction.atomic
def _blank_some(club: Club, now: dt.datetime) -> Done:
    """One batch of the club's oldest."""
    cutoff = _cutoff(club, now)
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
    # Somebody may have put one of them back into the outbox just now.
    rows = Message.objects.filter(pk__in=[pk for pk, _ in some]).exclude(status__in=UNDER_WAY)
    done = rows.update(**changes, blanked_at=now)
    is_more = len(some) == BATCH
    reached.until = some[-1][1] if is_more else waiting or max(cutoff, reached.until)
    reached.save()
    return "words deleted", done, is_more


def _blank_answers(club: Club, now: dt.datetime) -> Done:
    return _emptied(InboundMessage.objects.filter(club=club), club, now)


def _blank_answers_of_no_club(club: Club, now: dt.datetime) -> Done:
    return _emptied(InboundMessage.objects.filter(club=None), club, now)


def _emptied(answers: QuerySet[InboundMessage], club: Club, now: dt.datetime) -> Done:
    """One that waits for an answer keeps its words until it is done."""
    left = Q(blanked_at=None)
    if not club.keeps_addresses:
        left |= ~Q(from_address="")
    old = answers.filter(left, received_at__lt=_cutoff(club, now), handled_at__isnull=False)
    some = list(old.order_by("received_at", "pk").values_list("pk", flat=True)[:BATCH])
    changes = {"body": ""} | ({} if club.keeps_addresses else {"from_address": ""})
    done = InboundMessage.objects.filter(pk__in=some).update(**changes, blanked_at=now)
    return "answers emptied", done, len(some) == BATCH


def _delete_notices(club: Club, now: dt.datetime) -> Done:
    old = Notice.objects.filter(CANNOT_BE_HELPED, received_at__lt=_cutoff(club, now))
    some = list(old.order_by("received_at", "pk").values_list("pk", flat=True)[:BATCH])
    Notice.objects.filter(pk__in=some).delete()
    return "notices deleted", len(some), len(some) == BATCH


def _cutoff(club: Club, now: dt.datetime) -> dt.datetime:
    assert club.keep_words_days is not None
    return now - dt.timedelta(days=club.keep_words_days)
