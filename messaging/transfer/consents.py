"""Files of consents: the columns of the API, a row for each word of a member, taken in by the one importer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Club
from members.operations.facts import Taken
from members.transfer.columns import choice, text, truth
from members.transfer.fact_files import FactOutcome, check_of, columns_of
from members.transfer.fact_kinds import FactKind
from members.transfer.facts import AGREEMENT, NEEDED, OCCURRED_AT, Column, name_of
from members.transfer.ground import Ground
from members.transfer.kinds import CheckedRow, Deal, Kind
from members.transfer.rows import Refusal
from messaging.models import Category, Channel
from messaging.operations.consents import Kept, ToldConsent, take_in_consents


def _any_category(cell: Any, ground: Ground) -> str:
    return str(_known_category(cell, ground)) if text(cell, 40) else ""


_known_category = choice(Category)

COLUMNS: Mapping[str, Column] = {
    "id": AGREEMENT["id"],
    "member": AGREEMENT["member"],
    "channel": Column("channel", choice(Channel), schema={"type": "string", "enum": Channel.values}),
    "category": Column(
        "category",
        _any_category,
        "",
        {
            "type": "string",
            "enum": ["", *Category.values],
            "description": "What it is about; everything on the channel if it is empty or left out.",
        },
    ),
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

OF_A_FILE = FactKind(
    {**COLUMNS, "source": replace(COLUMNS["source"], default="import")},
    ToldConsent,
    take_in_consents,  # type: ignore[arg-type]
)
TAKEN = {Kept.CREATED: Taken.CREATED, Kept.UNCHANGED: Taken.UNCHANGED}


def refusal_of(said: Kept) -> tuple[str, str] | None:
    """Of a word that was not taken in, the column and why."""
    if said == Kept.UNKNOWN_MEMBER:
        return "member", _("is not known here yet.")
    if said == Kept.OTHERWISE:
        return "id", _("is that of another word, and words are never changed.")
    return None


def _dealing(*, keep: bool) -> Deal:
    def deal(
        *, club: Club, rows: Sequence[CheckedRow], now: dt.datetime
    ) -> tuple[list[FactOutcome], list[Refusal]]:
        told = [ToldConsent(**row.values) for row in rows]
        with transaction.atomic():
            kept = take_in_consents(club=club, told=told) if told else []
            transaction.set_rollback(not keep)
        outcomes: list[FactOutcome] = []
        refused: list[Refusal] = []
        for row, said in zip(rows, kept, strict=True):
            if why := refusal_of(said):
                field, reason = why
                cells: dict[str, Any] = {"id": row.values["external_id"], "member": row.values["member"]}
                refused.append(Refusal(row.line, field, reason, row.number, cells))
            else:
                outcomes.append(FactOutcome(row, TAKEN[said]))
        return outcomes, refused

    return deal


CONSENTS = Kind(
    columns=columns_of(OF_A_FILE),
    ground=Ground.without_staff,
    check=check_of(OF_A_FILE),
    plan=_dealing(keep=False),
    write=_dealing(keep=True),
)
