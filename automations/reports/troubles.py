"""Which workflows that are on send messages that too often fail, bounce, or are complained about."""

import datetime as dt

from django.db.models import Q

from automations.models import Workflow
from automations.rules.brakes import LAST, Outcomes
from messaging.reports.troubles import in_trouble, last_outcomes

LATELY = dt.timedelta(days=7)


def too_bad(now: dt.datetime) -> dict[int, Outcomes]:
    """By workflow. Only those in any trouble lately are looked at closer, which is hardly ever one."""
    origins = in_trouble(now - LATELY)
    if not origins:
        return {}
    named = Q(club__in={club for club, _slug in origins}, slug__in={slug for _club, slug in origins})
    found: dict[int, Outcomes] = {}
    for workflow in Workflow.objects.filter(named, is_enabled=True, paused_at=None):
        origin = (workflow.club_id, workflow.slug)
        if origin in origins:
            outcomes = Outcomes(*last_outcomes(origin, last=LAST, since=workflow.resumed_at))
            if outcomes.is_too_bad:
                found[workflow.pk] = outcomes
    return found
