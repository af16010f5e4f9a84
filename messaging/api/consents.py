"""Who said yes or no to a channel elsewhere: on the club's website, at the till, in its own app."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from members.api.batches import Result, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of, item_of
from members.models import Club, Scope
from members.transfer.facts import check_item
from members.transfer.ground import Ground
from messaging.operations.consents import Kept, ToldConsent, take_in_consents
from messaging.transfer.consents import COLUMNS, refusal_of

router = Router()


@router.post(
    "/consents",
    auth=KeyThatMay(Scope.WRITE_CONSENTS),
    summary="Who said yes or no to a channel",
    openapi_extra=batch_of(item_of(COLUMNS)),
)
def consents(request: HttpRequest) -> HttpResponse:
    """Each item is one word of a member. Words are kept for good; of those on a channel that concern a category the latest counts."""
    return take_batch(request, take)


def take(club: Club, items: list[dict[str, Any]], now: dt.datetime) -> list[Result]:
    ground = Ground.without_staff(club, now)
    found = checked(items, lambda item: check_item(item, COLUMNS, ground))
    told = [ToldConsent(**values) for values in found.values]
    kept = take_in_consents(club=club, told=told) if told else []
    return found.with_answers([_result(one.external_id, said) for one, said in zip(told, kept, strict=True)])


def _result(external_id: str, said: Kept) -> Result:
    if why := refusal_of(said):
        return refused(external_id, dict([why]))
    return {"id": external_id, "outcome": said.value}
