"""The change of statuses as two statements, compiled once for each club and day.

Values that differ from one event to the next are left open: who is concerned, the hour, and what brought the change.
"""

import datetime as dt
import functools
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL

from members.models import Club, FollowUpChange, FollowUpStatus, Member
from members.models.bulk import insert_statement
from members.models.compiled import Compiled, Mark, given, listed
from members.rules.days import StartOfDay
from members.rules.follow_up import with_follow_up

ASKED = (FollowUpStatus.LEAD, FollowUpStatus.WEB_LEAD, FollowUpStatus.REFERRAL)


def statements_for(club: Club, now: dt.datetime) -> tuple[Compiled, Compiled]:
    """Writes the changes, given `members`, `now`, `cause` and `causes`: rows of (change, member); and what they say to the
    members, given `changes`."""
    return _statements(club.pk, club.time_zone, club.today(now))


@functools.lru_cache(maxsize=256)
def _statements(club_id: int, time_zone: str, today: dt.date) -> tuple[Compiled, Compiled]:
    club = Club(pk=club_id, time_zone=time_zone)
    # Any instant of the day asks the same question.
    noon = dt.datetime.combine(today, dt.time(12), club.zone)
    members = Member.objects.filter(pk__in=listed("members", of="bigint"))
    stale = with_follow_up(members, club, noon).exclude(follow_up_status=F("current"))
    columns = {
        "club": Value(club_id),
        "member": F("pk"),
        "from_status": F("follow_up_status"),
        "to_status": F("current"),
        "changed_at": since(club, noon, given("now", models.DateTimeField())),
        "cause": _cause(),
    }
    return insert_statement(FollowUpChange, stale, columns, returned=("pk", "member")), _update()


def since(club: Club, now: dt.datetime, otherwise: Any) -> Case:
    """A first status may be older than the row: a prospect's since she asked, an active customer's since she joined."""
    today = club.today(now)
    first = Q(follow_up_status="")
    return Case(
        When(first & Q(current__in=ASKED, inquired_on__lte=today), then=StartOfDay("inquired_on", club.zone)),
        When(
            first & Q(current=FollowUpStatus.ACTIVE, joined_on__lte=today),
            then=StartOfDay("joined_on", club.zone),
        ),
        default=otherwise,
    )


def _cause() -> RawSQL:
    """What `causes`, JSON by the member's key, has for her, or else `cause`."""
    key = '"members_member"."id"'
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        sql = f"COALESCE(%s::jsonb ->> {key}::text, %s)"
    else:
        sql = f"""COALESCE(json_extract(%s, '$."' || {key} || '"'), %s)"""
    params = (Mark("causes"), Mark("cause"))
    return RawSQL(sql, params, output_field=models.CharField())  # noqa: S611 - constant text of our own


def _update() -> Compiled:
    is_postgresql = connections[DEFAULT_DB_ALIAS].vendor == "postgresql"
    keys = "SELECT unnest(%s::bigint[])" if is_postgresql else "SELECT value FROM json_each(%s)"
    sql = (
        "UPDATE members_member SET follow_up_status = c.to_status, follow_up_status_since = c.changed_at "  # noqa: S608
        f"FROM members_followupchange AS c WHERE c.id IN ({keys}) AND c.member_id = members_member.id"
    )
    return Compiled(sql, (Mark("changes"),))
