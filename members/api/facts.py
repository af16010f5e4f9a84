"""Agreements, payments, classes, bookings, visits and documents, as the club's own systems know them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from members.api.batches import Result, Take, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of, item_of
from members.models import Club, Scope
from members.operations.facts import Taken
from members.transfer.fact_kinds import (
    AGREEMENTS,
    BOOKINGS,
    CLASSES,
    DOCUMENTS,
    NOT_TAKEN,
    PAYMENTS,
    VISITS,
    FactKind,
)
from members.transfer.ground import Ground

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


@dataclass(frozen=True)
class Door:
    """Where one kind comes in, and what the API's page says of it."""

    name: str
    kind: FactKind
    scope: Scope
    summary: str
    description: str


DOORS = (
    Door(
        "agreements",
        AGREEMENTS,
        Scope.WRITE_AGREEMENTS,
        "What members bought",
        "Each item is all that is known of one agreement; a member's status follows at once.",
    ),
    Door(
        "payments",
        PAYMENTS,
        Scope.WRITE_PAYMENTS,
        "What is due and what was paid",
        "Each item is all that is known of one payment; send its agreement before.",
    ),
    Door(
        "classes",
        CLASSES,
        Scope.WRITE_BOOKINGS,
        "The calendar of classes",
        "Each item is all that is known of one class session.",
    ),
    Door(
        "bookings",
        BOOKINGS,
        Scope.WRITE_BOOKINGS,
        "Who booked which class, and came",
        "Each item is all that is known of one booking; send its class before.",
    ),
    Door(
        "visits",
        VISITS,
        Scope.WRITE_VISITS,
        "Who came, and when",
        "Each item is one visit; the latest is the member's last. One that never was is sent again with `is_taken_back`.",
    ),
    Door(
        "documents",
        DOCUMENTS,
        Scope.WRITE_DOCUMENTS,
        "What was handed in or signed, and until when it is good",
        "Each item is all that is known of one document; a newer one of its kind and name replaces it.",
    ),
)


def _open(door: Door) -> None:
    take = take_of(door.kind)

    def view(request: HttpRequest) -> HttpResponse:
        return take_batch(request, take)

    # What the page calls the operation.
    view.__name__ = door.name
    router.post(
        f"/{door.name}",
        auth=KeyThatMay(door.scope),
        summary=door.summary,
        description=door.description,
        openapi_extra=batch_of(item_of(door.kind.columns)),
    )(view)


for door in DOORS:
    _open(door)
