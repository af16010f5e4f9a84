"""Tomorrow's outbox: every message that would leave during a club's next day, in its words, with its reason.

Those are the messages that wait in the outbox until then, and those that the next steps of members under way will
write. What follows a step that is still to come is shown once that step was taken.
"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from automations.actions.send_message import SendMessage
from automations.models import Enrollment, Workflow
from automations.reports.planned_messages import Planned, rows_of_messages, rows_of_steps
from members.models import Club, Member
from members.models.bulk import count_each
from members.rules.days import DAY, start_of_day
from messaging.gates import opening_at_or_after
from messaging.models import Message

PAGE = 50
COUNTED = 10_000


@dataclass(frozen=True)
class ClubDay:
    """A day of a club's calendar: from `begins` until before `ends`, both in UTC."""

    club: Club
    day: dt.date
    begins: dt.datetime
    ends: dt.datetime

    @property
    def noon(self) -> dt.datetime:
        return self.begins + DAY / 2

    @classmethod
    def tomorrow(cls, club: Club, now: dt.datetime) -> "ClubDay":
        day = club.today(now) + DAY
        return cls(club, day, start_of_day(day, club.zone), start_of_day(day + DAY, club.zone))


@dataclass(frozen=True)
class OutboxPage:
    rows: list[Planned]
    number: int
    """How many there are in all, up to COUNTED + 1."""
    has_more: bool


def queued_for(day: ClubDay, workflow: Workflow | None = None) -> QuerySet[Message]:
    """In the outbox, and due on that day."""
    found = Message.objects.filter(
        club=day.club, status=Message.Status.QUEUED, due_at__gte=day.begins, due_at__lt=day.ends
    )
    return found.filter(origin=workflow.slug) if workflow else found


def stepping_on(day: ClubDay, workflow: Workflow | None = None) -> QuerySet[Enrollment]:
    """Those whose next step writes a message that may leave on that day: due then, or before within quiet hours."""
    zones = Member.objects.filter(club=day.club).exclude(time_zone="").order_by().values_list("time_zone")
    due = Q()
    for key in {"", *(zone for (zone,) in zones.distinct())}:
        zone = zoneinfo.ZoneInfo(key) if key else day.club.zone
        first, last = (opening_at_or_after(day.club, zone, at) for at in (day.begins, day.ends))
        due |= Q(member__time_zone=key, due_at__gte=first, due_at__lt=last)
    return Enrollment.objects.filter(
        due,
        workflow__in=[workflow] if workflow else Workflow.objects.filter(club=day.club),
        workflow__is_enabled=True,
        workflow__paused_at=None,
        status=Enrollment.Status.ACTIVE,
        step__action=SendMessage.kind,
    )


def outbox_page(
    day: ClubDay, now: dt.datetime, *, page: int = 1, workflow: Workflow | None = None
) -> OutboxPage:
    """The planned messages, by the hour at which they are due; as many queries for many as for a few of one workflow."""
    queued, stepping = queued_for(day, workflow), stepping_on(day, workflow)
    both = _as_rows(queued, "queued").union(_as_rows(stepping, "step"), all=True)
    first = (page - 1) * PAGE
    found = list(both.order_by("due_at", "kind", "pk")[first : first + PAGE + 1])
    counts = count_each([queued, stepping], at_most=COUNTED + 1)
    shown = found[:PAGE]
    rows = {
        **rows_of_messages([pk for _at, kind, pk in shown if kind == "queued"], now),
        **rows_of_steps([pk for _at, kind, pk in shown if kind == "step"], now, as_of=day.noon),
    }
    ordered = [rows[kind, pk] for _at, kind, pk in shown if (kind, pk) in rows]
    return OutboxPage(ordered, min(sum(counts), COUNTED + 1), len(found) > PAGE)


def planned_step(enrollment_id: int, day: ClubDay, now: dt.datetime) -> Planned | None:
    """The message that one member's next step would write; None where that writes none."""
    return rows_of_steps([enrollment_id], now, as_of=day.noon).get(("step", enrollment_id))


def _as_rows(rows: QuerySet[Any], kind: str) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.annotate(kind=Value(kind, CharField())).order_by()
    named = named.values_list("due_at", "kind", "pk")
    return named
