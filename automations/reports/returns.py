"""How well workflows do: what they sent, what still waits, and who came back after it had left."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, OuterRef, Q, When

from automations.actions.open_staff_task import OpenStaffTask
from automations.actions.wait_until import WaitUntil
from automations.models import Reason, Step, StepRun, Workflow, WorkflowRun
from automations.reports.last_runs import last_run_ids
from members.models import Club, Visit
from messaging.models import Message
from messaging.reports.figures import counted_ahead, keep

WITHIN = dt.timedelta(days=30)
LATE_AT_MOST = dt.timedelta(days=30)
"""How much later than its waits alone a step may come: quiet hours, patience, time switched off."""

WHAT = "workflow"
"""Under which they are kept, by workflow."""

FIGURES = ("sent", "waiting", "followed_up", "came_back", "reached_goal")
WAITING = (Message.Status.QUEUED, Message.Status.CLAIMED, Message.Status.SENDING)

_UNIT = {
    Step.Unit.MINUTES: dt.timedelta(minutes=1),
    Step.Unit.HOURS: dt.timedelta(hours=1),
    Step.Unit.DAYS: dt.timedelta(days=1),
    Step.Unit.WEEKS: dt.timedelta(weeks=1),
}


REACHED = Case(When(message=None, then="ran_at"), default="message__sent_at")
"""Of a step taken: when it reached the member, or whoever was to look after them; none while its message waits."""


def came_back() -> Q:
    """Of a step with its `reached_at`: the member visited after that, and within 30 days of it.

    The visits written down count, and the last one by itself, since imported members bring no others.
    """
    visited = Visit.objects.filter(
        member=OuterRef("enrollment__member"),
        attended_at__gte=OuterRef("reached_at"),
        attended_at__lte=OuterRef("reached_at") + WITHIN,
    )
    last = Q(
        enrollment__member__last_attended_at__gte=F("reached_at"),
        enrollment__member__last_attended_at__lte=F("reached_at") + WITHIN,
    )
    return last | Q(Exists(visited))


@dataclass
class Numbers:
    """A workflow's last whole run, and its last 30 days: messages sent and still waiting, members reached by a message
    that left or by a task, and how many of those came, or reached the workflow's goal, after it.
    """

    last_run: WorkflowRun | None = None
    sent: int = 0
    waiting: int = 0
    followed_up: int = 0
    came_back: int = 0
    reached_goal: int = 0
    counted_at: dt.datetime | None = None
    """When the last 30 days were counted ahead; None if just now."""

    @property
    def last_due(self) -> int:
        return int(self.last_run.counts.get(Reason.DUE, 0)) if self.last_run else 0


def numbers_of(workflows: Iterable[Workflow], now: dt.datetime) -> dict[int, Numbers]:
    """By workflow, in five queries for all of them; their steps should be prefetched.

    Where the clubs have many members, the month as it was counted ahead, since it takes a second to count.
    """
    rows = list(workflows)
    ahead = counted_ahead(
        WHAT, [workflow.pk for workflow in rows], {workflow.club_id for workflow in rows}, now
    )
    month = _months([workflow for workflow in rows if workflow.pk in ahead.others], now)
    month |= ahead.counts
    numbers = {
        pk: Numbers(
            sent=counts["sent"],
            # What was counted ahead by an earlier release knows nothing of it, nor of goals.
            waiting=counts.get("waiting", 0),
            followed_up=counts["followed_up"],
            came_back=counts["came_back"],
            reached_goal=counts.get("reached_goal", 0),
            counted_at=ahead.figures[pk].counted_at if pk in ahead.figures else None,
        )
        for pk, counts in month.items()
    }
    for run in WorkflowRun.objects.filter(pk__in=last_run_ids(of=rows)):
        numbers[run.workflow_id].last_run = run
    return numbers


def count_ahead(clubs: Iterable[Club], now: dt.datetime) -> int:
    """Keeps the last month of each of their workflows; how many."""
    rows = Workflow.objects.filter(club__in=clubs).prefetch_related("steps")
    return keep(WHAT, _months(list(rows), now), now)


def _months(rows: Sequence[Workflow], now: dt.datetime) -> dict[int, dict[str, int]]:
    numbers = {workflow.pk: dict.fromkeys(FIGURES, 0) for workflow in rows}
    if not rows:
        return numbers
    since = now - WITHIN
    # Only those enrolled since then can have been reached now; so the index on that instant is of use.
    begun = since - LATE_AT_MOST - max(map(_waits, rows), default=dt.timedelta())
    steps = StepRun.objects.filter(
        enrollment__workflow__in=numbers, enrollment__enrolled_at__gt=begun, outcome=StepRun.Outcome.DONE
    ).annotate(reached_at=REACHED)
    sent = Q(message__status=Message.Status.SENT)
    # A step that waits, or ends, or notes something, reaches nobody.
    handed_over = Q(staff_task__isnull=False) | Q(message=None, action=OpenStaffTask.kind)
    reached = (handed_over | sent) & Q(reached_at__gt=since)
    member = "enrollment__member"
    for pk, *counts in (
        steps.order_by()
        .values_list("enrollment__workflow")
        .annotate(
            n_sent=Count("pk", filter=sent & reached),
            n_waiting=Count("pk", filter=Q(message__status__in=WAITING)),
            n_reached=Count(member, distinct=True, filter=reached),
            n_returned=Count(member, distinct=True, filter=reached & came_back()),
            n_reached_goal=Count(
                member, distinct=True, filter=reached & Q(enrollment__goal_reached_at__gte=F("reached_at"))
            ),
        )
    ):
        numbers[pk] = dict(zip(FIGURES, counts, strict=True))
    return numbers


def _waits(workflow: Workflow) -> dt.timedelta:
    return sum(map(_wait, workflow.steps.all()), dt.timedelta())


def _wait(step: Step) -> dt.timedelta:
    """The longest that a step may come after the one before it."""
    wait: dt.timedelta = step.delay * _UNIT[Step.Unit(step.delay_unit)]
    if step.at_weekday is not None:
        wait += 7 * _UNIT[Step.Unit.DAYS]
    if step.action == WaitUntil.kind:
        wait += step.action_params.get("days", 0) * _UNIT[Step.Unit.DAYS]
    return wait
