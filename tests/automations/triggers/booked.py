"""Bookings for tests: one of which something happened so long before NOW, and a workflow that asks about that."""

import datetime as dt

from automations.engine.classification import Question
from automations.models import Workflow
from members.models import Booking
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
COMING = ["booking_created", "booking_confirmed"]
STATUS = {
    "booking_created": "booked",
    "booking_confirmed": "confirmed",
    "booking_completed": "attended",
    "booking_no_show": "no_show",
}


def workflow_for(club, kind, **more) -> Workflow:
    params = {"only_first": False, "class_name": ""} | more.pop("params", {})
    workflow = WorkflowFactory(
        club=club, slug=kind, trigger=kind, trigger_params=params, **({"cooldown_days": 0} | more)
    )
    template = MessageTemplateFactory(club=club, text_body="{{ class_name }}: {{ class_starts_at }}")
    StepFactory(workflow=workflow, action_params={"template": template.slug})
    return workflow


def happening(kind, member, ago=HOUR, **more) -> Booking:
    """One of which that happened so long before NOW."""
    at = NOW - ago
    session = {"starts_at": NOW + DAY if kind in COMING else at, **more.pop("session", {})}
    values = {"status": STATUS[kind], "first_told_at": at, "status_since": at} | more
    return BookingFactory(
        member=member, class_session=ClassSessionFactory(club=member.club, **session), **values
    )


def decided(workflow, member, now=NOW) -> str:
    return Question(workflow, now).members().values_list("decided", flat=True).get(pk=member.pk)


def key(workflow, member, now=NOW) -> str:
    return Question(workflow, now).members().get(pk=member.pk).occurrence_key
