"""The retention risk: how likely somebody who still counts as a member is to stop coming, from 0 to 1, one statement for all.

Six parts, each from 0 to 1, are weighted and rounded to hundredths:

    weight  code      part
      0.45  gap       days since the last visit against the member's usual gap: 0 up to the usual one, 1 from five times that
      0.25  fewer     visits in the last 30 days against a third of those in the 90 before: 0 for as many, 1 for none
      0.10  new       days from joining to the last visit: 1 for none, 0 from 180
      0.10  owes      1 if something is past due
      0.05  no_shows  classes missed without canceling, from 60 days before the last visit on: half for one, 1 from two
      0.05  silent    texts since the last visit to which no answer came, not even to one: half for one, 1 from two

The usual gap is the mean of those between the days of visits in the 120 days up to the last one, taken as no shorter than 2 days
and no longer than 30; with fewer than three such days it is taken to be a week. Days on which the club was shut count neither as
days since the last visit nor among the last 30. Who never came is counted from the day of joining.

What is compared with ends with the last visit, not today: whoever only stays away never comes to a lower score by that, neither
because what was usual fades from view nor because the membership grows older meanwhile.

At 0: prospects and former members, frozen and canceled memberships, and who neither came nor has a day of joining.
Texts are those of workflows and of staff that can be answered; see `correspondence.py`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least, TruncDate

from members.models import Agreement, Booking, Club, Member, MembershipStatus, Payment, Visit
from members.models.members import Stage
from members.rules.correspondence import unanswered
from members.rules.days import DAY, AwayClock, StartOfDay

TO_WATCH = 0.4
"""From here on the risk is one to watch; `retention_risk_since` is since when it has been."""

JUDGED = Q(stage=Stage.MEMBER, membership_status=MembershipStatus.ACTIVE)
RHYTHM = 120 * DAY
NO_SHOWS = 60 * DAY
MONTH = 30

# The parts stand once, each query around the one that it rests on: the ORM would write out each anew wherever it is used.
# A part of less than a quarter is no reason worth saying.
_RULE = """
WITH asked AS MATERIALIZED ({asked}),
rhythm AS (
    SELECT asked.pk,
        COUNT(DISTINCT CASE WHEN {visited_on} < asked.seen_on THEN {visited_on} END) AS days_before,
        asked.seen_on - MIN({visited_on}) AS span,
        COUNT(CASE WHEN visit.attended_at >= asked.month_since THEN 1 END) AS recent,
        COUNT(CASE WHEN visit.attended_at <= asked.month_before THEN 1 END) AS earlier
    FROM asked JOIN members_visit AS visit
        ON visit.member_id = asked.pk AND visit.attended_at > asked.rhythm_since AND visit.attended_at <= asked.seen
    GROUP BY asked.pk, asked.seen_on
),
known AS (
    SELECT asked.*, COALESCE(earlier, 0) AS earlier,
        CASE WHEN gap >= 30 THEN 0 WHEN COALESCE(recent, 0) = 0 THEN 1 ELSE recent END AS recent,
        CASE WHEN COALESCE(days_before, 0) < 2 THEN NULL
             WHEN span < 2 * days_before THEN 2.0 WHEN span > 30 * days_before THEN 30.0
             ELSE CAST(span AS double precision) / days_before END AS usual
    FROM asked LEFT JOIN rhythm ON rhythm.pk = asked.pk
),
parts AS (
    SELECT known.*,
        CASE WHEN gap <= COALESCE(usual, 7.0) THEN 0.0 WHEN gap >= 5 * COALESCE(usual, 7.0) THEN 1.0
             ELSE (gap - COALESCE(usual, 7.0)) / (4 * COALESCE(usual, 7.0)) END AS gap_part,
        CASE WHEN gap >= 30 THEN 1.0 WHEN 3 * recent >= earlier THEN 0.0
             ELSE 1 - CAST(3 * recent AS double precision) / earlier END AS fewer_part,
        CASE WHEN settled IS NULL OR settled >= 180 THEN 0.0 WHEN settled <= 0 THEN 1.0
             ELSE 1 - CAST(settled AS double precision) / 180 END AS new_part,
        CASE WHEN owes > 0 THEN 1.0 ELSE 0.0 END AS owes_part,
        CASE WHEN no_shows >= 2 THEN 1.0 WHEN no_shows = 1 THEN 0.5 ELSE 0.0 END AS no_shows_part,
        CASE WHEN silent >= 2 THEN 1.0 WHEN silent = 1 THEN 0.5 ELSE 0.0 END AS silent_part
    FROM known
),
told AS (
    SELECT parts.*,
        CASE WHEN judged = 0 OR gap IS NULL THEN 0.0
             ELSE FLOOR(45 * gap_part + 25 * fewer_part + 10 * new_part + 10 * owes_part + 5 * no_shows_part
                 + 5 * silent_part + 0.5) / 100.0 END AS risk,
        CASE WHEN judged = 0 OR gap IS NULL THEN ''
             ELSE TRIM(CASE WHEN gap_part >= 0.25 THEN 'gap ' ELSE '' END
                 || CASE WHEN fewer_part >= 0.25 THEN 'fewer ' ELSE '' END
                 || CASE WHEN new_part >= 0.25 THEN 'new ' ELSE '' END
                 || CASE WHEN owes_part >= 0.25 THEN 'owes ' ELSE '' END
                 || CASE WHEN no_shows_part >= 0.25 THEN 'no_shows ' ELSE '' END
                 || CASE WHEN silent_part >= 0.25 THEN 'silent ' ELSE '' END) END AS reasons
    FROM parts
)
"""
_DAY_OF_VISIT = {
    "postgresql": "((visit.attended_at AT TIME ZONE %s)::date - DATE '2000-01-01')",
    "sqlite": "CAST(julianday(django_datetime_cast_date(visit.attended_at, 'UTC', %s)) - 2451544.5 AS INTEGER)",
}


@dataclass(frozen=True)
class Risk:
    """A member's score with what it rests on; days as whole numbers, `usual` None while there is no rhythm to see."""

    member: int
    score: float
    reasons: tuple[str, ...]
    gap: int | None
    usual: float | None
    recent: int
    earlier: int
    no_shows: int
    silent: int


