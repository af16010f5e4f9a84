"""A new member's first month: a welcome, a nudge to book, a word at the desk instead of a text, and a call where nobody came."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest

from automations.models import Enrollment
from members.models import Club, Member, StaffTask
from members.operations.visits import record_visit
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.weeks import Weeks, books
from tests.scripted_transport import ScriptedTransport

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
JOINED = dt.date(2025, 9, 1)
"""A Monday."""


def day(number: int) -> dt.date:
    return JOINED + dt.timedelta(days=number)


@pytest.fixture
def club() -> Club:
    """Welcome on day 1; up to three days of waiting for a booking; a nudge; at two weeks a word, at three a call, unless they came."""
    club: Club = ClubFactory(time_zone="Pacific/Auckland")
    for slug in ("welcome", "nudge", "two-weeks"):
        MessageTemplateFactory(club=club, slug=slug, text_body=slug)
    workflow = WorkflowFactory(
        club=club,
        slug="first-month",
        trigger="new_member",
        trigger_params={"days_since_join": 1},
        goal="visited",
        in_person=True,
        in_person_hours=12,
    )
    call = {"description": "Ring them", "priority": "high", "due_in_days": 1, "assignee": "trainer"}
    StepFactory(workflow=workflow, action_params={"template": "welcome"})
    waits = {"goal": "booked", "days": 3, "then": "go_on"}
    StepFactory(workflow=workflow, position=2, action="wait_until", action_params=waits)
    StepFactory(workflow=workflow, position=3, action_params={"template": "nudge"})
    StepFactory(workflow=workflow, position=4, delay=9, action_params={"template": "two-weeks"})
    StepFactory(
        workflow=workflow,
        position=5,
        delay=1,
        delay_unit="weeks",
        action="open_staff_task",
        action_params=call,
    )
    for name in ("Ana", "Bo", "Cy"):
        MemberFactory(club=club, first_name=name, joined_on=JOINED, last_attended_at=None)
    return club


def test_the_first_month(club: Club, time_machine: Any, provider: ScriptedTransport) -> None:
    weeks = Weeks(zoneinfo.ZoneInfo("Pacific/Auckland"), time_machine, provider)
    weeks.go_by(day(0), day(1))
    assert sorted(weeks.told) == [(name, "welcome", "2025-09-02") for name in ("Ana", "Bo", "Cy")]

    # Ana books for next week, so the nudge comes before the three days are over; and then she comes.
    time_machine.move_to(weeks.at(day(2)), tick=False)
    books(club, "Ana", weeks.at(day(2)), starts_at=weeks.at(day(9)))
    weeks.go_by(day(2), day(8))
    assert set(weeks.told[3:]) == {
        ("Ana", "nudge", "2025-09-03"),
        ("Bo", "nudge", "2025-09-05"),
        ("Cy", "nudge", "2025-09-05"),
    }
    ana = Member.objects.get(first_name="Ana")
    time_machine.move_to(weeks.at(day(9)), tick=False)
    record_visit(member_id=ana.pk, attended_at=weeks.at(day(9)), now=weeks.at(day(9)))

    # Bo has a place on the evening of the day on which the word at two weeks would leave.
    time_machine.move_to(weeks.at(day(10)), tick=False)
    books(club, "Bo", weeks.at(day(10)), starts_at=weeks.at(day(13), "18:00"))
    weeks.go_by(day(10), day(13))
    assert weeks.told[6:] == [("Cy", "two-weeks", "2025-09-14")]
    card = StaffTask.objects.get()
    assert (card.member.first_name, card.words, card.due_on) == ("Bo", "two-weeks", day(13))
    bo = Member.objects.get(first_name="Bo")
    time_machine.move_to(weeks.at(day(13), "22:45"), tick=False)
    record_visit(member_id=bo.pk, attended_at=weeks.at(day(13), "18:00"), now=weeks.at(day(13), "22:45"))

    weeks.go_by(day(14), day(30))
    assert len(weeks.told) == 7, "nobody hears more than that in the first month"
    call = StaffTask.objects.get(description="Ring them")
    assert (call.member.first_name, call.due_on) == ("Cy", day(21))
    ends = {
        way.member.first_name: (way.status, way.end_reason)
        for way in Enrollment.objects.select_related("member")
    }
    assert ends == {"Ana": ("done", "goal"), "Bo": ("done", "goal"), "Cy": ("done", "")}
