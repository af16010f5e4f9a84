"""Born on 29 February: congratulated once a year, on the day itself in a leap year and on the 28th in any other."""

import datetime as dt
import zoneinfo
from typing import Any

import pytest

from automations.models import Decision
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.journeys.weeks import Weeks
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
BORN = {"Ana": dt.date(1996, 2, 28), "Bo": dt.date(1996, 2, 29), "Cy": dt.date(1996, 3, 1)}


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu"])
def test_once_a_year(zone: str, time_machine: Any, provider: ScriptedTransport) -> None:
    club = ClubFactory(time_zone=zone)
    MessageTemplateFactory(club=club, slug="congratulations", text_body="Happy birthday!")
    workflow = WorkflowFactory(club=club, trigger="birthday", trigger_params={}, cooldown_days=300)
    StepFactory(workflow=workflow, action_params={"template": "congratulations"})
    for name, born in BORN.items():
        MemberFactory(club=club, first_name=name, birthday_on=born)
    weeks = Weeks(zoneinfo.ZoneInfo(zone), time_machine, provider)

    weeks.go_by(dt.date(2024, 2, 26), dt.date(2024, 3, 3))
    assert [(name, on) for name, _said, on in weeks.told] == [
        ("Ana", "2024-02-28"),
        ("Bo", "2024-02-29"),
        ("Cy", "2024-03-01"),
    ]

    weeks.go_by(dt.date(2025, 2, 26), dt.date(2025, 3, 3))
    assert sorted((name, on) for name, _said, on in weeks.told[3:]) == [
        ("Ana", "2025-02-28"),
        ("Bo", "2025-02-28"),
        ("Cy", "2025-03-01"),
    ]

    # Nobody ran for a week: what nobody could hear in time is recorded, not sent late.
    weeks.go_by(dt.date(2026, 2, 27), dt.date(2026, 2, 27))
    weeks.go_by(dt.date(2026, 3, 6), dt.date(2026, 3, 7))
    assert len(weeks.told) == 6
    missed = Decision.objects.filter(until_run=None, reason="missed")
    assert set(missed.values_list("member__first_name", flat=True)) == set(BORN)
