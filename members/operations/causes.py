"""Rows that something caused: however often the same cause comes, each member gets one for it."""

from collections.abc import Sequence
from typing import Any, TypeVar

from members.models import CreditEntry, Member, MemberEvent

Row = TypeVar("Row", CreditEntry, MemberEvent)
Causes = Sequence[tuple[Member, str]]


def create_once(model: type[Row], causes: Causes, **values: Any) -> None:
    """One for each (member, cause), all with these values; in one order, so that two at once never wait for each other."""
    model.objects.bulk_create(
        [
            model(member=member, cause=cause, **values)
            for member, cause in sorted(causes, key=lambda pair: (pair[0].pk, pair[1]))
        ],
        ignore_conflicts=True,
    )
