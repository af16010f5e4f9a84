"""Changing a field of many members at once, with a version in each one's history as if a person had done it."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from simple_history.utils import bulk_update_with_history

from members.models import Club, Member
from members.operations.follow_up import lock_members, refresh_follow_up
from members.signals import facts_changed

OWN = "custom."


@transaction.atomic
def change_members(
    *, club: Club, member_ids: Collection[int], changes: Mapping[str, Any], why: str, now: dt.datetime
) -> set[int]:
    """Write these values, by the names of the columns, to the members of the club who have others; who those were.

    A name like `custom.shoe_size` is one of the club's own fields; None forgets what is known of it.
    """
    own = {name.removeprefix(OWN): value for name, value in changes.items() if name.startswith(OWN)}
    columns = {name: value for name, value in changes.items() if not name.startswith(OWN)}
    locked = lock_members(club=club, member_ids=member_ids)
    differing: list[Any] = []
    for member in Member.objects.filter(pk__in=locked).order_by("pk"):
        after = {**columns, **({"custom": _known(member.custom | own)} if own else {})}
        changed = {name: value for name, value in after.items() if getattr(member, name) != value}
        for name, value in changed.items():
            setattr(member, name, value)
        if changed:
            differing.append(member)
    if not differing:
        return set()
    bulk_update_with_history(
        differing,
        Member,
        [*columns, *(["custom"] if own else [])],
        default_change_reason=why[:100],
        default_date=now,
    )
    ids = {member.pk for member in differing}
    refresh_follow_up(club=club, member_ids=ids, now=now, cause=why[:100], is_news=False, are_locked=True)
    facts_changed.send(sender=Member, member_ids=sorted(ids))
    return ids


def _known(custom: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in custom.items() if value is not None}
