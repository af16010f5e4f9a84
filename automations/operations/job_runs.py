"""Keeping a record of each time a job ran."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from automations.models import JobRun, JobTally
from automations.rules.job_errors import told
from members.models.bulk import add_up

LONGEST_JOB = dt.timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) * 2
UNFINISHED = (JobRun.Status.QUEUED, JobRun.Status.RUNNING)


class AskedAlready(Exception):
    """Somebody asked for this job, and it has not ended since; `run` is what she asked for, if it is still there."""

    def __init__(self, run: JobRun | None) -> None:
        super().__init__()
        self.run = run


def recorded(name: str, work: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Do the work and keep when, how long, how much and what went wrong. The error goes on to the caller.

    If a person asked for the job, this is the run that she asked for, whoever started it.
    """
    run = _begin(name, timezone.now())
    try:
        counts = work()
    except BaseException as error:
        _end(run, JobRun.Status.FAILED, error=told(error))
        raise
    _end(run, JobRun.Status.SUCCEEDED, counts=counts, records=sum(counts.values()))
    return counts


def ask_for(name: str, *, now: dt.datetime) -> JobRun:
    """Write down that a person wants the job to run; one at a time, by a constraint."""
    end_abandoned(now=now)
    try:
        with transaction.atomic():
            return JobRun.objects.create(name=name, status=JobRun.Status.QUEUED, by_hand=True, started_at=now)
    except IntegrityError:
        asked = JobRun.objects.filter(name=name, by_hand=True, status__in=UNFINISHED)
        raise AskedAlready(asked.first()) from None


def not_handed_over(run: JobRun) -> None:
    """No worker could be told of what was asked for."""
    JobRun.objects.filter(pk=run.pk, status=JobRun.Status.QUEUED).delete()


def end_abandoned(*, now: dt.datetime) -> int:
    """Record as failed what has been running longer than any job may: its process was killed and could not say so.

    What was asked for and never begun, since the queue lost it, ends as well.
    """
    why = {
        JobRun.Status.RUNNING: "The process ended in the middle of the job.",
        JobRun.Status.QUEUED: "No worker took it up.",
    }
    return sum(
        JobRun.objects.filter(status=status, started_at__lt=now - LONGEST_JOB).update(
            status=JobRun.Status.FAILED, finished_at=now, error=error
        )
        for status, error in why.items()
    )


def running(name: str, *, now: dt.datetime) -> JobRun | None:
    """The run of this job that is going on; one older than any job may last does not count."""
    recent = JobRun.objects.filter(name=name, status=JobRun.Status.RUNNING, started_at__gte=now - LONGEST_JOB)
    return recent.order_by("-id").first()


def _begin(name: str, now: dt.datetime) -> JobRun:
    asked = JobRun.objects.filter(name=name, by_hand=True, status=JobRun.Status.QUEUED).first()
    if asked:
        ours = JobRun.objects.filter(pk=asked.pk, status=JobRun.Status.QUEUED)
        if ours.update(status=JobRun.Status.RUNNING, started_at=now):
            asked.refresh_from_db()
            return asked
    return JobRun.objects.create(name=name, started_at=now)


@transaction.atomic
def _end(run: JobRun, status: JobRun.Status, **changes: Any) -> None:
    """Keep the end of a run, and add it to what all runs of the job add up to."""
    run.status, run.finished_at = status, timezone.now()
    for field, value in changes.items():
        setattr(run, field, value)
    run.save()
    took = max(int((run.finished_at - run.started_at).total_seconds() * 1000), 0)
    kinds = JobTally.Kind
    sums = [(kinds.RUNS, str(status), 1), (kinds.TIME, "milliseconds", took)]
    sums += [(kinds.DONE, what, number) for what, number in run.counts.items() if number]
    add_up(
        JobTally,
        [
            {"name": run.name, "kind": str(kind), "what": what, "number": number}
            # In one order, so that two runs that end at once do not wait for each other.
            for kind, what, number in sorted(sums)
        ],
        "number",
        unique=["name", "kind", "what"],
    )
