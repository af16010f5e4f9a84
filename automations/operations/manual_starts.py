"""Starting a workflow by hand for members whom somebody chose."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Value

from automations.bell import TOLD_AT_ONCE, ring
from automations.engine.evaluation import start_run
from automations.models import ManualStart, Workflow, WorkflowRun
from members.models import Member
from members.models.bulk import insert_from

ASKED_SINGLY = 4 * TOLD_AT_ONCE
"""Beyond so many the whole club is asked, by a run of its own."""


@transaction.atomic
def start_for_members(
    *, workflow: Workflow, members: QuerySet[Member], token: uuid.UUID, asked_by: Any, now: dt.datetime
) -> int:
    """How many were started anew; nobody a second time with the same `token`, and nobody of another club.

    Who is followed up is decided by the workflow's own question, which is asked at once. Raises what `start_run`
    does.
    """
    chosen = Member.objects.filter(club=workflow.club_id, pk__in=members.order_by().values("pk"))
    started = insert_from(
        ManualStart,
        chosen,
        {
            "workflow": Value(workflow.pk),
            "member": F("pk"),
            "token": Value(token),
            "asked_by": Value(asked_by.pk),
            "asked_at": Value(now),
        },
    )
    if started > ASKED_SINGLY:
        run = start_run(workflow, kind=WorkflowRun.Kind.BY_HAND, now=now, requested_by=asked_by)
        ring("run_by_hand", run.pk)
        return started
    ids = list(ManualStart.objects.filter(workflow=workflow, token=token).values_list("member", flat=True))
    for first in range(0, len(ids), TOLD_AT_ONCE):
        ring("evaluate_members", ids[first : first + TOLD_AT_ONCE])
    return started


def startable(club_ids: Any) -> QuerySet[Workflow]:
    """The workflows of these clubs that are on and wait to be started by hand."""
    found = Workflow.objects.filter(club__in=club_ids, trigger="manual", is_enabled=True, steps__isnull=False)
    return found.distinct().order_by("name")
