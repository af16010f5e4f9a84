"""What is stored of a member, table by table, said once: what an export tells of it, and what is left when she is erased.

Each app says it of its own tables. A test asks every table that hangs on a member, and each of its columns that can hold words.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from members.models import Member


@dataclass(frozen=True, kw_only=True)
class Holding:
    """One table with rows of a member's.

    `member`: the lookup from its rows to the member's key. `erased`: by field what it becomes. `kept`: fields of words that
    say nothing of who it was. `is_removed`: the rows go. `more`: what an export tells besides its own fields. `unsaid`: what
    it does not tell, such as the hash of a password.
    """

    model: Any
    member: str = "member"
    erased: Mapping[str, Any] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    is_removed: bool = False
    more: tuple[str, ...] = ()
    unsaid: frozenset[str] = frozenset()

    def rows(self, member: Member) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model._base_manager.filter(**{self.member: member.pk})
        return rows.order_by("pk")

    def told(self, member: Member) -> Iterator[dict[str, Any]]:
        """Each row by the names of its fields, and the `more`."""
        own = [one.attname for one in self.model._meta.concrete_fields if one.name not in self.unsaid]
        yield from self.rows(member).values(*own, *self.more).iterator(chunk_size=500)

    def erase(self, member: Member) -> int:
        """How many rows were concerned."""
        if self.is_removed:
            return int(self.rows(member).delete()[0])
        return self.rows(member).update(**self.erased) if self.erased else 0


Step = Callable[[Member, dt.datetime], None]
Telling = Callable[[Member], list[dict[str, Any]]]
HOLDINGS: list[Holding] = []
FIRST: list[Step] = []
"""What is done before, inside the transaction, while she is still known: what is under way is ended. May raise NotErased."""
TOLD_BESIDES: dict[str, Telling] = {}
"""What belongs to her by her address or name alone, by what it is called in the export."""


class NotErased(Exception):
    """Says why not now, in a sentence for the person."""


def hold(*holdings: Holding) -> None:
    HOLDINGS.extend(holdings)


def without_words() -> Any:
    """An ID of another system, replaced where there is one; a number of ours keeps it unique."""
    made = Concat(Value("erased-"), Cast(F("pk"), CharField()), output_field=CharField())
    return Case(When(Q(external_id=""), then=Value("")), default=made, output_field=CharField())


def words_of(model: type[models.Model]) -> Iterator[str]:
    """The fields that can hold words."""
    for one in model._meta.concrete_fields:
        if isinstance(one, models.CharField | models.TextField | models.JSONField):
            yield one.name
