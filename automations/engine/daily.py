"""The daily check: each enabled workflow once per day of its club, from the club's hour on, and caught up if missed."""

import datetime as dt
import logging
from collections import Counter

from automations.engine.evaluation import WorkflowDisabled, evaluate, start_run
from automations.models import Enrollment, Workflow, WorkflowRun
from members.models import Club
from members.rules.days import at_wall_clock

logger = logging.getLogger(__name__)


def daily_check_of(club: Club, day: dt.date) -> dt.datetime:
    """The instant of the club's check on that day of its own."""
    return at_wall_clock(day, club.daily_check_at, club.zone)


def evaluate_due_workflows(*, now: dt.datetime) -> dict[str, int]:
    """Run each workflow whose club's hour has come today and whose check is not done; counts.

    A workflow that cannot be run is logged and counted, and does not stop the others.
    """
    counts: Counter[str] = Counter()
    done_today = {
        (workflow_id, checked_on)
        for workflow_id, checked_on in WorkflowRun.objects.filter(
            kind=WorkflowRun.Kind.DAILY, finished_at__isnull=False, as_of__gte=now - dt.timedelta(days=2)
        ).values_list("workflow_id", "checked_on")
    }
    for workflow in Workflow.objects.filter(is_enabled=True).select_related("club"):
        today = workflow.club.today(now)
        if (workflow.pk, today) in done_today or now < daily_check_of(workflow.club, today):
            continue
        try:
            run = evaluate(start_run(workflow, kind=WorkflowRun.Kind.DAILY, now=now))
        except WorkflowDisabled:
            continue
        except Exception:
            logger.exception("Workflow %s of club %s could not be evaluated", workflow.slug, workflow.club_id)
            counts["broken"] += 1
            continue
        counts["evaluated"] += 1
        counts["members"] += sum(run.counts.values())
        counts["enrolled"] += Enrollment.objects.filter(run=run).count()
    return dict(counts)
