"""What is wrong now: the schedule, the queues and the providers measured, and asked of the rules."""

import datetime as dt

from django.conf import settings

from automations.reports.job_health import job_health
from automations.reports.queues import queues
from automations.rules.alerts import Finding, lagging_queues, late_jobs, refusing_providers
from messaging.reports.refusals import refusals


def found(now: dt.datetime) -> list[Finding]:
    return [
        *late_jobs({job.name: job.overdue for job in job_health(now) if job.is_late}),
        *lagging_queues(
            {queue.name: queue.lag for queue in queues(now)},
            limit=dt.timedelta(minutes=settings.ALERT_QUEUE_MINUTES),
        ),
        *refusing_providers(
            ((of.club_id, of.channel, of.asked, of.refused) for of in refusals(now)),
            limit_percent=settings.ALERT_REFUSED_PERCENT,
        ),
    ]
