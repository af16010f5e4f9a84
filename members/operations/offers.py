"""Making offers, each with a code of its own, and marking them used; neither happens twice."""

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import transaction

from members.models import Club, Member, Offer

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None that is mistaken for another when read aloud or from a phone."""


class OfferMoved(Exception):
    """The offer is not in the state in which it was shown: it was used, or taken back, by somebody else."""


def new_code() -> str:
    code = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{code[:4]}-{code[4:]}"


@transaction.atomic
def make_offers(
    *,
    club: Club,
    causes: Sequence[tuple[Member, str]],
    what: str,
    percent: int | None,
    amount: int | None,
    expires_on: dt.date,
    now: dt.datetime,
) -> list[Offer]:
    """One offer per (member, cause), in the order given; a cause that already has its offer keeps that one."""
    made = _made(causes)
    while missing := [cause for cause in causes if (cause[0].pk, cause[1]) not in made]:
        # Again only for those whose code somebody has already, which hardly ever happens.
        Offer.objects.bulk_create(
            [
                Offer(
                    club=club,
                    member=member,
                    code=new_code(),
                    what=what,
                    percent=percent,
                    amount=amount,
                    currency="" if amount is None else club.currency,
                    made_at=now,
                    expires_on=expires_on,
                    cause=cause,
                )
                for member, cause in missing
            ],
            ignore_conflicts=True,
        )
        made = _made(causes)
    return [made[member.pk, cause] for member, cause in causes]


def _made(causes: Sequence[tuple[Member, str]]) -> dict[tuple[int, str], Offer]:
    found = Offer.objects.filter(
        member__in={member.pk for member, _ in causes}, cause__in={cause for _, cause in causes}
    )
    return {(offer.member_id, offer.cause): offer for offer in found}


def use_offer(*, offer_id: int, now: dt.datetime) -> Offer:
    """Used now. OfferMoved if it was used already; one that has expired is for the person at the desk to honor."""
    if not Offer.objects.filter(pk=offer_id, used_at=None).update(used_at=now):
        raise OfferMoved
    return Offer.objects.get(pk=offer_id)


def take_back_use(*, offer_id: int) -> Offer:
    """Not used after all. OfferMoved if it was not marked as used any more."""
    if not Offer.objects.filter(pk=offer_id, used_at__isnull=False).update(used_at=None):
        raise OfferMoved
    return Offer.objects.get(pk=offer_id)
