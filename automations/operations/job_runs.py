"""Keeping a record of each time a job ran."""

import logging
import traceback
from collections.abc import Callable

from django.utils import timezone

from automations.models import JobRun

logger = logging.getLogger(__name__)


def recorded(name: str, work: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Do the work and keep when, how long, how much and what went wrong. The error goes on to the caller."""
    run = JobRun.objects.create(name=name, started_at=timezone.now())
    try:
        counts = work()
    except BaseException as error:
        run.status = JobRun.Status.FAILED
        run.error = "".join(traceback.format_exception(error))[-4000:]
        run.finished_at = timezone.now()
        run.save()
        raise
    run.status = JobRun.Status.SUCCEEDED
    run.counts = counts
    run.records = sum(counts.values())
    run.finished_at = timezone.now()
    run.save()
    return counts
