"""Agreements, payments, classes, bookings and visits, as the club's own systems know them."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from members.api.batches import Result, Take, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of, item_of
from members.models import Club, Scope
from members.operations.facts import Taken
from members.transfer.columns import Ground
from members.transfer.fact_kinds import (
    AGREEMENTS,
    BOOKINGS,
    CLASSES,
    NOT_TAKEN,
    PAYMENTS,
    VISITS,
    FactKind,
)

router = Router()


def take_of(kind: FactKind) -> Take:
    """Takes items of this kind."""

    def take(club: Club, items: list[dict[str, Any]], now: dt.datetime) -> list[Result]:
        ground = Ground.without_staff(club, now)
        found = checked(items, lambda item: kind.check(item, ground))
        facts = [kind.fact_of(values, club, now) for values in found.values]
        taken = kind.take_in(club=club, facts=facts, now=now) if facts else []
        return found.with_answers(
            [result(fact.external_id, said) for fact, said in zip(facts, taken, strict=True)]
        )

    return take


def result(external_id: str, said: Taken) -> Result:
    if said in NOT_TAKEN:
        field, reason = NOT_TAKEN[said]
        return refused(external_id, {field: str(reason)})
    if said == Taken.OLDER:
        return {"id": external_id, "outcome": "unchanged", "reason": "older"}
    return {"id": external_id, "outcome": said.value}


def _described(kind: FactKind) -> dict[str, Any]:
    return batch_of(item_of(kind.columns))


@router.post(
    "/agreements",
    auth=KeyThatMay(Scope.WRITE_AGREEMENTS),
    summary="What members bought",
    openapi_extra=_described(AGREEMENTS),
)
def agreements(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one agreement; a member's status follows at once."""
    return take_batch(request, take_of(AGREEMENTS))


@router.post(
    "/payments",
    auth=KeyThatMay(Scope.WRITE_PAYMENTS),
    summary="What is due and what was paid",
    openapi_extra=_described(PAYMENTS),
)
def payments(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one payment; send its agreement before."""
    return take_batch(request, take_of(PAYMENTS))


@router.post(
    "/classes",
    auth=KeyThatMay(Scope.WRITE_BOOKINGS),
    summary="The calendar of classes",
    openapi_extra=_described(CLASSES),
)
def classes(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one class session."""
    return take_batch(request, take_of(CLASSES))


@router.post(
    "/bookings",
    auth=KeyThatMay(Scope.WRITE_BOOKINGS),
    summary="Who booked which class, and came",
    openapi_extra=_described(BOOKINGS),
)
def bookings(request: HttpRequest) -> HttpResponse:
    """Each item is all that is known of one booking; send its class before."""
    return take_batch(request, take_of(BOOKINGS))


@router.post(
    "/visits",
    auth=KeyThatMay(Scope.WRITE_VISITS),
    summary="Who came, and when",
    openapi_extra=_described(VISITS),
)
def visits(request: HttpRequest) -> HttpResponse:
    """Each item is one visit; the latest is the member's last."""
    return take_batch(request, take_of(VISITS))
