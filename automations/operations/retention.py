"""Deleting old words, as each club's page says: those of messages and answers, then what staff wrote for them here; the rows stay."""

import datetime as dt

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from automations.models import Correction, Enrollment, PlannedCopy
from members.models import Club
from messaging.operations import retention


def blank_old_words(*, now: dt.datetime, seconds: float | None = None) -> dict[str, int]:
    """What was done to how many; stops taking on more messages after so many `seconds`."""
    return retention.blank_old_words(now=now, seconds=seconds) | blank_words_of_staff(now=now)


@transaction.atomic
def blank_words_of_staff(*, now: dt.datetime) -> dict[str, int]:
    """How many copies and corrections, of all clubs that say for how long, if any.

    A copy keeps its words while the step that it is for is still to come. A correction without words is over.
    """
    counts = {"copies emptied": 0, "corrections emptied": 0}
    for club in Club.objects.filter(keep_words_days__isnull=False).order_by("pk"):
        assert club.keep_words_days is not None
        cutoff = now - dt.timedelta(days=club.keep_words_days)
        copies = PlannedCopy.objects.filter(
            ~_still_to_come(), enrollment__member__club=club, changed_at__lt=cutoff, own_words__isnull=False
        )
        counts["copies emptied"] += _emptied(copies, own_words=None)
        corrections = Correction.objects.filter(
            workflow__club=club, made_at__lt=cutoff, own_words__isnull=False
        ).exclude(own_words={})
        counts["corrections emptied"] += _emptied(
            corrections, own_words={}, finished_at=Coalesce(F("finished_at"), now)
        )
    return {what: number for what, number in counts.items() if number}


def _still_to_come() -> Q:
    """Of a copy: somebody stands before its step."""
    return Q(enrollment__status=Enrollment.Status.ACTIVE, enrollment__step=F("step"))


def _emptied(rows: QuerySet[PlannedCopy] | QuerySet[Correction], **words: object) -> int:
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    return rows.model._base_manager.filter(pk__in=ids).update(**words)
