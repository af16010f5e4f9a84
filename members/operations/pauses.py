"""Leaving a member in peace for a while, and ending that."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from members.models import Member, Pause
from members.rules.days import start_of_day
from members.signals import facts_changed

Person = AbstractBaseUser | AnonymousUser


@transaction.atomic
def pause_member(
    *,
    member: Member,
    back_on: dt.date,
    why: str,
    source: str,
    now: dt.datetime,
    words: str = "",
    recorded_by: Person | None = None,
) -> Pause:
    """Workflows leave the member in peace until the day `back_on` begins in the member's time zone.

    A pause that lasts still is replaced by this one. `back_on` has to lie ahead.
    """
    Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)
    Pause.objects.filter(member=member, ended_at=None).update(ended_at=now)
    pause = Pause.objects.create(
        member=member,
        why=why,
        starts_at=now,
        until=start_of_day(back_on, member.zone),
        source=source,
        words=words,
        recorded_by_id=recorded_by.pk if recorded_by else None,
    )
    facts_changed.send(sender=Member, member_ids=[member.pk])
    return pause


@transaction.atomic
def end_pause(*, member_id: int, now: dt.datetime, ended_by: Person | None = None) -> bool:
    """Workflows go on at once; False if no pause lasted."""
    ended = Pause.objects.filter(member=member_id, ended_at=None, until__gt=now).update(
        ended_at=now, ended_by_id=ended_by.pk if ended_by else None
    )
    if ended:
        facts_changed.send(sender=Member, member_ids=[member_id])
    return bool(ended)
