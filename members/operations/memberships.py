"""Freezing a membership for a while, and taking it up again."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member, MembershipStatus
from members.signals import facts_changed


def freeze(*, member_id: int, reason: str = "") -> bool:
    """Nobody follows her up until it is taken up again; False if it was frozen already.

    Raises ValidationError for a canceled membership.
    """
    return _change(member_id, MembershipStatus.FROZEN, reason)


def unfreeze(*, member_id: int, reason: str = "") -> bool:
    """False if it was active already. Raises ValidationError for a canceled membership."""
    return _change(member_id, MembershipStatus.ACTIVE, reason)


@transaction.atomic
def _change(member_id: int, status: MembershipStatus, reason: str) -> bool:
    member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    if member.membership_status == MembershipStatus.CANCELED:
        raise ValidationError(_("The membership is canceled. The form below can bring it back."))
    if member.membership_status == status:
        return False
    member.membership_status = status
    member._change_reason = reason  # type: ignore[attr-defined]
    member.save(update_fields=["membership_status"])
    facts_changed.send(sender=Member, member_ids=[member.pk])
    return True
