"""Keeping a record of each time a job ran."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from automations.models import JobRun
from automations.rules.job_errors import told

LONGEST_JOB = dt.timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) * 2


def recorded(name: str, work: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Do the work and keep when, how long, how much and what went wrong. The error goes on to the caller."""
    run = JobRun.objects.create(name=name, started_at=timezone.now())
    try:
        counts = work()
    except BaseException as error:
        run.status = JobRun.Status.FAILED
        run.error = told(error)
        run.finished_at = timezone.now()
        run.save()
        raise
    run.status = JobRun.Status.SUCCEEDED
    run.counts = counts
    run.records = sum(counts.values())
    run.finished_at = timezone.now()
    run.save()
    return counts


def end_abandoned(*, now: dt.datetime) -> int:
    """Record as failed what has been running longer than any job may: its process was killed and could not say so."""
    abandoned = JobRun.objects.filter(status=JobRun.Status.RUNNING, started_at__lt=now - LONGEST_JOB)
    return abandoned.update(
        status=JobRun.Status.FAILED, finished_at=now, error="The process ended in the middle of the job."
    )


def running(name: str, *, now: dt.datetime) -> JobRun | None:
    """The run of this job that is going on; one older than any job may last does not count."""
    recent = JobRun.objects.filter(name=name, status=JobRun.Status.RUNNING, started_at__gte=now - LONGEST_JOB)
    return recent.order_by("-id").first()
