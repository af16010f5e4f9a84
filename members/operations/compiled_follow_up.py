"""The change of statuses as two statements, compiled once for each club and day.

Values that differ from one event to the next are left open: who is concerned, the hour, and what brought the change.
"""

import datetime as dt
import functools

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Case, When

from members.models import Club, FollowUpStatus, Member
from members.models.compiled import Compiled, Mark, OneOf
from members.rules.days import StartOfDay
from members.rules.follow_up import with_follow_up

ASKED = (FollowUpStatus.LEAD, FollowUpStatus.WEB_LEAD, FollowUpStatus.REFERRAL)

# The rule stands once, in the innermost query: the ORM would write it out anew wherever its answer is used.
# A first status may be older than the row: a prospect's since she asked, an active customer's since she joined.
_INSERT = """
INSERT INTO members_followupchange (club_id, member_id, from_status, to_status, changed_at, cause)
SELECT %s, told.pk, told.follow_up_status, told.current,
    CASE WHEN told.follow_up_status = '' AND told.current IN ({asked}) AND told.asked_at IS NOT NULL THEN told.asked_at
         WHEN told.follow_up_status = '' AND told.current = 'active' AND told.joined_at IS NOT NULL THEN told.joined_at
         ELSE {now} END,
    COALESCE({own_cause}, %s)
FROM ({rule}) AS told WHERE told.follow_up_status <> told.current
RETURNING id, member_id
"""
_UPDATE = """
UPDATE members_member SET follow_up_status = change.to_status, follow_up_status_since = change.changed_at
FROM members_followupchange AS change WHERE change.id {listed} AND change.member_id = members_member.id
"""


def statements_for(club: Club, now: dt.datetime) -> tuple[Compiled, Compiled]:
    """Writes the changes, given `members`, `now`, `cause` and `causes` (JSON by the member's key): rows of (change, member);
    and what they say to the members, given `changes`."""
    return _statements(club.pk, club.time_zone, club.today(now))


@functools.lru_cache(maxsize=256)
def _statements(club_id: int, time_zone: str, today: dt.date) -> tuple[Compiled, Compiled]:
    club = Club(pk=club_id, time_zone=time_zone)
    # Any instant of the day asks the same question.
    noon = dt.datetime.combine(today, dt.time(12), club.zone)
    members = Member.objects.filter(OneOf("pk", "members", of="bigint")).order_by()
    told = with_follow_up(members, club, noon).annotate(
        asked_at=Case(When(inquired_on__lte=today, then=StartOfDay("inquired_on", club.zone))),
        joined_at=Case(When(joined_on__lte=today, then=StartOfDay("joined_on", club.zone))),
    )
    rule = Compiled.of(told.values_list("pk", "follow_up_status", "current", "asked_at", "joined_at").query)
    is_postgresql = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    insert = _INSERT.format(
        asked=", ".join(f"'{status}'" for status in ASKED),
        now="%s::timestamptz" if is_postgresql else "%s",
        own_cause="%s::jsonb ->> told.pk::text"
        if is_postgresql
        else """json_extract(%s, '$."' || told.pk || '"')""",
        rule=rule.sql,
    )
    listed = "= ANY(%s::bigint[])" if is_postgresql else "IN (SELECT value FROM json_each(%s))"
    return (
        Compiled(insert, (club_id, Mark("now"), Mark("causes"), Mark("cause"), *rule.params)),
        Compiled(_UPDATE.format(listed=listed), (Mark("changes"),)),
    )
