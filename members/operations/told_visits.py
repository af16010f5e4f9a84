"""Taking in visits that another system tells of, and those that it takes back.

One that was taken back leaves its number and the instant of that, so that older news of it does not bring it back, however late.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import OuterRef, Subquery

from members.models import Club, Member, TakenBackVisit, Visit
from members.models.bulk import update_rows
from members.operations.facts import (
    WRITTEN,
    FactOfMember,
    Taken,
    lock_members_by_id,
    newest_of_each,
    write_facts,
)
from members.operations.visits import remember_taken_back
from members.signals import facts_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFact(FactOfMember):
    """A visit as another system knows it, as of `occurred_at`."""

    FIELDS: ClassVar[tuple[str, ...]] = ("attended_at",)

    attended_at: dt.datetime
    is_taken_back: bool = False

    @property
    def rank(self) -> list[Any]:
        return [self.is_taken_back, self.attended_at]


@transaction.atomic
def take_in_visits(*, club: Club, facts: Sequence[VisitFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order. Each member's last visit follows, as where one is recorded by hand.

    A visit that staff wrote down for the same instant is that visit; one of another number keeps its instant.
    """
    answers: list[Taken | None] = [None] * len(facts)
    members = lock_members_by_id(club=club, external_ids={fact.member for fact in facts})
    places = newest_of_each(facts, answers)
    places = _taken_back(club, facts, places, members, answers)
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
    told_again = [facts[place].external_id for place in belongs_to if answers[place] == Taken.CREATED]
    if told_again:
        TakenBackVisit.objects.filter(club=club, external_id__in=told_again).delete()
    return [answer for answer in answers if answer is not None]


def _taken_back(
    club: Club,
    facts: Sequence[VisitFact],
    places: Sequence[int],
    members: Mapping[str, int],
    answers: list[Taken | None],
) -> list[int]:
    """Delete the visits that never were and answer for them, and for older news of those; the other places."""
    names = [facts[place].external_id for place in places]
    known = TakenBackVisit.objects.filter(club=club, external_id__in=names)
    since = dict(known.values_list("external_id", "changed_at"))
    told = [facts[place].external_id for place in places if facts[place].is_taken_back]
    visits = Visit.objects.filter(club=club, external_id__in=told) if told else ()
    standing = {visit.external_id: visit for visit in visits}
    gone: dict[str, dt.datetime] = {}
    for place in places:
        fact = facts[place]
        visit = standing.get(fact.external_id)
        answers[place] = _said_of(fact, visit, since.get(fact.external_id), members.get(fact.member))
        if fact.is_taken_back and answers[place] in (Taken.UPDATED, Taken.UNCHANGED):
            gone[fact.external_id] = fact.occurred_at
    if gone:
        remember_taken_back(club_id=club.pk, instants=gone)
        _delete([visit for name, visit in standing.items() if name in gone])
    return [place for place in places if answers[place] is None]


def _said_of(
    fact: VisitFact, visit: Visit | None, since: dt.datetime | None, member_id: int | None
) -> Taken | None:
    """Of one that is taken back what becomes of it, of another only that it never was; else None."""
    if since and (since > fact.occurred_at or (since == fact.occurred_at and not fact.is_taken_back)):
        return Taken.OLDER
    if not fact.is_taken_back:
        return None
    if member_id is None:
        return Taken.UNKNOWN_MEMBER
    if visit is None:
        return Taken.UNCHANGED
    if visit.member_id != member_id:
        return Taken.OTHER_MEMBER
    is_older = visit.changed_at is not None and visit.changed_at > fact.occurred_at
    return Taken.OLDER if is_older else Taken.UPDATED


def _delete(visits: Sequence[Visit]) -> None:
    last = _last_visits({visit.member_id for visit in visits})
    Visit.objects.filter(pk__in=[visit.pk for visit in visits]).delete()
    _move_last_visits({visit.member_id for visit in visits if last[visit.member_id] == visit.attended_at})


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
    last = _last_visits({member_id for member_id, _, _ in written})
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
    _move_last_visits(moved)


def _last_visits(member_ids: Collection[int]) -> dict[int, dt.datetime | None]:
    return dict(Member.objects.filter(pk__in=member_ids).values_list("pk", "last_attended_at"))


def _move_last_visits(member_ids: Collection[int]) -> None:
    """To the newest of the visits that there are."""
    if member_ids:
        newest = Visit.objects.filter(member=OuterRef("pk")).order_by("-attended_at")
        Member.objects.filter(pk__in=member_ids).update(
            last_attended_at=Subquery(newest.values("attended_at")[:1])
        )
        facts_changed.send(sender=Visit, member_ids=sorted(member_ids))
