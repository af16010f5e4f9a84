"""Erasing a member on request: what says who she was goes, what was counted stays, and an import does not bring her back."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import ErasedMember, Member, MembershipStatus
from members.operations.personal_data import FIRST, HOLDINGS, NotErased
from members.rules.erased_ids import digest_of


@transaction.atomic
def erase_member(*, member_id: int, now: dt.datetime, by: AbstractBaseUser | None = None) -> dict[str, int]:
    """How many rows of each table were concerned. Raises NotErased, and Member.DoesNotExist.

    Her row stays without a name, so that what was counted stays right; a trace without personal data stays as well.
    """
    member = Member.objects.select_for_update().select_related(None).get(pk=member_id)
    if member.erased_at:
        raise NotErased(_("This member was erased already."))
    for step in FIRST:
        step(member, now)
    counts = {str(one.model._meta.verbose_name_plural): one.erase(member) for one in HOLDINGS}
    ErasedMember.objects.create(
        club_id=member.club_id,
        member=member,
        digest=digest_of(member.club_id, member.external_id),
        erased_at=now,
        erased_by_id=by.pk if by else None,
    )
    for name, value in _nobody(member, now).items():
        setattr(member, name, value)
    member._change_reason = _("Erased on request")  # type: ignore[attr-defined]
    member.save(update_fields=[*_nobody(member, now), "phone_is_dialable"])
    return {what: number for what, number in counts.items() if number}


def _nobody(member: Member, now: dt.datetime) -> dict[str, Any]:
    return {
        "external_id": f"erased-{member.pk}",
        "first_name": _("Erased member"),
        "last_name": "",
        "email": "",
        "phone": "",
        "birthday_on": None,
        "joined_on": None,
        "inquired_on": None,
        "last_attended_at": None,
        "membership_status": MembershipStatus.CANCELED,
        "membership_level": "",
        "is_recurring": False,
        "trainer": None,
        "time_zone": "",
        "language": "",
        "origin": "",
        "custom": {},
        "told_at": {},
        "changed_at": None,
        "retention_risk": 0.0,
        "retention_risk_since": None,
        "retention_risk_reasons": "",
        "erased_at": now,
    }


def let_return(*, erased_id: int) -> bool:
    """Let an import bring a member of this ID again, as somebody new; False if that was so already."""
    return bool(ErasedMember.objects.filter(pk=erased_id, may_return=False).update(may_return=True))
