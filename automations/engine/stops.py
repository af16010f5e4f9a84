"""Stops of the checks: who began and ceased to be due between two of them is told from those who are only too late."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_

from django.db.models import Q

from automations.blocks import Params
from automations.models import Workflow, WorkflowRun
from automations.triggers import Trigger
from automations.triggers.base import LOOKBACK
from members.rules.days import AwayClock

A_DAY = dt.timedelta(hours=26)
"""With an hour for the clocks and one for a slow check; nothing that is asked for has a shorter time."""


@dataclass(frozen=True)
class Stop:
    """No check of the whole club took place between these two instants."""

    after: dt.datetime
    before: dt.datetime


def stops(workflow: Workflow, now: dt.datetime) -> list[Stop]:
    """Those that ended within the lookback, as far as a check preceded them; one query."""
    checks = WorkflowRun.objects.filter(
        workflow=workflow.pk,
        kind__in=WorkflowRun.WHOLE,
        finished_at__isnull=False,
        as_of__gte=now - 2 * LOOKBACK,
        as_of__lt=now,
    )
    instants = [*checks.order_by("as_of").values_list("as_of", flat=True), now]
    return [
        Stop(after, before)
        for after, before in pairwise(instants)
        if before - after > A_DAY and before > now - LOOKBACK
    ]


def slipped_through(trigger: Trigger, clock: AwayClock, params: Params, some: Sequence[Stop]) -> Q:
    """Of those who are too late by now, whom these stops are to blame for."""
    return reduce(or_, (trigger.slipped_through(stop.after, stop.before, clock, params) for stop in some))
