"""Writing down who said yes and who said no."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from members.models import Member
from members.signals import facts_changed
from messaging.models import ConsentRecord


def has_opted_out(*, member_id: int, channel: str) -> bool:
    """Whether her latest word about this channel was no."""
    latest = ConsentRecord.objects.filter(member_id=member_id, channel=channel).first()
    return latest is not None and not latest.is_granted


def opt_out(
    *,
    member_id: int,
    channel: str,
    source: str,
    words: str,
    now: dt.datetime,
    recorded_by: AbstractBaseUser | None = None,
) -> bool:
    """Record that this member wants nothing more on this channel; False if that was known already."""
    return _record(False, member_id, channel, source, words, now, recorded_by)


def opt_in(
    *,
    member_id: int,
    channel: str,
    source: str,
    words: str,
    now: dt.datetime,
    recorded_by: AbstractBaseUser | None = None,
) -> bool:
    """Record that this member agreed to this channel; False if that was known already."""
    return _record(True, member_id, channel, source, words, now, recorded_by)


@transaction.atomic
def _record(
    is_granted: bool,
    member_id: int,
    channel: str,
    source: str,
    words: str,
    now: dt.datetime,
    recorded_by: AbstractBaseUser | None,
) -> bool:
    Member.objects.select_for_update().only("pk").get(pk=member_id)
    latest = ConsentRecord.objects.filter(member_id=member_id, channel=channel).first()
    if latest is not None and latest.is_granted == is_granted:
        return False
    ConsentRecord.objects.create(
        member_id=member_id,
        channel=channel,
        is_granted=is_granted,
        # A word dated ahead, by a slow clock here or a fast one elsewhere, must not outlive this one.
        recorded_at=max(now, latest.recorded_at) if latest else now,
        source=source,
        words=words,
        recorded_by_id=recorded_by.pk if recorded_by else None,
    )
    facts_changed.send(sender=Member, member_ids=[member_id])
    return True
