"""Freezing a membership for a while, and taking it up again."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member, MembershipStatus
from members.operations.follow_up import BY_HAND, refresh_follow_up
from members.signals import facts_changed


def freeze(*, member_id: int, now: dt.datetime, reason: str = "") -> bool:
    """Nobody follows her up until it is taken up again; False if it was frozen already.

    Raises ValidationError for a canceled membership.
    """
    return _change(member_id, MembershipStatus.FROZEN, now, reason)


def unfreeze(*, member_id: int, now: dt.datetime, reason: str = "") -> bool:
    """False if it was active already. Raises ValidationError for a canceled membership."""
    return _change(member_id, MembershipStatus.ACTIVE, now, reason)


@transaction.atomic
def _change(member_id: int, status: MembershipStatus, now: dt.datetime, reason: str) -> bool:
    member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    if member.membership_status == MembershipStatus.CANCELED:
        raise ValidationError(_("The membership is canceled. The form below can bring it back."))
    if member.membership_status == status:
        return False
    member.membership_status = status
    member._change_reason = reason  # type: ignore[attr-defined]
    member.save(update_fields=["membership_status"])
    # The news is that she changed, whether or not her follow-up status did.
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=now, cause=BY_HAND, is_news=False)
    facts_changed.send(sender=Member, member_ids=[member.pk])
    return True
