"""Somebody lapses, hears from the club on day 7, comes back on day 9, and hears no more; somebody else who books is done too."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest
from django.core.management import call_command

from automations.models import Enrollment, Workflow
from members.models import Club, Member, StaffTask
from members.operations.visits import record_visit
from messaging.models import Message
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.weeks import books
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
HONOLULU = zoneinfo.ZoneInfo("Pacific/Honolulu")
LAST_VISIT = dt.date(2025, 9, 1)
"""A Monday."""


def on_day(day: int, time: str = "12:00") -> dt.datetime:
    """That hour so many days after the last visit, in the club."""
    return dt.datetime.combine(LAST_VISIT + dt.timedelta(days=day), dt.time.fromisoformat(time), HONOLULU)


@pytest.fixture
def club() -> Club:
    """A message on day 7; then up to three days of waiting for a booking, which ends it; then the next Tuesday at 09:00."""
    club: Club = ClubFactory(time_zone="Pacific/Honolulu")
    first, second = (MessageTemplateFactory(club=club, slug=slug, text_body=slug) for slug in ("one", "two"))
    workflow = WorkflowFactory(club=club, goal="visited", in_person=True, in_person_hours=10)
    StepFactory(workflow=workflow, action_params={"template": first.slug})
    waits = {"goal": "booked", "days": 3, "then": "end"}
    StepFactory(workflow=workflow, position=2, action="wait_until", action_params=waits)
    StepFactory(
        workflow=workflow,
        position=3,
        at_weekday=1,
        at_time=dt.time(9),
        action_params={"template": second.slug},
    )
    for name in ("Ana", "Bo", "Cy", "Di"):
        MemberFactory(club=club, first_name=name, last_attended_at=on_day(0))
    return club


def test_who_comes_back_or_books_hears_no_more(
    club: Club, time_machine: Any, provider: ScriptedTransport
) -> None:
    told: list[tuple[str, str, int]] = []

    def until(day: int, time: str, since: tuple[int, str]) -> None:
        now, end = on_day(*since), on_day(day, time)
        while now <= end:
            time_machine.move_to(now, tick=False)
            call_command("run_job", "all")
            told.extend(
                (asked.first_name, asked.text, (now.astimezone(HONOLULU).date() - LAST_VISIT).days)
                for asked in provider.asked[len(told) :]
            )
            now += dt.timedelta(hours=6)

    until(8, "15:00", since=(6, "03:00"))
    assert sorted(told) == [(name, "one", 7) for name in ("Ana", "Bo", "Cy", "Di")]

    time_machine.move_to(on_day(9), tick=False)
    ana = Member.objects.get(first_name="Ana")
    record_visit(member_id=ana.pk, attended_at=on_day(9), now=on_day(9))
    books(club, "Bo", on_day(9), starts_at=on_day(20))
    until(15, "03:00", since=(9, "15:00"))

    # Cy has a place in the evening of the very Tuesday on which the second message would leave.
    books(club, "Cy", on_day(15, "08:00"), starts_at=on_day(15, "18:00"))
    until(15, "21:00", since=(15, "09:00"))

    assert told[4:] == [("Di", "two", 15)]
    ways = {
        enrollment.member.first_name: (enrollment.status, enrollment.end_reason)
        for enrollment in Enrollment.objects.select_related("member")
    }
    assert ways == {
        "Ana": ("exited", "came_back"),
        "Bo": ("done", "waited_for"),
        "Cy": ("done", ""),
        "Di": ("done", ""),
    }
    assert Enrollment.objects.get(member=ana).goal_reached_at == on_day(9)
    skipped = Message.objects.get(status="skipped")
    assert (skipped.member.first_name, skipped.reason) == ("Cy", "in_person")
    card = StaffTask.objects.get()
    assert (card.member.first_name, card.words, card.due_on) == ("Cy", "two", on_day(15).date())
    assert Workflow.objects.get().enrollments.filter(status="active").count() == 0
