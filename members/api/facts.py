"""Agreements, payments, classes, bookings and visits, as the club's own systems know them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from ninja import Router

from members.api.batches import Result, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of, item_of
from members.models import Club, Scope
from members.operations.agreements import AgreementFact, take_in_agreements
from members.operations.bookings import BookingFact, ClassFact, take_in_bookings, take_in_class_sessions
from members.operations.facts import Taken
from members.operations.payments import PaymentFact, take_in_payments
from members.operations.visits import VisitFact, take_in_visits
from members.transfer import facts as told
from members.transfer.columns import Ground

router = Router()

NOT_TAKEN: Mapping[Taken, tuple[str, Any]] = {
    Taken.UNKNOWN_MEMBER: ("member", gettext_lazy("is not known here yet.")),
    Taken.OTHER_MEMBER: ("member", gettext_lazy("is another one than before.")),
    Taken.UNKNOWN_AGREEMENT: ("agreement", gettext_lazy("is not known here yet as one of this member's.")),
    Taken.UNKNOWN_CLASS: ("class", gettext_lazy("is not known here yet.")),
    Taken.OTHER_VISIT: ("attended_at", gettext_lazy("is the instant of another visit of this member.")),
}


@dataclass(frozen=True)
class Kind:
    """One kind of fact: what an item may say, what it becomes, and the operation that takes it in."""

    columns: told.Columns
    fact: Callable[..., Any]
    take_in: Callable[..., list[Taken]]
    rule: told.Rule | None = None

    def take(self, club: Club, items: list[dict[str, Any]], now: dt.datetime) -> list[Result]:
        ground = Ground.without_staff(club, now)
        found = checked(items, lambda item: told.check_item(item, self.columns, ground, self.rule))
        facts = [self.fact(**self._with_defaults(values, club, now)) for values in found.values]
        taken = self.take_in(club=club, facts=facts, now=now) if facts else []
        return found.with_answers(
            [result(fact.external_id, said) for fact, said in zip(facts, taken, strict=True)]
        )

    def _with_defaults(self, values: dict[str, Any], club: Club, now: dt.datetime) -> dict[str, Any]:
        values["occurred_at"] = values["occurred_at"] or now
        if values.get("currency") == "":
            values["currency"] = club.currency
        return values


def result(external_id: str, said: Taken) -> Result:
    if said in NOT_TAKEN:
        field, reason = NOT_TAKEN[said]
        return refused(external_id, {field: str(reason)})
    if said == Taken.OLDER:
        return {"id": external_id, "outcome": "unchanged", "reason": "older"}
    return {"id": external_id, "outcome": said.value}


AGREEMENTS = Kind(told.AGREEMENT, AgreementFact, take_in_agreements, told.sessions_fit)
PAYMENTS = Kind(told.PAYMENT, PaymentFact, take_in_payments)
CLASSES = Kind(told.CLASS_SESSION, ClassFact, take_in_class_sessions, told.ends_after_start)
BOOKINGS = Kind(told.BOOKING, BookingFact, take_in_bookings)
VISITS = Kind(told.VISIT, VisitFact, take_in_visits)


def _described(kind: Kind) -> dict[str, Any]:
    return batch_of(item_of(kind.columns))


@router.post(
    "/agreements",
    auth=KeyThatMay(Scope.WRITE_AGREEMENTS),
    summary="What members bought",
    openapi_extra=_described(AGREEMENTS),
)
def agreements(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one agreement; a member's status follows at once."""
    return take_batch(request, AGREEMENTS.take)


@router.post(
    "/payments",
    auth=KeyThatMay(Scope.WRITE_PAYMENTS),
    summary="What is due and what was paid",
    openapi_extra=_described(PAYMENTS),
)
def payments(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one payment; send its agreement before."""
    return take_batch(request, PAYMENTS.take)


@router.post(
    "/classes",
    auth=KeyThatMay(Scope.WRITE_BOOKINGS),
    summary="The calendar of classes",
    openapi_extra=_described(CLASSES),
)
def classes(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one class session."""
    return take_batch(request, CLASSES.take)


@router.post(
    "/bookings",
    auth=KeyThatMay(Scope.WRITE_BOOKINGS),
    summary="Who booked which class, and came",
    openapi_extra=_described(BOOKINGS),
)
def bookings(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one booking; send its class before."""
    return take_batch(request, BOOKINGS.take)


@router.post(
    "/visits",
    auth=KeyThatMay(Scope.WRITE_VISITS),
    summary="Who came, and when",
    openapi_extra=_described(VISITS),
)
def visits(request: HttpRequest) -> HttpResponse:
    """Each item is one visit; the latest is the member's last."""
    return take_batch(request, VISITS.take)
