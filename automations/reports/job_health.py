"""Whether the scheduled jobs run when they should: last time, next time, late."""

import datetime as dt
from dataclasses import dataclass

from celery.schedules import BaseSchedule, crontab
from django.db.models import OuterRef, Subquery
from django_celery_beat.models import PeriodicTask

from automations.models import JobRun

OURS = "automations.jobs."
GRACE = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class JobHealth:
    name: str
    description: str
    is_enabled: bool
    last_run_at: dt.datetime | None
    last_status: str
    next_run_at: dt.datetime | None
    is_late: bool


def job_health(now: dt.datetime) -> list[JobHealth]:
    """Each scheduled job of ours by name. Late: switched on, and not started within the grace after its time."""
    scheduled = (
        PeriodicTask.objects.filter(task__startswith=OURS)
        .select_related("interval", "crontab")
        .order_by("name")
    )
    names = {task.task.removeprefix(OURS) for task in scheduled}
    latest = JobRun.objects.filter(name=OuterRef("name")).order_by("-id").values("pk")[:1]
    runs = {run.name: run for run in JobRun.objects.filter(name__in=names, pk=Subquery(latest))}
    return [_health(task, runs.get(task.task.removeprefix(OURS)), now) for task in scheduled]


def _health(task: PeriodicTask, run: JobRun | None, now: dt.datetime) -> JobHealth:
    due_at = _after(task.schedule, run.started_at if run else task.date_changed)
    return JobHealth(
        name=task.task.removeprefix(OURS),
        description=task.description,
        is_enabled=task.enabled,
        last_run_at=run.started_at if run else None,
        last_status=run.status if run else "",
        next_run_at=max(due_at, now) if due_at and task.enabled else None,
        is_late=bool(task.enabled and due_at and now > due_at + _grace(task.schedule)),
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
