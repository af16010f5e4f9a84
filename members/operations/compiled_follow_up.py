"""The change of statuses as one statement, or two where the database cannot change two tables at once; compiled once for each club
and day.

Values that differ from one event to the next are left open: who is concerned, the hour, and what brought the change.
"""

import datetime as dt
import functools
import json
from collections.abc import Mapping

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Case, When

from members.models import Club, FollowUpStatus, Member
from members.models.compiled import Compiled, Mark, OneOf, given
from members.rules.days import StartOfDay
from members.rules.follow_up import stale, with_follow_up

ASKED = (FollowUpStatus.LEAD, FollowUpStatus.WEB_LEAD, FollowUpStatus.REFERRAL)

# The rule stands once, in the innermost query: the ORM would write it out anew wherever its answer is used. Materialized, or
# the database would work it out once more for those whom it leaves out.
# A first status may be older than the row: a prospect's since she asked, an active customer's since she joined.
_INSERT = """
WITH told AS MATERIALIZED ({rule}){and_then}
INSERT INTO members_followupchange (club_id, member_id, from_status, to_status, changed_at, cause)
SELECT {club}, told.pk, told.follow_up_status, told.current,
    CASE WHEN told.follow_up_status = '' AND told.current IN ({asked}) AND told.asked_at IS NOT NULL THEN told.asked_at
         WHEN told.follow_up_status = '' AND told.current = 'active' AND told.joined_at IS NOT NULL THEN told.joined_at
         ELSE {now} END,
    COALESCE({own_cause}, %s)
FROM told WHERE told.follow_up_status <> told.current
"""
_UPDATE = """
UPDATE members_member SET follow_up_status = change.to_status, follow_up_status_since = change.changed_at
FROM {changes} AS change WHERE change.member_id = members_member.id
"""


def write_changes(
    *, club: Club, member_ids: list[int], now: dt.datetime, cause: str, causes: Mapping[int, str]
) -> list[int]:
    """Write the changes of these members, who are locked, and what they say to the members; who they are."""
    values = {"members": member_ids, "now": now, "cause": cause, "causes": json.dumps(dict(causes))}
    insert, update = _statements(club.pk, club.time_zone, club.today(now))
    written = insert.rows(**values)
    if update and written:
        update.rows(changes=[change for change, _ in written])
    return [member for *_, member in written]


def stale_between(*, club: Club, after: int, until: int, now: dt.datetime) -> list[int]:
    """Those whose stored status is not the one they have, of the members with these keys, in their order."""
    return sorted(
        member
        for (member,) in _stale(club.pk, club.time_zone, club.today(now)).rows(after=after, until=until)
    )


def _noon(club: Club, today: dt.date) -> dt.datetime:
    # Any instant of the day asks the same question.
    return dt.datetime.combine(today, dt.time(12), club.zone)


@functools.lru_cache(maxsize=256)
def _stale(club_id: int, time_zone: str, today: dt.date) -> Compiled:
    club = Club(pk=club_id, time_zone=time_zone)
    key = models.BigIntegerField()
    members = Member.objects.filter(club=club_id, pk__gt=given("after", key), pk__lte=given("until", key))
    return Compiled.of(stale(members.order_by(), club, _noon(club, today)).values_list("pk").query)


@functools.lru_cache(maxsize=256)
def _statements(club_id: int, time_zone: str, today: dt.date) -> tuple[Compiled, Compiled | None]:
    club = Club(pk=club_id, time_zone=time_zone)
    members = Member.objects.filter(OneOf("pk", "members", of="bigint")).order_by()
    told = with_follow_up(members, club, _noon(club, today)).annotate(
        asked_at=Case(When(inquired_on__lte=today, then=StartOfDay("inquired_on", club.zone))),
        joined_at=Case(When(joined_on__lte=today, then=StartOfDay("joined_on", club.zone))),
    )
    rule = Compiled.of(told.values_list("pk", "follow_up_status", "current", "asked_at", "joined_at").query)
    asked = ", ".join(f"'{status}'" for status in ASKED)
    params = (*rule.params, Mark("now"), Mark("causes"), Mark("cause"))
    fixed = {"rule": rule.sql, "asked": asked, "club": f"{club_id:d}"}
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        insert = _INSERT.format(
            **fixed, and_then=", kept AS (", now="%s::timestamptz", own_cause="%s::jsonb ->> told.pk::text"
        )
        update = _UPDATE.format(changes="kept")
        returned = "RETURNING member_id, to_status, changed_at)"
        return Compiled(f"{insert}{returned}{update}RETURNING members_member.id", params), None
    insert = _INSERT.format(
        **fixed, and_then="", now="%s", own_cause="""json_extract(%s, '$."' || told.pk || '"')"""
    )
    update = _UPDATE.format(changes="members_followupchange")
    listed = "AND change.id IN (SELECT value FROM json_each(%s))"
    return (
        Compiled(f"{insert}RETURNING id, member_id", params),
        Compiled(f"{update}{listed}", (Mark("changes"),)),
    )
