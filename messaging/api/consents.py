"""Who said yes or no to a channel elsewhere: on the club's website, at the till, in its own app."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from members.api.batches import Result, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of, item_of
from members.models import Club, Scope
from members.transfer.columns import Ground, choice, truth
from members.transfer.facts import AGREEMENT, NEEDED, OCCURRED_AT, Column, check_item, name_of
from messaging.models import Channel
from messaging.operations.consents import Kept, ToldConsent, take_in_consents

router = Router()

COLUMNS: Mapping[str, Column] = {
    "id": AGREEMENT["id"],
    "member": AGREEMENT["member"],
    "channel": Column("channel", choice(Channel), schema={"type": "string", "enum": Channel.values}),
    "is_granted": Column(
        "is_granted", truth, schema={"type": "boolean", "description": "False for an opt-out."}
    ),
    "occurred_at": replace(OCCURRED_AT, default=NEEDED),
    "source": Column("source", name_of(50), "API", {"type": "string", "maxLength": 50}),
    "words": Column(
        "words",
        name_of(5_000),
        "",
        {"type": "string", "description": "What the member agreed to or wrote, word for word."},
    ),
}


@router.post(
    "/consents",
    auth=KeyThatMay(Scope.WRITE_CONSENTS),
    summary="Who said yes or no to a channel",
    openapi_extra=batch_of(item_of(COLUMNS)),
)
def consents(request: HttpRequest) -> HttpResponse:
    """Each item is one word of a member. Words are kept for good; the latest on a channel counts."""
    return take_batch(request, take)


def take(club: Club, items: list[dict[str, Any]], now: dt.datetime) -> list[Result]:
    ground = Ground.without_staff(club, now)
    found = checked(items, lambda item: check_item(item, COLUMNS, ground))
    told = [ToldConsent(**values) for values in found.values]
    kept = take_in_consents(club=club, told=told) if told else []
    return found.with_answers([_result(one.external_id, said) for one, said in zip(told, kept, strict=True)])


def _result(external_id: str, said: Kept) -> Result:
    if said == Kept.UNKNOWN_MEMBER:
        return refused(external_id, {"member": _("is not known here yet.")})
    if said == Kept.OTHERWISE:
        return refused(external_id, {"id": _("is that of another word, and words are never changed.")})
    return {"id": external_id, "outcome": said.value}
