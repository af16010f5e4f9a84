"""What a workflow would have done over the last 90 days: its own question, asked as of each day's check.

The question is not written a second time for the past. For the length of one transaction, views of the same names stand before
the tables and show what was known at an instant, and an empty table before the enrollments; then everything is undone.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, Value, prefetch_related_objects

from automations.engine.classification import FirstMessage, Question, first_message
from automations.engine.daily import daily_check_of
from automations.models import Enrollment, Reason, Step, Workflow
from members.models import FollowUpChange, Member, Visit
from members.models.bulk import insert_from
from members.rules.days import DAY

DAYS = 90
BY_THEMSELVES_WITHIN = 3 * DAY
ASKED_AT_MOST = 5_000
"""Of a larger club every second member is asked, or every third, and so on, and the numbers are told as about."""
THEN = "rollcall_then"


@dataclass(frozen=True)
class LookBack:
    """`followed_up`: how often somebody would have been, of whom so many came within 3 days; `one_in`: how many members stand
    for each one who was asked."""

    followed_up: int
    came_by_themselves: int
    busiest_day: int
    one_in: int = 1

    @property
    def is_about(self) -> bool:
        return self.one_in > 1


def look_back(workflow: Workflow, *, now: dt.datetime, steps: Sequence[Step] | None = None) -> LookBack:
    """Asks as of the check of each of the last 90 days, with the visits and follow-up statuses of then; all else, such as
    who is frozen or opted out, as it is now. Writes nothing. One statement for each day, and a handful around them.
    """
    club = workflow.club
    prefetch_related_objects([club], "closures")
    one_in = -(-Member.objects.filter(club=club).count() // ASKED_AT_MOST) or 1
    checks = [daily_check_of(club, club.today(now) - DAY * ago) for ago in range(DAYS, 0, -1)]
    message = first_message(workflow, steps)
    with _shadows(club.pk, one_in):
        each_day = [_asked(workflow, check, message) for check in checks]
        _go_to(now)
        visited = Visit.objects.filter(
            member=OuterRef("member_id"),
            attended_at__gt=OuterRef("enrolled_at"),
            attended_at__lte=OuterRef("enrolled_at") + BY_THEMSELVES_WITHIN,
        )
        counts = Enrollment.objects.order_by().aggregate(
            all=Count("member_id"), came=Count("member_id", filter=Q(Exists(visited)))
        )
    return LookBack(
        counts["all"] * one_in, counts["came"] * one_in, max(each_day, default=0) * one_in, one_in
    )


def _asked(workflow: Workflow, check: dt.datetime, message: FirstMessage) -> int:
    """How many are due at that check; they count as followed up from then on."""
    _go_to(check)
    question = Question(workflow, check)
    question.__dict__["first_message"] = message  # As of all days the same, and two queries each.
    return insert_from(
        Enrollment,
        question.members().filter(decided=Reason.DUE),
        {
            "workflow": Value(workflow.pk, output_field=BigIntegerField()),
            "member": F("pk"),
            "occurrence": F("occurrence_key"),
            "enrolled_at": Value(check),
            "end_reason": Value(""),
        },
    )


@contextmanager
def _shadows(club_id: int, one_in: int) -> Iterator[None]:
    # Names are looked up among what is temporary first, by both databases.
    real = "main." if connection.vendor == "sqlite" else ""
    quote = connection.ops.quote_name
    member, visit, enrollment = (quote(model._meta.db_table) for model in (Member, Visit, Enrollment))
    then = f"(SELECT happened_at FROM {THEN})"  # noqa: S608
    columns = ", ".join(_as_of_then(str(field.column), real, then) for field in Member._meta.concrete_fields)
    statements = [
        f"CREATE TEMPORARY TABLE {THEN} (happened_at {_instant_type()} NOT NULL)",
        f"INSERT INTO {THEN} VALUES (CURRENT_TIMESTAMP)",  # noqa: S608
        f"CREATE TEMPORARY VIEW {member} AS SELECT {columns} FROM {real}{member} AS known "  # noqa: S608
        f"WHERE known.club_id = {club_id:d} AND known.id % {one_in:d} = 0 "
        f"AND (known.joined_on IS NULL OR known.joined_on <= date({then}))",
        f"CREATE TEMPORARY VIEW {visit} AS SELECT * FROM {real}{visit} WHERE attended_at <= {then}",  # noqa: S608
        f"CREATE TEMPORARY TABLE {enrollment} AS SELECT * FROM {real}{enrollment} WHERE 1 = 0",  # noqa: S608
        f"CREATE INDEX rollcall_then_enrolled ON {enrollment} (member_id, enrolled_at)",
    ]
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield
        transaction.set_rollback(True)


def _as_of_then(column: str, real: str, then: str) -> str:
    """One column of a member as it was."""
    visit, change = Visit._meta.db_table, FollowUpChange._meta.db_table
    stay = (
        f"FROM {real}{change} AS stay WHERE stay.member_id = known.id AND stay.changed_at <= {then} "
        "ORDER BY stay.changed_at DESC, stay.id DESC LIMIT 1"
    )
    match column:
        case "last_attended_at":
            return (
                f"CASE WHEN known.last_attended_at <= {then} THEN known.last_attended_at ELSE (SELECT MAX(came.attended_at) "  # noqa: S608
                f"FROM {real}{visit} AS came WHERE came.member_id = known.id AND came.attended_at <= {then}) END AS last_attended_at"
            )
        case "follow_up_status":
            return f"COALESCE((SELECT stay.to_status {stay}), '') AS follow_up_status"
        case "follow_up_status_since":
            return f"(SELECT stay.changed_at {stay}) AS follow_up_status_since"
        case _:
            return f"known.{connection.ops.quote_name(column)}"


def _instant_type() -> str:
    return str(Visit._meta.get_field("attended_at").db_type(connection))  # type: ignore[union-attr]


def _go_to(instant: dt.datetime) -> None:
    value: Any = connection.ops.adapt_datetimefield_value(instant)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {THEN} SET happened_at = %s", [value])  # noqa: S608
