"""Keeping each member's follow-up status true: at once when a fact changes, and by a check of everybody.

Whoever writes a fact locks the members whom it concerns first, in the order of their keys, so that no two writers wait for each
other in a ring; and works out the status after the lock, so that it rests on what the other one wrote.
"""

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Mapping

from django.db import connection, transaction

from members.models import Club, Member
from members.models.ranges import ranges_of
from members.operations.compiled_follow_up import stale_between, write_changes
from members.signals import facts_changed

RANGE = 100_000
"""Members looked at together by the check, who are not locked for that."""
WRITTEN_AT_ONCE = 500
"""Members locked together by the check: whoever has news of one of them waits no longer than that takes."""
BY_CHECK, BY_HAND, BY_FILE = "check", "by hand", "file"


def lock_members(*, club: Club, member_ids: Collection[int]) -> list[int]:
    """Lock these members of the club in the order of their keys, inside the transaction that is open; who is there."""
    members = Member.objects.filter(club=club, pk__in=member_ids).order_by("pk")
    return list(members.select_for_update(no_key=True).values_list("pk", flat=True))


@contextlib.contextmanager
def following_up(
    *, club: Club, member_ids: Collection[int], now: dt.datetime, cause: str = "", are_new: bool = False
) -> Iterator[None]:
    """Change facts of these members within: they are locked before, their status is worked out and workflows hear of them after,
    all in one transaction. Facts that `are_new` may tell of the past."""
    with transaction.atomic():
        concerned = lock_members(club=club, member_ids=member_ids)
        yield
        refresh_follow_up(
            club=club,
            member_ids=concerned,
            now=now,
            cause=cause,
            is_news=False,
            are_locked=True,
            new_here=concerned if are_new else (),
        )
        facts_changed.send(sender=Member, member_ids=concerned)


@transaction.atomic(savepoint=False)
def refresh_follow_up(
    *,
    club: Club,
    member_ids: Collection[int],
    now: dt.datetime,
    cause: str = "",
    causes: Mapping[int, str] | None = None,
    is_news: bool = True,
    are_locked: bool = False,
    new_here: Collection[int] = (),
) -> list[int]:
    """Work out the status of these members of the club; the keys of those for whom it changed.

    `cause` is kept with each change, or what `causes` has for a member. Workflows hear of the changes if it `is_news`.
    Whoever locked the members in this transaction says that they `are_locked`, and of whom there is a fact `new_here`:
    what that gives may have begun before.
    """
    ids = list(member_ids) if are_locked else lock_members(club=club, member_ids=member_ids)
    if not ids:
        return []
    changed = write_changes(
        club=club, member_ids=ids, now=now, cause=cause, causes=causes or {}, new_here=new_here
    )
    if changed and is_news:
        facts_changed.send(sender=Member, member_ids=changed)
    return changed


def check_follow_up(*, club: Club, now: dt.datetime) -> dict[str, int]:
    """Work out the status of the whole club and set right what slipped by; {"checked", "repaired"}.

    Reads range by range without a lock, and locks only those it has to write, a few at a time.
    """
    counts = {"checked": 0, "repaired": 0}
    for some in ranges_of(Member.objects.filter(club=club), RANGE):
        wrong = stale_between(club=club, after=some.after, until=some.until, now=now)
        counts["checked"] += some.number
        for first in range(0, len(wrong), WRITTEN_AT_ONCE):
            counts["repaired"] += _repair(club, wrong[first : first + WRITTEN_AT_ONCE], now)
    return counts


@transaction.atomic
def _repair(club: Club, member_ids: list[int], now: dt.datetime) -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # It would read all agreements and payments for these few, and for the next few again.
            cursor.execute("SET LOCAL enable_seqscan = off")
    # No news: the daily check of the workflows looks at everybody anyway.
    return len(refresh_follow_up(club=club, member_ids=member_ids, now=now, cause=BY_CHECK, is_news=False))
