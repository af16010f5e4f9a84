"""Keeping alerts: one per incident however often and by however many it is found, told once, over when it was quiet."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from automations.models import Alert
from automations.rules.alerts import Finding

QUIET = dt.timedelta(minutes=10)
"""So long must nobody have found it again until it is over; finding it after that is a new incident."""


@transaction.atomic
def keep_alerts(findings: Iterable[Finding], *, now: dt.datetime) -> dict[str, int]:
    """Open what is new, note what is still so, and end what has been quiet; counts of the first and the last."""
    found = {(finding.kind, finding.subject, finding.club_id): finding for finding in findings}
    still = []
    for alert in Alert.objects.select_for_update().filter(resolved_at=None).order_by("pk"):
        if finding := found.pop((alert.kind, alert.subject, alert.club_id), None):
            alert.seen_at, alert.numbers = now, dict(finding.numbers)
            still.append(alert)
    Alert.objects.bulk_update(still, ["seen_at", "numbers"])
    Alert.objects.bulk_create(
        [
            Alert(
                kind=finding.kind,
                subject=finding.subject,
                club_id=finding.club_id,
                numbers=dict(finding.numbers),
                opened_at=now,
                seen_at=now,
            )
            for finding in found.values()
        ],
        ignore_conflicts=True,
    )
    over = Alert.objects.filter(resolved_at=None, seen_at__lte=now - QUIET).update(resolved_at=now)
    return {"alerts raised": len(found), "alerts over": over}


@transaction.atomic
def take_untold(*, now: dt.datetime) -> list[Alert]:
    """The open alerts that nobody was told of; they count as told from here on, so that no other process tells them."""
    untold = Alert.objects.filter(told_at=None, resolved_at=None).select_related("club").order_by("pk")
    alerts = list(untold.select_for_update(of=("self",), skip_locked=True))
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(told_at=now)
    return alerts


def give_back(alerts: Sequence[Alert]) -> None:
    """Nobody could be told after all: the next check tries again."""
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(told_at=None)
