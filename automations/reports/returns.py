"""How well workflows do: what they sent, and who came back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q

from automations.models import Enrollment, Reason, Step, StepRun, Workflow, WorkflowRun
from automations.reports.last_runs import last_run_ids
from members.models import Visit
from messaging.models import Message

WITHIN = dt.timedelta(days=30)
LATE_AT_MOST = dt.timedelta(days=30)
"""How much later than its waits alone a step may come: quiet hours, patience, time switched off."""

LARGE = 2_000
KEPT_FOR = 300
KEPT_AS = "workflow-month-{}"

_UNIT = {
    Step.Unit.MINUTES: dt.timedelta(minutes=1),
    Step.Unit.HOURS: dt.timedelta(hours=1),
    Step.Unit.DAYS: dt.timedelta(days=1),
    Step.Unit.WEEKS: dt.timedelta(weeks=1),
}


def came_back() -> Q:
    """Of an enrollment: the member visited after she was followed up, and within 30 days of it.

    The visits written down count, and the last one by itself, since imported members bring no others.
    """
    visited = Visit.objects.filter(
        member=OuterRef("member"),
        attended_at__gte=OuterRef("enrolled_at"),
        attended_at__lte=OuterRef("enrolled_at") + WITHIN,
    )
    last = Q(
        member__last_attended_at__gte=F("enrolled_at"),
        member__last_attended_at__lte=F("enrolled_at") + WITHIN,
    )
    return last | Q(Exists(visited))


@dataclass
class Numbers:
    """A workflow's last whole run, and its last 30 days: messages sent, members followed up, and how many came back."""

    last_run: WorkflowRun | None = None
    sent: int = 0
    followed_up: int = 0
    came_back: int = 0

    @property
    def last_due(self) -> int:
        return int(self.last_run.counts.get(Reason.DUE, 0)) if self.last_run else 0


def numbers_of(workflows: Iterable[Workflow], now: dt.datetime) -> dict[int, Numbers]:
    """By workflow, in four queries for all of them; their steps should be prefetched.

    What a large club's month came to is kept for some minutes, since it takes a second to count.
    """
    rows = list(workflows)
    month = _kept_months([workflow.pk for workflow in rows])
    month |= _months([workflow for workflow in rows if workflow.pk not in month], now)
    numbers = {pk: Numbers(None, **counts) for pk, counts in month.items()}
    for run in WorkflowRun.objects.filter(pk__in=last_run_ids(of=rows)):
        numbers[run.workflow_id].last_run = run
    return numbers


def _kept_months(workflows: Iterable[int]) -> dict[int, dict[str, int]]:
    kept = cache.get_many([KEPT_AS.format(pk) for pk in workflows])
    return {pk: kept[key] for pk in workflows if (key := KEPT_AS.format(pk)) in kept}


def _months(rows: Sequence[Workflow], now: dt.datetime) -> dict[int, dict[str, int]]:
    numbers = {workflow.pk: {"sent": 0, "followed_up": 0, "came_back": 0} for workflow in rows}
    if not rows:
        return numbers
    since = now - WITHIN
    followed_up = Enrollment.objects.filter(workflow__in=numbers, enrolled_at__gt=since)
    for pk, members, returned in (
        followed_up.order_by()
        .values_list("workflow")
        .annotate(
            members=Count("member", distinct=True),
            returned=Count("member", distinct=True, filter=came_back()),
        )
    ):
        numbers[pk] |= {"followed_up": members, "came_back": returned}
    # Only those enrolled since then can have been sent something now; so the index on that instant is of use.
    begun = since - LATE_AT_MOST - max(map(_waits, rows), default=dt.timedelta())
    sent = StepRun.objects.filter(
        enrollment__workflow__in=numbers,
        enrollment__enrolled_at__gt=begun,
        message__status=Message.Status.SENT,
        message__sent_at__gt=since,
    )
    for pk, messages in sent.order_by().values_list("enrollment__workflow").annotate(messages=Count("pk")):
        numbers[pk]["sent"] = messages
    large = {KEPT_AS.format(pk): counts for pk, counts in numbers.items() if counts["followed_up"] > LARGE}
    cache.set_many(large, KEPT_FOR)
    return numbers


def _waits(workflow: Workflow) -> dt.timedelta:
    waits = (step.delay * _UNIT[Step.Unit(step.delay_unit)] for step in workflow.steps.all())
    return sum(waits, dt.timedelta())
