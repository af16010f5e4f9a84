"""Entering credits in the ledger: by a workflow for many, by a person for one; a cause never enters anything twice."""

import datetime as dt
import uuid

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Sum

from members.models import Club, CreditEntry, Member
from members.operations.causes import Causes, create_once


class NotEnoughCredits(Exception):
    """More was to be taken than is there; the message is the balance."""


def balance_of(member: Member) -> int:
    return member.credit_entries.aggregate(sum=Sum("credits"))["sum"] or 0


@transaction.atomic
def grant_credits(*, club: Club, causes: Causes, credits: int, reason: str, now: dt.datetime) -> None:
    """To each (member, cause) once."""
    create_once(CreditEntry, causes, club=club, credits=credits, reason=reason, entered_at=now)


@transaction.atomic
def enter_credits(
    *,
    member: Member,
    credits: int,
    reason: str,
    by: AbstractBaseUser,
    token: uuid.UUID,
    now: dt.datetime,
) -> bool:
    """By hand; False if this `token`, which the question handed out, was entered already.

    NotEnoughCredits if the balance would fall below zero.
    """
    # Two who take the same credits at once come one after the other.
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    cause = f"by hand:{token}"
    if member.credit_entries.filter(cause=cause).exists():
        return False
    if credits < 0 and (balance := balance_of(member)) + credits < 0:
        raise NotEnoughCredits(balance)
    CreditEntry.objects.create(
        club=member.club,
        member=member,
        credits=credits,
        reason=reason,
        entered_by_id=by.pk,
        entered_at=now,
        cause=cause,
    )
    return True
