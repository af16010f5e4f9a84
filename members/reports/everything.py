"""Everything that is stored of one member, for the member: every table that hangs on her, as it is."""

import datetime as dt
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from members.models import Member
from members.operations.personal_data import HOLDINGS, TOLD_BESIDES


def everything_about(member: Member, now: dt.datetime) -> dict[str, Any]:
    """{"club", "exported_at", "member": her own fields, then the rows of each table by its name}; what is empty is left out."""
    own = Member.objects.filter(pk=member.pk).values().get()
    told: dict[str, Any] = {"club": member.club.name, "exported_at": now, "member": own}
    for holding in HOLDINGS:
        if rows := list(holding.told(member)):
            told[str(holding.model._meta.verbose_name_plural)] = rows
    for what, tell in TOLD_BESIDES.items():
        if rows := tell(member):
            told[what] = rows
    return told


def as_json(member: Member, now: dt.datetime) -> str:
    """Instants in UTC, days as they are."""
    return json.dumps(everything_about(member, now), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
