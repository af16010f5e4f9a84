"""What is due and still waits: how much, and for how long the oldest has."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Min, QuerySet

from automations.models import Enrollment
from messaging.models import Message, SendingSwitch

COUNTED = 10_000


@dataclass(frozen=True)
class Queue:
    name: str
    depth: int
    """Not counted beyond `COUNTED`."""
    lag: dt.timedelta


def queues(now: dt.datetime) -> list[Queue]:
    """`messages` to be sent and `enrollments` whose next step is to be taken; one statement each.

    What is held back on purpose, by a kill switch or in a workflow that is switched off or paused, does not wait.
    """
    messages = Message.objects.filter(
        ~Exists(SendingSwitch.objects.filter(is_paused=True)),
        status=Message.Status.QUEUED,
        due_at__lte=now,
        club__sending_paused=False,
    )
    enrollments = Enrollment.objects.filter(
        status=Enrollment.Status.ACTIVE, due_at__lte=now, workflow__is_enabled=True, workflow__paused_at=None
    )
    return [_queue("messages", messages, now), _queue("enrollments", enrollments, now)]


def _queue(name: str, due: QuerySet[Any], now: dt.datetime) -> Queue:
    found = due.order_by("due_at", "pk")[:COUNTED].aggregate(depth=Count("pk"), oldest=Min("due_at"))
    return Queue(name, found["depth"], now - found["oldest"] if found["oldest"] else dt.timedelta())
