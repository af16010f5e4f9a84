"""The daily check: each enabled workflow once per day of its club, from the club's hour on, and caught up if missed."""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Sequence

from django.db.models import Q

from automations.engine.evaluation import WorkflowDisabled, evaluate, start_run
from automations.engine.fuse import RunHeld
from automations.engine.goals import note_goals, wake_waiting
from automations.models import Enrollment, Workflow, WorkflowRun
from members.models import Club
from members.rules.days import DAY, at_wall_clock, next_wall_clock

logger = logging.getLogger(__name__)


def daily_check_of(club: Club, day: dt.date) -> dt.datetime:
    """The instant of the club's check on that day of its own."""
    return at_wall_clock(day, club.daily_check_at, club.zone)


def day_to_check(club: Club, now: dt.datetime) -> dt.date:
    """The day whose check is the latest to have come: today's, or yesterday's before the club's hour."""
    today = club.today(now)
    return today if now >= daily_check_of(club, today) else today - DAY


def next_check_at(workflow: Workflow, now: dt.datetime, not_before: dt.datetime) -> dt.datetime:
    """When the question is asked again, from `not_before` on: at once if the latest check is still to be made."""
    club = workflow.club
    done = WorkflowRun.objects.filter(
        workflow=workflow,
        kind=WorkflowRun.Kind.DAILY,
        checked_on=day_to_check(club, now),
    ).filter(_is_over())
    if not_before <= now and not done.exists():
        return now
    return next_wall_clock(club.daily_check_at, club.zone, max(now, not_before))


def checks_to_come(
    club: Club, workflows: Sequence[Workflow], now: dt.datetime, *, until: dt.datetime
) -> list[tuple[Workflow, dt.datetime]]:
    """Which of the club's `workflows` is asked when, from now on and before `until`, the earliest first: at once where the
    latest check is still to be made. One query."""
    latest = day_to_check(club, now)
    runs = WorkflowRun.objects.filter(workflow__in=workflows, kind=WorkflowRun.Kind.DAILY, checked_on=latest)
    done = set(runs.filter(_is_over()).values_list("workflow", flat=True))
    missing = [(workflow, now) for workflow in workflows if workflow.pk not in done]
    days = (latest + n * DAY for n in range(1, (until - now).days + 3))
    times = [at for day in days if now < (at := daily_check_of(club, day)) < until]
    return missing + [(workflow, at) for at in times for workflow in workflows]


def _is_over() -> Q:
    """That day's question was asked; or it is held, and a person decides, now or some day."""
    return Q(finished_at__isnull=False) | Q(held_at__isnull=False)


def evaluate_due_workflows(*, now: dt.datetime) -> dict[str, int]:
    """Run each workflow whose club's latest hour of checking is past and whose check is not done; counts.

    That hour may have been yesterday's: a check shortly before midnight is made up for after it. A workflow that cannot be run is logged and counted, and does not stop the others.
    """
    counts: Counter[str] = Counter()
    done = {
        (workflow_id, checked_on)
        for workflow_id, checked_on in WorkflowRun.objects.filter(
            _is_over(), kind=WorkflowRun.Kind.DAILY, as_of__gte=now - 3 * DAY
        ).values_list("workflow_id", "checked_on")
    }
    for workflow in Workflow.objects.filter(is_enabled=True, paused_at=None).select_related("club"):
        day = day_to_check(workflow.club, now)
        if (workflow.pk, day) in done:
            continue
        try:
            run = evaluate(start_run(workflow, kind=WorkflowRun.Kind.DAILY, now=now, checked_on=day))
            note_goals(workflow, now=now)
            wake_waiting(workflow, now=now)
        except WorkflowDisabled:
            continue
        except RunHeld:
            counts["held"] += 1
            continue
        except Exception:
            logger.exception("Workflow %s of club %s could not be evaluated", workflow.slug, workflow.club_id)
            counts["broken"] += 1
            continue
        counts["evaluated"] += 1
        counts["members"] += sum(run.counts.values())
        counts["enrolled"] += Enrollment.objects.filter(run=run).count()
    return dict(counts)
