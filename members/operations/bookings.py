"""Taking in classes and bookings.

A booking's writer locks members, then shares the lock on the class; a class' writer locks the class alone and works out the
statuses of those who booked it once that is committed. So neither waits for the other in a ring, and none is worked out from
a class that was about to move.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.db import transaction

from members.models import Booking, ClassSession, Club, Member
from members.models.bulk import lock_shared
from members.operations.facts import (
    Fact,
    FactOfMember,
    HangsOn,
    Taken,
    newest_of_each,
    take_in,
    write_facts,
)
from members.operations.follow_up import refresh_follow_up
from members.rules.follow_up import PROSPECTS
from members.signals import facts_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFact(Fact):
    """A class as of `occurred_at`."""

    FIELDS: ClassVar[tuple[str, ...]] = ("name", "starts_at", "ends_at", "is_canceled")

    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None = None
    is_canceled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingFact(FactOfMember):
    """A booking as of `occurred_at`; `class_session` is the club's own ID of the class."""

    FIELDS: ClassVar[tuple[str, ...]] = ("status", "booked_at", "checked_in_at")

    class_session: str
    status: str = Booking.Status.BOOKED
    booked_at: dt.datetime | None = None
    checked_in_at: dt.datetime | None = None


def take_in_bookings(*, club: Club, facts: Sequence[BookingFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order; who is concerned has her status worked out again."""

    def look_up() -> HangsOn:
        sessions = ClassSession.objects.filter(
            club=club, external_id__in={fact.class_session for fact in facts}
        )
        lock_shared(sessions)
        known = dict(sessions.values_list("external_id", "pk"))

        def hangs_on(fact: BookingFact, member: int) -> dict[str, int | None] | Taken:
            session = known.get(fact.class_session)
            return Taken.UNKNOWN_CLASS if session is None else {"class_session_id": session}

        return hangs_on

    return take_in(
        Booking,
        club=club,
        facts=facts,
        now=now,
        called="booking",
        look_up=look_up,
        since=Booking.SINCE,
    )


@transaction.atomic
def take_in_class_sessions(*, club: Club, facts: Sequence[ClassFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order; who booked one that changed follows on commit."""
    answers: list[Taken | None] = [None] * len(facts)
    places = newest_of_each(facts, answers)
    there = ClassSession.objects.filter(
        club=club, external_id__in=[facts[place].external_id for place in places]
    )
    pks = dict(there.order_by("pk").select_for_update(no_key=True).values_list("external_id", "pk"))
    write_facts(
        ClassSession,
        club=club,
        facts=facts,
        belongs_to={place: {} for place in places},
        answers=answers,
    )
    changed = [
        pks[facts[place].external_id]
        for place in places
        if answers[place] == Taken.UPDATED and facts[place].external_id in pks
    ]
    follow_up_classes(club=club, class_session_ids=changed, now=now)
    return [answer for answer in answers if answer is not None]


def follow_up_classes(*, club: Club, class_session_ids: Collection[int], now: dt.datetime) -> None:
    """Once this transaction is committed, work out again who booked these classes for a trial, and tell workflows of everybody
    who is to come."""

    def follow_up() -> None:
        coming = Booking.objects.filter(class_session__in=class_session_ids, status__in=Booking.COMING)
        facts_changed.send(sender=Booking, member_ids=sorted(set(coming.values_list("member", flat=True))))
        booked = Member.objects.filter(
            club=club, stage__in=PROSPECTS, bookings__class_session__in=class_session_ids
        )
        refresh_follow_up(
            club=club,
            member_ids=set(booked.values_list("pk", flat=True)),
            now=now,
            cause="class",
        )

    if class_session_ids:
        transaction.on_commit(follow_up)
