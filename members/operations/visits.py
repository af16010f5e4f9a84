"""Recording that somebody came, and taking back what was mistyped."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from members.models import Club, Member, Visit
from members.models.bulk import update_rows
from members.operations.facts import (
    WRITTEN,
    FactOfMember,
    Taken,
    lock_members_by_id,
    newest_of_each,
    write_facts,
)
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
        facts_changed.send(sender=Member, member_ids=[member.pk])
    return visit


@transaction.atomic
def take_back_visit(*, visit_id: int) -> bool:
    """Delete a visit that never was; the one before it is the last visit again. False if it is gone already."""
    found = Visit.objects.filter(pk=visit_id)
    member = Member.objects.select_for_update(no_key=True).filter(visits__in=found).first()
    # Asked under the lock, since somebody else may have taken it back a moment ago.
    visit = found.first()
    if member is None or visit is None:
        return False
    visit.delete()
    if member.last_attended_at == visit.attended_at:
        before = member.visits.order_by("-attended_at").first()
        member.last_attended_at = before.attended_at if before else None
        member._change_reason = _("visit taken back")  # type: ignore[attr-defined]
        member.save(update_fields=["last_attended_at"])
        facts_changed.send(sender=Member, member_ids=[member.pk])
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFact(FactOfMember):
    """A visit as another system knows it, as of `occurred_at`."""

    FIELDS: ClassVar[tuple[str, ...]] = ("attended_at",)

    attended_at: dt.datetime


@transaction.atomic
def take_in_visits(*, club: Club, facts: Sequence[VisitFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order. Each member's last visit follows, as where one is recorded by hand.

    A visit that staff wrote down for the same instant is that visit; one of another number keeps its instant.
    """
    answers: list[Taken | None] = [None] * len(facts)
    members = lock_members_by_id(club=club, external_ids={fact.member for fact in facts})
    places = newest_of_each(facts, answers)
    taken = _instants_taken([facts[place] for place in places], members, club)
    belongs_to: dict[int, dict[str, Any]] = {}
    for place in places:
        fact = facts[place]
        member_id = members.get(fact.member)
        if member_id is None:
            answers[place] = Taken.UNKNOWN_MEMBER
        elif taken.setdefault((member_id, fact.attended_at), fact.external_id) != fact.external_id:
            answers[place] = Taken.OTHER_VISIT
        else:
            belongs_to[place] = {"member_id": member_id}
    visits = Visit.objects.filter(
        club=club, external_id__in=[facts[place].external_id for place in belongs_to]
    )
    was_at = dict(visits.values_list("external_id", "attended_at"))
    write_facts(
        Visit,
        club=club,
        facts=facts,
        belongs_to=belongs_to,
        answers=answers,
        same=("member_id",),
        where="NOT (external_id = '')",
    )
    written = [
        (keys["member_id"], facts[place].attended_at, was_at.get(facts[place].external_id))
        for place, keys in belongs_to.items()
        if answers[place] in WRITTEN
    ]
    _follow_with_last_visits(written)
    return [answer for answer in answers if answer is not None]


def _instants_taken(
    facts: Sequence[VisitFact], members: Mapping[str, int], club: Club
) -> dict[tuple[int | None, dt.datetime], str]:
    """Whose visit, by the other system's number, stands at each instant; what staff wrote down gets its number now."""
    taken: dict[tuple[int | None, dt.datetime], str] = {}
    written_down: dict[tuple[int | None, dt.datetime], int] = {}
    for pk, member_id, attended_at, external_id in Visit.objects.filter(
        member__in=members.values(), attended_at__in={fact.attended_at for fact in facts}
    ).values_list("pk", "member", "attended_at", "external_id"):
        if external_id:
            taken[member_id, attended_at] = external_id
        else:
            written_down[member_id, attended_at] = pk
    if not written_down:
        return taken
    numbers = [fact.external_id for fact in facts]
    known = set(
        Visit.objects.filter(club=club, external_id__in=numbers).values_list("external_id", flat=True)
    )
    adopted = []
    for fact in facts:
        place = (members.get(fact.member), fact.attended_at)
        if place in written_down and fact.external_id in known:
            taken[place] = ""
        elif place in written_down:
            adopted.append((written_down.pop(place), fact.external_id))
            taken[place] = fact.external_id
    update_rows(Visit, ["external_id"], adopted, to_all={"club": club.pk}, where={"external_id": ""})
    return taken


def _follow_with_last_visits(written: Sequence[tuple[int, dt.datetime, dt.datetime | None]]) -> None:
    """For (member, when she came, when that visit was said to be before) her last visit, if that changes it."""
    last = dict(
        Member.objects.filter(pk__in={member_id for member_id, _, _ in written}).values_list(
            "pk", "last_attended_at"
        )
    )
    # One that another system moves away was no visit, and need not be written down as one.
    gone = {(member_id, before) for member_id, _, before in written if before}
    later, moved = {}, set()
    for member_id, attended_at, before in written:
        known = last[member_id]
        if known is None or attended_at > known:
            moved.add(member_id)
            if known and (member_id, known) not in gone:
                later[member_id] = known
        elif before == known:
            moved.add(member_id)
    # What only a file or the form knew so far would be lost otherwise.
    Visit.objects.bulk_create(
        [Visit(member_id=member_id, attended_at=known) for member_id, known in sorted(later.items())],
        ignore_conflicts=True,
    )
    if moved:
        newest = Visit.objects.filter(member=OuterRef("pk")).order_by("-attended_at")
        Member.objects.filter(pk__in=moved).update(
            last_attended_at=Subquery(newest.values("attended_at")[:1])
        )
        facts_changed.send(sender=Member, member_ids=sorted(moved))
