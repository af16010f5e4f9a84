"""Members as the club's own systems know them; each field goes by the newest that was told of it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from ninja import Router

from members.api.batches import Result, checked, refused, take_batch
from members.api.keys import KeyThatMay
from members.api.schemas import batch_of
from members.models import Club, Member, Scope
from members.signals import facts_changed
from members.transfer.columns import COLUMNS, MOST_TAGS, TAG_NAME, TAGS, check_cells, in_order
from members.transfer.facts import OCCURRED_AT, unknown
from members.transfer.ground import OWN, Ground, RefusedCell
from members.transfer.kinds import CheckedRow
from members.transfer.writing import Plan, write_chunk

router = Router()

KNOWN = COLUMNS.keys() | {"occurred_at"}
ABOUT = {"told_at", "changed_at"}
"""What is kept about the facts, and is none."""
KEPT = {"external_id", *ABOUT}
ABOUT_ROW = {"external_id", "occurred_at"}


def take(club: Club, items: list[dict[str, Any]], now: dt.datetime) -> list[Result]:
    names_people = any("trainer" in item for item in items)
    ground = Ground.of(club, now) if names_people else Ground.without_staff(club, now)
    found = checked(items, lambda item: check_member(item, ground))
    answers: list[Result] = [{}] * len(found.values)
    for places in _rounds(found.values):
        rows = [found.values[place] for place in places]
        for place, result in zip(places, _write(club, rows, now), strict=True):
            answers[place] = result
    named = [answer["id"] for answer in answers if answer["outcome"] in ("created", "updated")]
    if named:
        changed = list(
            Member.objects.filter(club=club, external_id__in=named)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        facts_changed.send(sender=Member, member_ids=changed)
    return found.with_answers(answers)


def check_member(item: Mapping[str, Any], ground: Ground) -> tuple[dict[str, Any], dict[str, str]]:
    """The rules of a member file's row hold here as well; what a file may have besides, an item may not."""
    values, reasons = check_cells(item, ground)
    if strange := {name for name in item.keys() - KNOWN if not ground.knows(name)}:
        reasons |= unknown(strange)
    values["occurred_at"] = ground.now
    if item.get("occurred_at") not in (None, ""):
        try:
            values["occurred_at"] = OCCURRED_AT.check(item["occurred_at"], ground)
        except RefusedCell as error:
            reasons["occurred_at"] = str(error)
    return values, reasons


def _rounds(rows: Any) -> Iterator[list[int]]:
    """The places of the rows, such that a round has each member once, and her rows come in their order."""
    waiting = list(range(len(rows)))
    while waiting:
        names: set[str] = set()
        now: list[int] = []
        later: list[int] = []
        for place in waiting:
            name = rows[place]["external_id"]
            (later if name in names else now).append(place)
            names.add(name)
        yield now
        waiting = later


def _write(club: Club, rows: list[dict[str, Any]], now: dt.datetime) -> Iterator[Result]:
    # Before what is told is compared, so that nothing comes in between.
    Club.objects.select_for_update(no_key=True).values_list("pk").get(pk=club.pk)
    named = Member.objects.filter(club=club, external_id__in=[row["external_id"] for row in rows])
    if any(TAGS in row for row in rows):
        named = named.prefetch_related(TAGS)
    known = {member.external_id: member for member in named}
    newer = [_newer(row, known.get(row["external_id"])) for row in rows]
    plans, refusals = write_chunk(
        club=club, rows=[CheckedRow(0, values) for values in newer], now=now, cause="API"
    )
    by_name = {plan.row.values["external_id"]: plan for plan in plans}
    for row, values in zip(rows, newer, strict=True):
        name = row["external_id"]
        if name in by_name:
            is_older = len(row) > len(ABOUT_ROW) and values.keys() == KEPT
            yield _result(name, by_name[name], is_older=is_older)
        else:
            yield refused(name, {refusal.field: refusal.reason for refusal in refusals[:1]})


def _newer(row: dict[str, Any], member: Member | None) -> dict[str, Any]:
    """What the row says that nothing newer was said of, and the instants to keep."""
    occurred_at = row["occurred_at"]
    stamp = occurred_at.isoformat(timespec="microseconds")
    told_at = member.told_at if member else {}

    def counts(field: str, value: Any) -> bool:
        before = told_at.get(field, "")
        # Of two words of one instant the greater, so that they leave the same behind in either order.
        return stamp > before or (stamp == before and str(value) > str(_known(member, field)))

    said = {name: value for name, value in row.items() if name not in ABOUT_ROW and counts(name, value)}
    return {
        "external_id": row["external_id"],
        **said,
        "told_at": {**told_at, **dict.fromkeys(said, stamp)},
        "changed_at": max(filter(None, (member and member.changed_at, occurred_at))),
    }


def _known(member: Member | None, field: str) -> Any:
    if member is None:
        return None
    if field == TAGS:
        return in_order(tag.name for tag in member.tags.all())
    return member.custom.get(field.removeprefix(OWN)) if field.startswith(OWN) else getattr(member, field)


def _result(external_id: str, plan: Plan, *, is_older: bool) -> Result:
    if plan.kind == "created":
        return {"id": external_id, "outcome": "created"}
    if plan.changes.keys() - ABOUT:
        return {"id": external_id, "outcome": "updated"}
    older = {"reason": "older"} if is_older else {}
    return {"id": external_id, "outcome": "unchanged", **older}


def _item() -> dict[str, Any]:
    properties = {
        name: _shape(attribute)
        for name, (attribute, _check) in COLUMNS.items()
        if attribute and attribute != TAGS
    }
    for other in ("external_id", "birthday", "joined_at"):
        del properties[other]
    properties[TAGS] = {
        "type": "array",
        "items": {"type": "string", "maxLength": TAG_NAME},
        "maxItems": MOST_TAGS,
        "description": "Exactly these from now on; what the club lacks is made.",
    }
    return {
        "type": "object",
        "required": ["id"],
        "properties": {**properties, "occurred_at": dict(OCCURRED_AT.schema or {})},
        "patternProperties": {
            r"^custom\.[a-z][a-z0-9_]*$": {
                "type": ["string", "number", "boolean", "null"],
                "description": "One of the club's own fields, kept under Own fields in the admin.",
            }
        },
        "additionalProperties": False,
    }


def _shape(attribute: str) -> dict[str, Any]:
    field = Member._meta.get_field(attribute)
    match field:
        case models.BooleanField():
            return {"type": "boolean"}
        case models.DateTimeField():
            return {"type": "string", "format": "date-time"}
        case models.DateField():
            return {"type": "string", "format": "date"}
        case models.CharField(choices=[*choices]) if choices:
            return {"type": "string", "enum": [value for value, _label in choices if value]}
    return {"type": "string"}


@router.post(
    "/members",
    auth=KeyThatMay(Scope.WRITE_MEMBERS),
    summary="Who the members are",
    openapi_extra=batch_of(_item()),
)
def members(request: HttpRequest) -> HttpResponse:
    """What an item leaves out stays as it is; a new member needs a first name."""
    return take_batch(request, take)
