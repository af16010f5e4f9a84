"""Who comes anyway, and so is told at the front desk instead of by a message."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from automations.models import Enrollment, Workflow
from members.models import Booking, Club, Member
from members.rules.days import start_of_day

IN_PERSON = "in_person"
"""Why a message was skipped: somebody at the desk says it."""


def come_anyway(enrollments: Iterable[Enrollment], now: dt.datetime) -> set[int]:
    """Which of these, by id, are of a member who was here today or comes soon, where the workflow asks for that.

    One query per workflow that does.
    """
    by_workflow: dict[Workflow, dict[int, int]] = defaultdict(dict)
    for enrollment in enrollments:
        if enrollment.workflow.in_person:
            by_workflow[enrollment.workflow][enrollment.pk] = enrollment.member_id
    found: set[int] = set()
    for workflow, members in by_workflow.items():
        here = set(
            Member.objects.filter(
                was_here_today(workflow.club, now)
                | Q(Exists(coming(now, workflow.in_person_hours).filter(member=OuterRef("pk")))),
                pk__in=members.values(),
            ).values_list("pk", flat=True)
        )
        found |= {pk for pk, member in members.items() if member in here}
    return found


def was_here_today(club: Club, now: dt.datetime) -> Q:
    """Of the club's members: visited or checked in since the club's day began."""
    since = start_of_day(club.today(now), club.zone)
    checked_in = Booking.objects.filter(
        member=OuterRef("pk"), checked_in_at__gte=since, checked_in_at__lte=now
    )
    return Q(last_attended_at__gte=since, last_attended_at__lte=now) | Q(Exists(checked_in))


def coming(now: dt.datetime, hours: int) -> QuerySet[Booking]:
    """Places in classes that begin within so many hours, the next one first."""
    until = now + dt.timedelta(hours=hours)
    return Booking.objects.filter(
        status__in=Booking.COMING,
        class_session__is_canceled=False,
        class_session__starts_at__gte=now,
        class_session__starts_at__lte=until,
    ).order_by("class_session__starts_at", "pk")
