"""Writes one chunk of checked rows: what is new or differs, in one statement, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from members.models import Club, Member, Visit
from members.rules.phones import is_dialable
from members.transfer.rows import Refusal


@dataclass(frozen=True)
class CheckedRow:
    """The attributes that a row gives; those it does not name stay as they are."""

    line: int
    values: dict[str, Any]


@transaction.atomic
def write_chunk(*, club: Club, rows: Sequence[CheckedRow]) -> tuple[Counter[str], list[Refusal]]:
    """How many were created, changed, unchanged and undialable, and who cannot be created for want of a name."""
    # One import of a club at a time, so that two that bring the same new members do not wait for each other in a ring.
    Club.objects.select_for_update(no_key=True).values_list("pk").get(pk=club.pk)
    known = {
        member.external_id: member
        for member in Member.objects.select_for_update(no_key=True).filter(
            club=club, external_id__in=[row.values["external_id"] for row in rows]
        )
    }
    _leave_recorded_visits_alone(rows, known)
    counts: Counter[str] = Counter()
    refused: list[Refusal] = []
    dirty: list[Member] = []
    touched: set[str] = set()
    for row in rows:
        member = known.get(row.values["external_id"])
        if not member and "first_name" not in row.values:
            refused.append(Refusal(row.line, "first_name", _("is missing.")))
            continue
        before = member or Member(club=club)
        changes = {name: value for name, value in row.values.items() if getattr(before, name) != value}
        if changes.get("phone"):
            changes["phone_is_dialable"] = is_dialable(changes["phone"])
        elif "phone" in changes:
            changes["phone_is_dialable"] = False
        for name, value in changes.items():
            setattr(before, name, value)
        counts["changed" if member and changes else "unchanged" if member else "created"] += 1
        counts["undialable"] += bool(before.phone and not before.phone_is_dialable)
        if changes:
            before.pk = None  # the club's own id decides who it is
            dirty.append(before)
            touched |= changes.keys()
    if dirty:
        Member.objects.bulk_create(
            dirty,
            update_conflicts=True,
            unique_fields=["club", "external_id"],
            update_fields=sorted(touched - {"external_id"}),
        )
    return counts, refused


def _leave_recorded_visits_alone(rows: Sequence[CheckedRow], known: dict[str, Member]) -> None:
    """A file made before somebody checked in must not unmake her visit."""
    earlier: dict[int, CheckedRow] = {}
    for row in rows:
        member = known.get(row.values["external_id"])
        if member and member.last_attended_at and "last_attended_at" in row.values:
            given = row.values["last_attended_at"]
            if not given or given < member.last_attended_at:
                earlier[member.pk] = row
    if earlier:
        visits = (
            Visit.objects.filter(member__in=earlier)
            .order_by()
            .values_list("member")
            .annotate(Max("attended_at"))
        )
        for pk, visited_at in visits:
            given = earlier[pk].values["last_attended_at"]
            earlier[pk].values["last_attended_at"] = max(given, visited_at) if given else visited_at
