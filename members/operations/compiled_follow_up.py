"""The change of statuses as one statement, or two where the database cannot change two tables at once; compiled once for each club
and day.

Values that differ from one event to the next are left open: who is concerned, the hour, and what brought the change.
"""

import datetime as dt
import functools
import json
from collections.abc import Collection, Mapping

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.functions import TruncDate

from members.models import Club, Member
from members.models.compiled import Compiled, Mark, OneOf, given
from members.rules.days import StartOfDay, start_of_day
from members.rules.follow_up import stale, with_follow_up
from members.rules.follow_up_beginnings import with_beginnings

# The rule stands once, in the innermost query: the ORM would write it out anew wherever its answer is used. Materialized, or
# the database would work it out once more for those whom it leaves out.
# Since when: a first status as long as its facts say; another one now, unless it comes of facts that are `new_here`. These may
# tell of the past, though not of a day before the one on which the status before began. If that was the first, and they tell
# of a day before it, then it was but what one had to believe before they were told: it is set right, not followed.
_INSERT = """
WITH told AS MATERIALIZED ({rule}), begun AS MATERIALIZED (
    SELECT told.*, CASE WHEN told.follow_up_status = '' OR {new_here} THEN ({began}) END AS began_at
    FROM told WHERE told.follow_up_status <> told.current
), dated AS MATERIALIZED (
    SELECT begun.*, CASE
        WHEN began_at IS NULL THEN 'now'
        WHEN follow_up_status = '' THEN 'began'
        WHEN began_at >= {today_from} THEN 'now'
        WHEN began_at >= follow_up_status_since THEN 'began'
        WHEN began_at < heard_of_from AND NOT EXISTS (
            SELECT 1 FROM members_followupchange AS earlier WHERE earlier.member_id = begun.pk AND earlier.from_status <> ''
        ) THEN 'always'
        ELSE 'now' END AS since
    FROM begun
){and_then}
INSERT INTO members_followupchange (club_id, member_id, from_status, to_status, changed_at, cause)
SELECT {club}, pk, CASE since WHEN 'always' THEN '' ELSE follow_up_status END, current,
    CASE since WHEN 'now' THEN {now} ELSE began_at END, COALESCE({own_cause}, %s)
FROM dated WHERE true
"""
_UPDATE = """
UPDATE members_member SET follow_up_status = change.to_status, follow_up_status_since = change.changed_at
FROM {changes} AS change WHERE change.member_id = members_member.id
"""
_SET_RIGHT = """
DELETE FROM members_followupchange WHERE from_status = '' AND EXISTS (
    SELECT 1 FROM {changes} AS change WHERE change.member_id = members_followupchange.member_id
    AND change.from_status = '' AND change.changed_at < members_followupchange.changed_at {listed})
"""


def write_changes(
    *,
    club: Club,
    member_ids: list[int],
    now: dt.datetime,
    cause: str,
    causes: Mapping[int, str],
    new_here: Collection[int] = (),
) -> list[int]:
    """Write the changes of these members, who are locked, and what they say to the members; who they are.

    `new_here` are those of whom facts were told that were not known in any form before.
    """
    today = club.today(now)
    values = {
        "members": member_ids,
        "now": now,
        "cause": cause,
        "causes": json.dumps(dict(causes)),
        "new_here": list(new_here),
        "today_from": start_of_day(today, club.zone),
    }
    insert, *others = _statements(club.pk, club.time_zone, today, bool(new_here))
    written = insert.rows(**values)
    for statement in others if written else ():
        statement.rows(changes=[change for change, _ in written])
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
def _statements(club_id: int, time_zone: str, today: dt.date, tells_new: bool) -> tuple[Compiled, ...]:
    """One statement for all, or the one that writes the changes and those to be asked with their keys."""
    club = Club(pk=club_id, time_zone=time_zone)
    members = Member.objects.filter(OneOf("pk", "members", of="bigint")).order_by()
    told = with_follow_up(members, club, _noon(club, today)).annotate(
        heard_of_from=StartOfDay(TruncDate("follow_up_status_since", tzinfo=club.zone), club.zone)
    )
    columns = ("pk", "follow_up_status", "follow_up_status_since", "current", "decisive", "heard_of_from")
    rule = Compiled.of(told.values_list(*columns).query)
    began = Compiled.of(with_beginnings(club, today).values("began").query)
    is_postgresql = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    listed = (
        "told.pk = ANY(%s::bigint[])" if is_postgresql else "told.pk IN (SELECT value FROM json_each(%s))"
    )
    instant = "%s::timestamptz" if is_postgresql else "%s"
    fixed = {
        "rule": rule.sql,
        "began": began.sql,
        "new_here": listed if tells_new else "false",
        "club": f"{club_id:d}",
        "now": instant,
        "today_from": instant,
    }
    new = (Mark("new_here"),) if tells_new else ()
    marks = (Mark("today_from"), Mark("now"), Mark("causes"), Mark("cause"))
    params = (*rule.params, *new, *began.params, *marks)
    if is_postgresql:
        insert = _INSERT.format(**fixed, and_then=", kept AS (", own_cause="%s::jsonb ->> pk::text")
        right = f", right_now AS ({_SET_RIGHT.format(changes='kept', listed='')})" if tells_new else ""
        update = _UPDATE.format(changes="kept")
        returned = "RETURNING member_id, from_status, to_status, changed_at)"
        return (Compiled(f"{insert}{returned}{right}{update}RETURNING members_member.id", params),)
    insert = _INSERT.format(**fixed, and_then="", own_cause="""json_extract(%s, '$."' || pk || '"')""")
    changes = {"changes": "members_followupchange"}
    listed = "AND change.id IN (SELECT value FROM json_each(%s))"
    asked = (Mark("changes"),)
    follow = Compiled(f"{_UPDATE.format(**changes)}{listed}", asked)
    set_right = Compiled(_SET_RIGHT.format(**changes, listed=listed), asked)
    return (
        Compiled(f"{insert}RETURNING id, member_id", params),
        follow,
        *((set_right,) if tells_new else ()),
    )
