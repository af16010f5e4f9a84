"""Tomorrow's outbox: every message that would leave during a club's next day, in its words, with its reason.

Those are the messages that wait in the outbox until then, those that the next steps of members under way will write,
and those that the checks still to come would lead to as things stand. What follows a step or an event that is still to
come is shown once that is there. While sending is paused, what was due before waits too, and leaves as soon as it goes on.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value

from automations.actions.send_message import SendMessage
from automations.models import Enrollment, Workflow
from automations.reports.club_days import ClubDay
from automations.reports.foreseen import Found, checks_for, rows_of_found
from automations.reports.foreseen_ahead import seen_ahead
from automations.reports.planned_messages import Planned, rows_of_messages, rows_of_steps
from members.models.bulk import count_each
from messaging.models import Message
from messaging.reports.standstill import Standstill, standstill_of

PAGE = 50
COUNTED = 10_000
DUE, QUEUED, STEP = "due", "queued", "step"
"""What a row of the page comes from: a check still to come, the outbox, or the next step of somebody under way."""


@dataclass(frozen=True)
class OutboxPage:
    rows: list[Planned]
    number: int
    """How many there are in all, up to COUNTED + 1."""
    foreseen: int
    """How many of them only if nothing changes before a check, up to COUNTED + 1."""
    standstill: Standstill | None
    """What holds back everything of the club."""
    seen_at: dt.datetime | None
    """When was looked for those, where a club has many members; None if just now."""
    has_more: bool


def queued_for(
    day: ClubDay, workflow: Workflow | None = None, *, is_paused: bool = False
) -> QuerySet[Message]:
    """In the outbox, and due on that day; where sending is paused also what was due before and is still of use then."""
    due = Q(due_at__gte=day.begins)
    if is_paused:
        due |= Q(expires_at=None) | Q(expires_at__gte=day.begins)
    found = Message.objects.filter(due, club=day.club, status=Message.Status.QUEUED, due_at__lt=day.ends)
    return found.filter(origin=workflow.slug) if workflow else found


def stepping_on(day: ClubDay, workflow: Workflow | None = None) -> QuerySet[Enrollment]:
    """Those whose next step writes a message that may leave on that day: due then, or before within quiet hours."""
    due = Q()
    for key, window in day.windows.items():
        due |= Q(member__time_zone=key, due_at__gte=window.first, due_at__lt=window.last)
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
    standstill = standstill_of(day.club)
    queued = queued_for(day, workflow, is_paused=standstill is not None)
    stepping = stepping_on(day, workflow)
    checks, seen_at = seen_ahead(checks_for(day, now, workflow), day, now)
    foreseen = [check.leaving for check in checks]
    by_check = [_as_rows(found, DUE, n, "occurrence_key", "fact") for n, found in enumerate(foreseen)]
    rows = _as_rows(queued, QUEUED).union(_as_rows(stepping, STEP), *by_check, all=True)
    first = (page - 1) * PAGE
    found = list(rows.order_by("due_at", "kind", "of_check", "pk")[first : first + PAGE + 1])
    counts = count_each([queued, stepping, *foreseen], at_most=COUNTED + 1)
    shown = found[:PAGE]
    keys: dict[str, list[int]] = {QUEUED: [], STEP: []}
    ahead: dict[tuple[int, int], Found] = {}
    for due_at, kind, of_check, pk, occurrence, fact in shown:
        if kind == DUE:
            ahead[of_check, pk] = Found(checks[of_check], pk, due_at, occurrence, fact)
        else:
            keys[kind].append(pk)
    messages, steps = rows_of_messages(keys[QUEUED], now), rows_of_steps(keys[STEP], now, as_of=day.noon)
    planned: dict[tuple[str, int, int], Planned] = {
        **{(QUEUED, 0, pk): row for pk, row in messages.items()},
        **{(STEP, 0, pk): row for pk, row in steps.items()},
        **{(DUE, *key): row for key, row in rows_of_found(ahead, day, now).items()},
    }
    ordered = [planned[key] for row in shown if (key := row[1:4]) in planned]
    number, of_checks = (min(sum(each), COUNTED + 1) for each in (counts, counts[2:]))
    return OutboxPage(ordered, number, of_checks, standstill, seen_at, len(found) > PAGE)


def planned_step(enrollment_id: int, day: ClubDay, now: dt.datetime) -> Planned | None:
    """The message that one member's next step would write; None where that writes none."""
    return rows_of_steps([enrollment_id], now, as_of=day.noon).get(enrollment_id)


def _as_rows(
    rows: QuerySet[Any], kind: str, of_check: int = 0, occurrence: str = "", fact: str = "due_at"
) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.annotate(
        kind=Value(kind, CharField()),
        of_check=Value(of_check, IntegerField()),
        of_it=F(occurrence) if occurrence else Value("", CharField()),
        since=F(fact),
    ).order_by()
    named = named.values_list("due_at", "kind", "of_check", "pk", "of_it", "since")
    return named
