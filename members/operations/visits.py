"""Recording that somebody came, and taking back what was mistyped."""

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Member, TakenBackVisit, Visit
from members.rules.wording import day_in_words
from members.signals import facts_changed


def refuse_before_joining(member: Member, day: dt.date) -> None:
    """ValidationError for a day before the member joined: a slip in the year, most likely. For what is typed, not imported."""
    if member.joined_on and day < member.joined_on:
        words = {"name": member.first_name, "day": day_in_words(member.joined_on, member.club.locale)}
        raise ValidationError(_("%(name)s joined on %(day)s. Choose that day or a later one.") % words)


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
        if member.last_attended_at:
            # What only a file or the form knew so far would be lost, and missed should this visit be taken back.
            Visit.objects.get_or_create(member=member, attended_at=member.last_attended_at)
        member.last_attended_at = attended_at
        member.save(update_fields=["last_attended_at"])
        facts_changed.send(sender=Visit, member_ids=[member.pk])
    return visit


@transaction.atomic
def take_back_visit(*, visit_id: int, now: dt.datetime) -> bool:
    """Delete a visit that never was; the one before it is the last visit again. False if it is gone already.

    The system that told of it does not bring it back by what it told before `now`.
    """
    found = Visit.objects.filter(pk=visit_id)
    member = Member.objects.select_for_update(no_key=True).filter(visits__in=found).first()
    # Asked under the lock, since somebody else may have taken it back a moment ago.
    visit = found.first()
    if member is None or visit is None:
        return False
    visit.delete()
    if visit.club_id and visit.external_id:
        remember_taken_back(club_id=visit.club_id, instants={visit.external_id: now})
    if member.last_attended_at == visit.attended_at:
        before = member.visits.order_by("-attended_at").first()
        member.last_attended_at = before.attended_at if before else None
        member._change_reason = _("visit taken back")  # type: ignore[attr-defined]
        member.save(update_fields=["last_attended_at"])
        facts_changed.send(sender=Visit, member_ids=[member.pk])
    return True


def remember_taken_back(*, club_id: int, instants: Mapping[str, dt.datetime]) -> None:
    """Keep since when these visits, by the other system's numbers, are known never to have been."""
    TakenBackVisit.objects.bulk_create(
        [
            TakenBackVisit(club_id=club_id, external_id=name, changed_at=instants[name])
            for name in sorted(instants)
        ],
        update_conflicts=True,
        unique_fields=["club", "external_id"],
        update_fields=["changed_at"],
    )
