"""A workflow's messages carry its priority and whether they count for the club's limit per member."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.factories import NOW, ClubFactory, EnrollmentFactory, MemberFactory, StepFactory
from tests.scripted_transport import ScriptedTransport, provider

__all__ = ["provider"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("priority", "is_capped"), [(0, True), (2, False)])
def test_they_are_the_workflows(priority: int, is_capped: bool) -> None:
    step = StepFactory(workflow__priority=priority, workflow__is_capped=is_capped)
    EnrollmentFactory(workflow=step.workflow)
    advance(now=NOW)
    message = Message.objects.get()
    assert (message.priority, message.is_capped) == (priority, is_capped)


def test_of_two_workflows_with_something_for_one_member_the_more_important_one_speaks_first(
    provider: ScriptedTransport,
) -> None:
    club = ClubFactory(cap_messages=1, cap_days=1)
    member = MemberFactory(club=club, days_away=10)
    for slug, priority in (("low", 0), ("high", 2)):
        step = StepFactory(workflow__club=club, workflow__slug=slug, workflow__priority=priority)
        EnrollmentFactory(workflow=step.workflow, member=member)
    advance(now=NOW)
    assert deliver(clock=lambda: NOW) == {"sent": 1, "held": 1}
    assert Message.objects.get(status="sent").origin == "high"
    a_day_later = NOW + dt.timedelta(days=1)
    deliver(clock=lambda: NOW + dt.timedelta(minutes=1))
    assert deliver(clock=lambda: a_day_later) == {"sent": 1}
    assert Message.objects.get(sent_at=a_day_later).origin == "low"
