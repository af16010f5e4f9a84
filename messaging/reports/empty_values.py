"""For how many members a template could not be filled, before any of them is passed over."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Count, Q

from members.models import Club, Member, MembershipStatus
from messaging.models import MessageTemplate
from messaging.operations.wording import Unfilled, words_of
from messaging.rules.languages import own_language, written_to_in
from messaging.rules.placeholders import PLACEHOLDERS
from messaging.rules.templates import EmptyPlaceholder

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNTED_FOR_SECONDS = 300


@dataclass(frozen=True)
class EmptyValue:
    name: str
    label: "StrOrPromise"
    count: int
    members: int
    """All who would get it and have not canceled."""

    @property
    def is_for_all(self) -> bool:
        return self.count == self.members

    @property
    def with_fallback(self) -> str:
        return PLACEHOLDERS[self.name].with_fallback


def empty_values(template: MessageTemplate, club: Club, language: str = "") -> list[EmptyValue]:
    """The placeholders that the template cannot do without and some members lack who get it in this language, its own if
    empty; one query, or none."""
    needed = sorted(
        name
        for name in template.placeholders
        if PLACEHOLDERS[name].is_empty and _is_needed(template, club, name)
    )
    if not needed:
        return []
    who = written_to_in(template, language or own_language(template, club), club)
    key = f"template-empty:{club.pk}:{'.'.join(needed)}:{sha256(repr(who).encode()).hexdigest()[:16]}"
    counts: dict[str, int] | None = cache.get(key)
    if counts is None:
        counts = _count(club, who, needed)
        cache.set(key, counts, COUNTED_FOR_SECONDS)
    return [
        EmptyValue(name, PLACEHOLDERS[name].label, counts[f"without_{name}"], counts["members"])
        for name in needed
        if counts[f"without_{name}"]
    ]


def _is_needed(template: MessageTemplate, club: Club, name: str) -> bool:
    """Whether it stands somewhere without a fallback: asked of the words themselves."""
    values = {one.name: one.sample for one in PLACEHOLDERS.values() if one.name != name}
    try:
        words_of(template, template.channel, club, values)
    except Unfilled as unfilled:
        return isinstance(unfilled.__cause__, EmptyPlaceholder)
    return False


def _count(club: Club, who: Q, needed: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = (
        Member.objects.filter(who, club=club)
        .exclude(membership_status=MembershipStatus.CANCELED)
        .aggregate(
            members=Count("pk"),
            **{f"without_{name}": Count("pk", filter=PLACEHOLDERS[name].is_empty) for name in needed},
        )
    )
    return counts
