"""Writing each member's retention risk where it changed."""

import datetime as dt

from django.db import transaction

from members.models import Club, Member
from members.models.bulk import update_rows
from members.models.ranges import ranges_of
from members.operations.follow_up import lock_members
from members.rules.risk import TO_WATCH, told

RANGE = 10_000
"""Members looked at together, who are not locked for that."""
WRITTEN_AT_ONCE = 500
"""Members locked together: whoever has news of one of them waits no longer than that takes."""

Changed = tuple[int, float, str, bool]
"""A member's id, the new score and its reasons, and whether the old one was to be watched."""

_CHANGED = """
SELECT pk, risk, reasons, retention_risk_since IS NOT NULL FROM told
WHERE risk <> retention_risk OR reasons <> retention_risk_reasons ORDER BY pk
"""


def score_members(*, club: Club, now: dt.datetime) -> dict[str, int]:
    """Score the whole club; {"scored", "changed"}.

    Reads range by range without a lock. What comes in between reading and writing counts the next time.
    """
    members = Member.objects.filter(club=club)
    counts = {"scored": 0, "changed": 0}
    for some in ranges_of(members, RANGE):
        changed = told(members.filter(pk__gt=some.after, pk__lte=some.until), club, now, _CHANGED)
        counts["scored"] += some.number
        counts["changed"] += len(changed)
        for first in range(0, len(changed), WRITTEN_AT_ONCE):
            _write(club, changed[first : first + WRITTEN_AT_ONCE], now)
    return counts


@transaction.atomic
def _write(club: Club, changed: list[Changed], now: dt.datetime) -> None:
    lock_members(club=club, member_ids=[pk for pk, *_ in changed])
    fields = ["retention_risk", "retention_risk_reasons"]
    to_watch = [row for row in changed if row[1] >= TO_WATCH]
    goes_on = [row[:3] for row in to_watch if row[3]]
    begins = [row[:3] for row in to_watch if not row[3]]
    ends = [row[:3] for row in changed if row[1] < TO_WATCH]
    update_rows(Member, fields, goes_on, to_all={}, where={})
    update_rows(Member, fields, begins, to_all={"retention_risk_since": now}, where={})
    update_rows(Member, fields, ends, to_all={"retention_risk_since": None}, where={})
