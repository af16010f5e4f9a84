"""Whether the scheduled jobs run when they should: last time, next time, late."""

import datetime as dt
from dataclasses import dataclass

from celery.schedules import BaseSchedule, crontab
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Substr
from django_celery_beat.models import PeriodicTask

from automations.models import JobRun

OURS = "automations.jobs."
GRACE = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class JobHealth:
    name: str
    is_enabled: bool
    last_run: JobRun | None
    last_run_at: dt.datetime | None
    last_status: str
    next_run_at: dt.datetime | None
    is_late: bool
    overdue: dt.timedelta
    """For how long it should have started already; none where it is on time or switched off."""


def job_health(now: dt.datetime) -> list[JobHealth]:
    """Each scheduled job of ours by name. Late: switched on, and not started within the grace after its time."""
    # From the few jobs to the run of each, not through months of runs.
    begun = JobRun.objects.filter(name=OuterRef("job")).exclude(status=JobRun.Status.QUEUED)
    latest = begun.order_by("-id").values("pk")[:1]
    scheduled = (
        PeriodicTask.objects.filter(task__startswith=OURS)
        .annotate(job=Substr("task", len(OURS) + 1))
        .annotate(latest_run=Subquery(latest))
        .select_related("interval", "crontab")
        .order_by("name")
    )
    found = JobRun.objects.in_bulk([task.latest_run for task in scheduled if task.latest_run])
    runs = {run.name: run for run in found.values()}
    return [_health(task, runs.get(task.task.removeprefix(OURS)), now) for task in scheduled]


def _health(task: PeriodicTask, run: JobRun | None, now: dt.datetime) -> JobHealth:
    due_at = _after(task.schedule, run.started_at if run else task.date_changed)
    return JobHealth(
        name=task.task.removeprefix(OURS),
        is_enabled=task.enabled,
        last_run=run,
        last_run_at=run.started_at if run else None,
        last_status=run.status if run else "",
        next_run_at=max(due_at, now) if due_at and task.enabled else None,
        is_late=bool(task.enabled and due_at and now > due_at + _grace(task.schedule)),
        overdue=max(now - due_at, dt.timedelta()) if due_at and task.enabled else dt.timedelta(),
    )


def _after(schedule: BaseSchedule, since: dt.datetime) -> dt.datetime | None:
    """When a job that last started at `since` should start next; None for a kind of schedule that we do not use."""
    if isinstance(schedule, crontab):
        last, delta, _now = schedule.remaining_delta(since)
        return (last + delta).astimezone(dt.UTC)  # type: ignore[no-any-return]
    every: dt.timedelta | None = getattr(schedule, "run_every", None)
    return since + every if every else None


def _grace(schedule: BaseSchedule) -> dt.timedelta:
    return max(2 * getattr(schedule, "run_every", dt.timedelta()), GRACE)
