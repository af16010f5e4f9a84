"""Taking in documents."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from members.models import Club, Document
from members.operations.facts import FactOfMember, Taken, take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFact(FactOfMember):
    """A document as of `occurred_at`."""

    FIELDS: ClassVar[tuple[str, ...]] = ("kind", "name", "issued_on", "expires_on")

    kind: str
    name: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


def take_in_documents(*, club: Club, facts: Sequence[DocumentFact], now: dt.datetime) -> list[Taken]:
    """What became of each, in their order; workflows hear of whom it concerns."""
    return take_in(Document, club=club, facts=facts, now=now, called="document")
