"""Deleting the words of old messages and answers, as each club's page says: in small batches, the rows and every count stay."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext as _

from members.models import Club, Pause, StaffTask
from messaging.models import (
    InboundMessage,
    Message,
    MessageEvent,
    MessageLink,
    Notice,
    Suppression,
    WordsBlanked,
)
from messaging.models.notices import CANNOT_BE_HELPED
from messaging.rules.causes import AWAY, CARD

BATCH = 2_000
WORDS: dict[str, Any] = {
    "subject": "",
    "text_body": "",
    "html_body": "",
    "action_url": "",
    "context": {},
    "own_words": None,
    "error": "",
}
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Done = tuple[str, int, bool]
"""What was done to how many, and whether there may be more."""
UNDER_WAY = (Message.Status.QUEUED, Message.Status.CLAIMED, Message.Status.SENDING)
Kind, TakenAs = MessageEvent.Kind, InboundMessage.TakenAs
NO_WORDS = (Kind.HELD, Kind.SKIPPED, Kind.REQUEUED, Kind.SETTLED)
"""Their detail is a reason's code, or what staff did."""


def _has_open_task(prefix: str) -> Exists:
    """Of a message or an answer: somebody of the staff has yet to do what its words are for."""
    cause = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    return Exists(StaffTask.objects.filter(member=OuterRef("member"), cause=cause, status__in=StaffTask.OPEN))


STILL_NEEDED = Q(status__in=UNDER_WAY) | Q(_has_open_task(CARD), status=Message.Status.SKIPPED)


def blank_old_words(*, now: dt.datetime, seconds: float | None = None) -> dict[str, int]:
    """{"words deleted": messages}, and how many "answers emptied" and "notices deleted" if any were.

    Stops taking on more after so many `seconds`, and goes on from there the next time.
    """
    give_up_at = time.monotonic() + seconds if seconds else None
    counts: Counter[str] = Counter()
    clubs = list(Club.objects.filter(keep_words_days__isnull=False).order_by("keep_words_days", "pk"))
    steps = [(club, step) for club in clubs for step in (_blank_what_waited, _blank_some, _blank_answers)]
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
    """One batch of the club's oldest; what is still needed is passed by, and kept in mind."""
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
    left = Q(blanked_at=None)
    if not club.keeps_addresses:
        left |= ~Q(address="")
    old = Message.objects.filter(
        left, club=club, created_at__gte=reached.until, created_at__lt=cutoff, passed_by=None
    )
    some = list(old.order_by("created_at", "pk").values_list("pk", "created_at")[:BATCH])
    pks = [pk for pk, _created_at in some]
    done = _blank(pks, club, now)
    # Not by their status: one of them may have left just now.
    reached.waiting.add(*set(pks) - done)
    is_more = len(some) == BATCH
    reached.until = some[-1][1] if is_more else max(cutoff, reached.until)
    reached.save()
    return "words deleted", len(done), is_more


@transaction.atomic
def _blank_what_waited(club: Club, now: dt.datetime) -> Done:
    """One batch of what was passed by and has left since."""
    waited = Message.objects.filter(~STILL_NEEDED, passed_by=club.pk, created_at__lt=_cutoff(club, now))
    some = list(waited.order_by("pk").values_list("pk", flat=True)[:BATCH])
    done = _blank(some, club, now)
    WordsBlanked.waiting.through.objects.filter(wordsblanked=club.pk, message__in=done).delete()
    return "words deleted", len(done), len(some) == BATCH


def _blank(pks: Sequence[int], club: Club, now: dt.datetime) -> set[int]:
    """Those of these messages that are not needed any more, with what was kept of their words elsewhere."""
    if not pks:
        return set()
    changes = WORDS | ({} if club.keeps_addresses else {"address": "", "address_key": ""})
    # Somebody may have put one of them back into the outbox just now.
    Message.objects.filter(~STILL_NEEDED, pk__in=pks).update(**changes, blanked_at=now)
    rows = Message.objects.filter(pk__in=pks, blanked_at=now).values_list("pk", "member", "status")
    blanked = {pk: (member_id, status) for pk, member_id, status in rows}
    said = MessageEvent.objects.filter(message__in=blanked).exclude(kind__in=NO_WORDS)
    said.exclude(detail="").update(detail="")
    MessageLink.objects.filter(message__in=blanked).update(target="")
    skipped = {pk: one for pk, (one, status) in blanked.items() if status == Message.Status.SKIPPED}
    StaffTask.objects.filter(
        member__in=set(skipped.values()), cause__in=[f"{CARD}{pk}" for pk in skipped]
    ).update(words="")
    return set(blanked)


def _blank_answers(club: Club, now: dt.datetime) -> Done:
    return _emptied(InboundMessage.objects.filter(club=club), club, now)


def _blank_answers_of_no_club(club: Club, now: dt.datetime) -> Done:
    return _emptied(InboundMessage.objects.filter(club=None), club, now)


@transaction.atomic
def _emptied(answers: QuerySet[InboundMessage], club: Club, now: dt.datetime) -> Done:
    """One that waits for an answer, or whose task is open, keeps its words until it is done."""
    left = Q(blanked_at=None)
    if not club.keeps_addresses:
        left |= ~Q(from_address="")
    old = answers.filter(
        left, ~_has_open_task(AWAY), received_at__lt=_cutoff(club, now), handled_at__isnull=False
    )
    some = list(old.order_by("received_at", "pk").defer("body")[:BATCH])
    _empty_what_came_of([one for one in some if one.taken_as in (TakenAs.AWAY, TakenAs.STOP)])
    changes = {"body": ""} | ({} if club.keeps_addresses else {"from_address": ""})
    done = InboundMessage.objects.filter(pk__in=[one.pk for one in some]).update(**changes, blanked_at=now)
    return "answers emptied", done, len(some) == BATCH


def _empty_what_came_of(answers: Sequence[InboundMessage]) -> None:
    """Their words in a pause, a task and the suppression list, which stand as they are."""
    if not answers:
        return
    members, at = {one.member_id for one in answers}, {one.received_at for one in answers}
    Pause.objects.filter(member__in=members, starts_at__in=at, recorded_by=None).update(words="")
    tasks = StaffTask.objects.filter(member__in=members, cause__in=[f"{AWAY}{one.pk}" for one in answers])
    tasks.update(description=_("Wrote that they are away for a while; the words were deleted."))
    # A STOP holds for all clubs that send from the number.
    Suppression.objects.filter(
        club__in=list(Club.objects.values_list("pk", flat=True)),
        address__in={one.from_address for one in answers},
        suppressed_at__in=at,
        cause=Suppression.Cause.OPTED_OUT,
    ).update(detail="")


def _delete_notices(club: Club, now: dt.datetime) -> Done:
    old = Notice.objects.filter(CANNOT_BE_HELPED, received_at__lt=_cutoff(club, now))
    some = list(old.order_by("received_at", "pk").values_list("pk", flat=True)[:BATCH])
    Notice.objects.filter(pk__in=some).delete()
    return "notices deleted", len(some), len(some) == BATCH


def _cutoff(club: Club, now: dt.datetime) -> dt.datetime:
    assert club.keep_words_days is not None
    return now - dt.timedelta(days=club.keep_words_days)
