"""Taking in agreements."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from members.models import Agreement, Club
from members.operations.facts import FactOfMember, Taken, take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFact(FactOfMember):
    """An agreement as of `occurred_at`; `past_due` in minor units, None where the other system does not say."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        "name",
        "purchased_on",
        "sessions_bought",
        "sessions_left",
        "status",
        "alert",
        "is_suspended",
        "past_due",
        "past_due_since",
        "starts_on",
        "ends_on",
        "is_trial",
    )

    purchased_on: dt.date
    name: str = ""
    sessions_bought: int | None = None
    sessions_left: int | None = None
    status: str = Agreement.Status.ACTIVE
    alert: str = ""
    is_suspended: bool = False
    past_due: int | None = None
    past_due_since: dt.date | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    is_trial: bool = False


def take_in_agreements(*, club: Club, facts: Sequence[AgreementFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order; whose agreements changed has her status worked out again."""
    return take_in(Agreement, club=club, facts=facts, now=now, called="agreement")
