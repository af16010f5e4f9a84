"""Writing down who said no."""

import datetime as dt

from django.db import transaction

from members.models import Member
from messaging.models import ConsentRecord


def has_opted_out(*, member_id: int, channel: str) -> bool:
    """Whether her latest word about this channel was no."""
    latest = ConsentRecord.objects.filter(member_id=member_id, channel=channel).first()
    return latest is not None and not latest.is_granted


@transaction.atomic
def opt_out(*, member_id: int, channel: str, source: str, words: str, now: dt.datetime) -> bool:
    """Record that this member wants nothing more on this channel; False if that was known already."""
    Member.objects.select_for_update().only("pk").get(pk=member_id)
    latest = ConsentRecord.objects.filter(member_id=member_id, channel=channel).first()
    if latest is not None and not latest.is_granted:
        return False
    ConsentRecord.objects.create(
        member_id=member_id,
        channel=channel,
        is_granted=False,
        # A yes dated ahead, by a slow clock here or a fast one elsewhere, must not outlive this no.
        recorded_at=max(now, latest.recorded_at) if latest else now,
        source=source,
        words=words,
    )
    return True
