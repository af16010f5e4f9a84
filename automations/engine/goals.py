"""Goals reached: who is done because of what they did, and who counts as a success although the steps were over."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Case, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Least

from automations.actions.wait_until import WaitUntil
from automations.goals import GOALS
from automations.models import Enrollment, Workflow
from members.models.bulk import update_rows
from members.rules.days import DAY

GOAL = "goal"
"""Why an enrollment ended: the member did what the workflow hoped for."""

AT_ONCE = 2_000
LONGEST_WAY = 365 * DAY
"""Who was enrolled earlier is not asked about any more."""

Status = Enrollment.Status


def goals_reached(enrollments: Iterable[Enrollment], now: dt.datetime) -> dict[int, dt.datetime]:
    """Which of these have reached their workflow's goal, and when; one query per workflow that has one."""
    reached: dict[int, dt.datetime] = {}
    by_workflow: dict[Workflow, list[int]] = defaultdict(list)
    for enrollment in enrollments:
        if enrollment.goal_reached_at:
            reached[enrollment.pk] = enrollment.goal_reached_at
        elif enrollment.workflow.goal:
            by_workflow[enrollment.workflow].append(enrollment.pk)
    for workflow, ids in by_workflow.items():
        asked = Enrollment.objects.filter(pk__in=ids)
        reached |= GOALS[workflow.goal].reached(asked, now, workflow.club.zone, "enrolled_at")
    return reached


def keep_reached(reached: Iterable[tuple[int, dt.datetime]]) -> int:
    return update_rows(Enrollment, ["goal_reached_at"], list(reached), to_all={}, where={})


def note_goals(workflow: Workflow, *, now: dt.datetime, members: Collection[int] | None = None) -> int:
    """Keep who has reached the goal by now, all or those `members`; how many. Those under way are done at the next step.

    While they are under way, and for so many days after the last step; of those who ended early, only what came before.
    """
    if not workflow.goal:
        return 0
    found = _open(workflow, now, members).annotate(
        reached_at=GOALS[workflow.goal].first_after("enrolled_at", now, workflow.club.zone)
    )
    rows = found.filter(reached_at__lte=F("counts_until")).order_by("pk").values_list("pk", "reached_at")
    noted, last = 0, 0
    while reached := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        noted += keep_reached(reached)
        last = reached[-1][0]
        # Nobody waits for a step that is not taken any more.
        under_way = Enrollment.objects.filter(pk__in=[pk for pk, _at in reached], status=Status.ACTIVE)
        under_way.filter(due_at__gt=now).update(due_at=now)
    return noted


def wake_waiting(workflow: Workflow, *, now: dt.datetime, members: Collection[int] | None = None) -> int:
    """Let those go on who wait for what has happened by now, all or those `members`; how many."""
    woken = 0
    for step in workflow.steps.filter(action=WaitUntil.kind):
        waiting = Enrollment.objects.filter(step=step, status=Status.ACTIVE, due_at__gt=now)
        if members is not None:
            waiting = waiting.filter(member__in=members)
        goal = GOALS[step.action_params["goal"]]
        done = waiting.annotate(since_at=Coalesce("arrived_at", "enrolled_at")).annotate(
            happened_at=goal.first_after("since_at", now, workflow.club.zone)
        )
        # Whether to go on is for the step to say.
        woken += done.filter(happened_at__isnull=False).update(due_at=now)
    return woken


def _open(workflow: Workflow, now: dt.datetime, members: Collection[int] | None) -> QuerySet[Any]:
    """Those whose success would still count, with the instant `counts_until`."""
    after_the_end = dt.timedelta(days=workflow.goal_days)
    enrolled = Enrollment.objects.filter(
        # Asked once a day, or somewhat later after a stop.
        Q(ended_at=None) | Q(ended_at__gt=now - after_the_end - 7 * DAY),
        workflow=workflow,
        goal_reached_at=None,
        enrolled_at__gt=now - LONGEST_WAY,
    )
    if members is not None:
        enrolled = enrolled.filter(member__in=members)
    until = ExpressionWrapper(F("ended_at") + Value(after_the_end), output_field=DateTimeField())
    return enrolled.annotate(
        counts_until=Case(
            When(status=Status.DONE, then=Least(until, Value(now))),
            When(status=Status.EXITED, then=F("ended_at")),
            default=Value(now),
            output_field=DateTimeField(),
        )
    )
