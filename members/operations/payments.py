"""Taking in payments."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from members.models import Agreement, Club, Payment
from members.operations.facts import FactOfMember, HangsOn, Taken, take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact(FactOfMember):
    """A payment as of `occurred_at`; `agreement` is the club's own ID of it, empty for a payment that stands alone."""

    FIELDS: ClassVar[tuple[str, ...]] = ("amount", "currency", "due_on", "status", "paid_at")

    amount: int
    currency: str
    due_on: dt.date
    agreement: str = ""
    status: str = Payment.Status.PENDING
    paid_at: dt.datetime | None = None


def take_in_payments(*, club: Club, facts: Sequence[PaymentFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order; who is concerned has her status worked out again."""

    def look_up() -> HangsOn:
        named = {fact.agreement for fact in facts} - {""}
        known = {
            (external_id, member): pk
            for external_id, member, pk in Agreement.objects.filter(
                club=club, external_id__in=named
            ).values_list("external_id", "member", "pk")
        }

        def hangs_on(fact: PaymentFact, member: int) -> dict[str, int | None] | Taken:
            if not fact.agreement:
                return {"agreement_id": None}
            agreement = known.get((fact.agreement, member))
            return Taken.UNKNOWN_AGREEMENT if agreement is None else {"agreement_id": agreement}

        return hangs_on

    return take_in(Payment, club=club, facts=facts, now=now, called="payment", look_up=look_up)