def risks(members: QuerySet[Member], club: Club, now: dt.datetime, judged: Q = JUDGED) -> Iterator[Risk]:
    """The risk of each of these members of the club as of `now`, in any order."""
    asks = "SELECT pk, risk, reasons, gap, usual, recent, earlier, no_shows, silent FROM told"
    for row in told(members, club, now, asks, judged=judged):
        pk, score, reasons, gap, usual, *numbers = row
        yield Risk(
            pk, float(score), tuple(reasons.split()), gap, None if usual is None else float(usual), *numbers
        )


def told(
    members: QuerySet[Member], club: Club, now: dt.datetime, asks: str, *, judged: Q = JUDGED
) -> list[tuple[Any, ...]]:
    """What `asks`, SQL of our own, finds in `told`: for each of these members `pk`, `risk`, `reasons` and what they rest on."""
    connection = connections[members.db]
    asked = _asked(members, club, now, judged).values_list(
        "pk", "retention_risk", "retention_risk_reasons", "retention_risk_since",
        "judged", "seen", "seen_on", "gap", "settled", "owes", "no_shows", "silent",
        "rhythm_since", "month_before", "month_since",
    )  # fmt: skip
    sql, params = asked.order_by().query.get_compiler(connection=connection).as_sql()
    visited_on = _DAY_OF_VISIT[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            _RULE.format(asked=sql, visited_on=visited_on) + asks,
            [*params, *[club.zone.key] * _RULE.count("{visited_on}")],
        )
        return list(cursor.fetchall())


class DayNumber(Func):
    """Days since the beginning of 2000, of an expression that gives a day."""

    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s - DATE '2000-01-01')")

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 2451544.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template)


def _asked(members: QuerySet[Member], club: Club, now: dt.datetime, judged: Q) -> QuerySet[Any]:
    """What is known of each member without a look at the rhythm of visits."""
    clock = AwayClock.of(club, now)
    joined_by_then = Case(When(joined_on__lte=clock.today, then=DayNumber("joined_on")))
    earlier_visits = Visit.objects.filter(member=OuterRef("pk"), attended_at__lte=now).order_by(
        "-attended_at"
    )
    return (
        members.annotate(
            seen=Case(
                When(last_attended_at__lte=now, then=F("last_attended_at")),
                default=Subquery(earlier_visits.values("attended_at")[:1]),
            )
        )
        .annotate(
            judged=Case(When(judged, then=1), default=0, output_field=IntegerField()),
            anchor=Coalesce("seen", StartOfDay("joined_on", club.zone)),
            seen_on=Coalesce(DayNumber(TruncDate("seen", tzinfo=club.zone)), joined_by_then),
        )
        .annotate(
            # Of nothing and 0 PostgreSQL takes 0 for the greatest.
            gap=Case(When(seen_on__isnull=False, then=_open_days_since(F("seen_on"), clock))),
            settled=F("seen_on") - DayNumber("joined_on"),
            rhythm_since=F("seen") - RHYTHM,
            month_before=F("seen") - MONTH * DAY,
            month_since=Value(clock.away_for(MONTH)),
            owes=Case(When(_owes(club.today(now), now), then=1), default=0, output_field=IntegerField()),
            no_shows=Coalesce(Subquery(_no_shows(now)), 0),
            silent=unanswered(club, "anchor", now),
        )
    )


def _open_days_since(day: Any, clock: AwayClock) -> Any:
    """`AwayClock.days_away` of an expression that gives a day's number."""
    today = _number(clock.today)
    shut: Any = Value(0)
    for first, end in _merged(clock):
        shut = shut + Greatest(Least(end - first, Value(end - 1) - day), 0)
    return Greatest(Value(today) - day - shut, 0, output_field=IntegerField())


def _merged(clock: AwayClock) -> Iterator[tuple[int, int]]:
    """The closures so far without overlaps, half-open, as day numbers."""
    until = 0
    for first, end in sorted(clock.closures):
        begins, ends = max(_number(first), until), min(_number(end), _number(clock.today) + 1)
        if begins < ends:
            yield begins, ends
            until = ends


def _number(day: dt.date) -> int:
    return (day - dt.date(2000, 1, 1)).days


def _owes(today: dt.date, now: dt.datetime) -> Q:
    """What the other system says, as of then where it says since when; else whether a payment was due and had not come."""
    said = Agreement.objects.filter(member=OuterRef("pk"), past_due__gt=0)
    since = Q(past_due_since__lte=today) | Q(past_due_since=None) & (
        Q(changed_at=None) | Q(changed_at__lte=now)
    )
    payments = Payment.objects.filter(
        Q(status__in=Payment.OWED) | Q(paid_at__gt=now),
        Q(agreement=None) | Q(agreement__past_due=None),
        member=OuterRef("pk"),
        due_on__lt=today,
        amount__gt=0,
    )
    return Q(Exists(said.filter(since))) | Q(Exists(payments))


def _no_shows(now: dt.datetime) -> QuerySet[Any]:
    missed = Booking.objects.filter(
        member=OuterRef("pk"),
        status=Booking.Status.NO_SHOW,
        class_session__starts_at__gt=OuterRef("anchor") - NO_SHOWS,
        class_session__starts_at__lte=now,
    )
    return missed.order_by().values("member").annotate(number=Count("pk")).values("number")
