"""Taking in what another system says of its agreements, payments, classes, bookings and documents: many at once, in any order, as often as it likes.

A fact is the whole row as of `occurred_at`. An older one never overwrites a newer one, so that late and repeated deliveries do no harm.
Of two of one instant the greater counts, so that even these leave the same behind in either order.
"""

import datetime as dt
import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import models, transaction

from members.models import Club, Member
from members.models.bulk import upsert_rows
from members.models.compiled import Compiled, OneOf, given
from members.operations.follow_up import refresh_follow_up
from members.signals import facts_changed


class Taken(StrEnum):
    """What became of one fact."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """Something newer is known already."""
    UNKNOWN_MEMBER = "unknown_member"
    OTHER_MEMBER = "other_member"
    """The row is there and belongs to somebody else, where it stays."""
    UNKNOWN_AGREEMENT = "unknown_agreement"
    """The member has no such agreement."""
    UNKNOWN_CLASS = "unknown_class"
    OTHER_VISIT = "other_visit"
    """The member has another visit at that instant."""


WRITTEN = (Taken.CREATED, Taken.UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of the other system. Values must fit their columns; whoever parsed them has checked."""

    FIELDS: ClassVar[tuple[str, ...]]
    """The fields that are written as they are, by the same names."""

    external_id: str
    occurred_at: dt.datetime

    @property
    def rank(self) -> list[Any]:
        """What decides between two of one instant."""
        return [getattr(self, name) for name in self.FIELDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOfMember(Fact):
    """`member` is the club's own ID of her."""

    member: str


HangsOn = Callable[[Any, int], dict[str, int | None] | Taken]
"""For a fact and its member's key the keys of what else its row hangs on, or why it cannot be taken."""


@transaction.atomic(savepoint=False)
def take_in(
    model: type[models.Model],
    *,
    club: Club,
    facts: Sequence[FactOfMember],
    now: dt.datetime,
    called: str,
    look_up: Callable[[], HangsOn] = lambda: lambda fact, member: {},
    since: Mapping[str, str] = MappingProxyType({}),
) -> list[Taken]:
    """What became of each fact, in their order; who is concerned has her status worked out again, and workflows hear of it.

    `look_up` asks once for what else they hang on, when the members are locked. The number of statements does not depend on
    how many facts there are.
    """
    answers: list[Taken | None] = [None] * len(facts)
    members = lock_members_by_id(club=club, external_ids={fact.member for fact in facts})
    hangs_on = look_up()
    places = newest_of_each(facts, answers)
    belongs_to: dict[int, dict[str, Any]] = {}
    for place in places:
        fact = facts[place]
        member = members.get(fact.member)
        more = Taken.UNKNOWN_MEMBER if member is None else hangs_on(fact, member)
        if isinstance(more, Taken):
            answers[place] = more
        else:
            belongs_to[place] = {"member_id": member, **more}
    write_facts(
        model,
        club=club,
        facts=facts,
        belongs_to=belongs_to,
        answers=answers,
        same=("member_id",),
        since=since,
    )
    causes = {
        keys["member_id"]: f"{called} {facts[place].external_id}"
        for place, keys in belongs_to.items()
        if answers[place] in WRITTEN
    }
    new_here = {belongs_to[place]["member_id"] for place in belongs_to if answers[place] == Taken.CREATED}
    # Whose status changed by it, all workflows hear of.
    moved = refresh_follow_up(
        club=club,
        member_ids=causes,
        now=now,
        causes=causes,
        are_locked=True,
        new_here=new_here,
    )
    if others := sorted(causes.keys() - set(moved)):
        facts_changed.send(sender=model, member_ids=others)
    return [answer for answer in answers if answer is not None]


def lock_members_by_id(*, club: Club, external_ids: Collection[str]) -> dict[str, int]:
    """Lock these members of the club in the order of their keys; their keys by the club's own IDs."""
    return dict(_lock().rows(club=club.pk, names=list(external_ids)))


@functools.cache
def _lock() -> Compiled:
    found = Member.objects.filter(
        OneOf("external_id", "names", of="text"), club=given("club", models.BigIntegerField())
    )
    rows = found.order_by("pk").select_for_update(no_key=True).values_list("external_id", "pk")
    return Compiled.of(rows.query)


@functools.cache
def _standing(model: type[models.Model], fields: tuple[str, ...]) -> Compiled:
    found = model._default_manager.filter(
        OneOf("external_id", "names", of="text"), club=given("club", models.BigIntegerField())
    )
    return Compiled.of(found.order_by().values_list("external_id", "changed_at", *fields).query)


def newest_of_each(facts: Sequence[Fact], answers: list[Taken | None]) -> list[int]:
    """The places of the facts that count, one for each row in the order of their IDs; the others are answered as older."""
    newest: dict[str, int] = {}
    for place, fact in enumerate(facts):
        before = newest.get(fact.external_id)
        if before is not None and _place_in_time(fact) < _place_in_time(facts[before]):
            answers[place] = Taken.OLDER
            continue
        if before is not None:
            answers[before] = Taken.OLDER
        newest[fact.external_id] = place
    # All write in this order, so that two that bring the same new rows do not wait for each other in a ring.
    return [newest[external_id] for external_id in sorted(newest)]


def _place_in_time(fact: Fact) -> tuple[dt.datetime, list[str]]:
    return fact.occurred_at, _rank(fact.rank)


def _rank(values: Sequence[Any]) -> list[str]:
    return [str(value) for value in values]


def write_facts(
    model: type[models.Model],
    *,
    club: Club,
    facts: Sequence[Fact],
    belongs_to: Mapping[int, Mapping[str, Any]],
    answers: list[Taken | None],
    same: Sequence[str] = (),
    where: str = "",
    since: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the facts at those places for which `belongs_to` has what their rows hang on, and answer them.

    A row that is there does not change what is the `same`. In each field of `since` it keeps when the fact came true that
    brought the value of the field which that names, or the first one if it names none.
    """
    if not belongs_to:
        return
    asked = list(belongs_to)
    own = type(facts[asked[0]]).FIELDS
    hangs_on = tuple(belongs_to[asked[0]])
    fields = (*hangs_on, *own)
    known = {
        external_id: (changed_at, values)
        for external_id, changed_at, *values in _standing(model, fields).rows(
            club=club.pk, names=[facts[place].external_id for place in asked]
        )
    }
    held = [fields.index(name) for name in same]
    rows: dict[int, tuple[Any, ...]] = {}
    for place in asked:
        fact = facts[place]
        values = [*belongs_to[place].values(), *(getattr(fact, name) for name in own)]
        changed_at, before = known.get(fact.external_id, (None, None))
        if before is not None and any(before[at] != values[at] for at in held):
            answers[place] = Taken.OTHER_MEMBER
            continue
        said = answers[place] = _becomes(before, values, changed_at, fact.occurred_at)
        # One that is the same is written where it is newer, since older ones may still be under way.
        if said in WRITTEN or (said == Taken.UNCHANGED and changed_at != fact.occurred_at):
            rows[place] = (club.pk, fact.external_id, *[fact.occurred_at] * (1 + len(since)), *values)
    written = upsert_rows(
        model,
        ["club", "external_id", "changed_at", *since, *fields],
        list(rows.values()),
        key=("club", "external_id"),
        same=same,
        newest="changed_at",
        where=where,
        only_with=since,
    )
    for place in rows:
        if facts[place].external_id not in written:
            answers[place] = Taken.OLDER  # Somebody else brought it in this very moment.


def _becomes(
    before: list[Any] | None, values: list[Any], changed_at: dt.datetime | None, occurred_at: dt.datetime
) -> Taken:
    if before is None:
        return Taken.CREATED
    if changed_at is not None and occurred_at < changed_at:
        return Taken.OLDER
    if before == values:
        return Taken.UNCHANGED
    return Taken.OLDER if occurred_at == changed_at and _rank(values) < _rank(before) else Taken.UPDATED
