"""Recording that somebody came."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member, Visit
from members.signals import facts_changed


@transaction.atomic
def record_visit(*, member_id: int, attended_at: dt.datetime, now: dt.datetime) -> Visit:
    """Record one visit; the same instant twice is one visit. An earlier one never moves the last visit back.

    Raises ValidationError for an instant after `now`.
    """
    if attended_at > now:
        raise ValidationError(_("A visit cannot lie in the future."), code="future")
    member = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    visit, _created = Visit.objects.get_or_create(member=member, attended_at=attended_at)
    if member.last_attended_at is None or attended_at > member.last_attended_at:
        member.last_attended_at = attended_at
        member.save(update_fields=["last_attended_at"])
        facts_changed.send(sender=Member, member_ids=[member.pk])
    return visit
