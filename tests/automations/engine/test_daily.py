"""Each club's daily check: from its own hour on, once a day, caught up if missed."""

import datetime as dt
import logging
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.daily import daily_check_of, evaluate_due_workflows
from automations.models import Enrollment, Workflow, WorkflowRun
from members.models import Club
from tests.factories import NOW, MemberFactory, StepFactory

pytestmark = pytest.mark.django_db
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)


def club_of(zone: str, **more: Any) -> Club:
    workflow = StepFactory(workflow__club__time_zone=zone, **more).workflow
    MemberFactory(club=workflow.club, days_away=10)
    return workflow.club


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("UTC", "2025-09-01", "2025-09-01T04:00Z"),
        ("Pacific/Auckland", "2025-09-01", "2025-08-31T16:00Z"),
        ("Pacific/Honolulu", "2025-09-01", "2025-09-01T14:00Z"),
        ("America/New_York", "2025-03-08", "2025-03-08T09:00Z"),
        ("America/New_York", "2025-03-09", "2025-03-09T08:00Z"),
        ("America/New_York", "2025-11-02", "2025-11-02T09:00Z"),
    ],
)
def test_the_check_is_at_four_in_the_clubs_own_zone(zone: str, day: str, instant: str) -> None:
    assert daily_check_of(Club(time_zone=zone), dt.date.fromisoformat(day)) == at(instant)


@pytest.mark.parametrize(
    ("zone", "four"),
    [
        ("UTC", "2025-09-02T04:00Z"),
        ("Pacific/Auckland", "2025-09-01T16:00Z"),
        ("Pacific/Honolulu", "2025-09-02T14:00Z"),
        ("America/New_York", "2025-11-02T09:00Z"),
    ],
)
def test_it_is_made_from_that_hour_on_and_once(zone: str, four: str) -> None:
    club = club_of(zone)
    today = at(four)
    evaluate_due_workflows(now=today - DAY)
    assert evaluate_due_workflows(now=today - SECOND) == {}
    assert evaluate_due_workflows(now=today)["evaluated"] == 1
    assert evaluate_due_workflows(now=today + SECOND) == {}
    assert list(WorkflowRun.objects.order_by("pk").values_list("checked_on", flat=True)) == [
        club.today(today) - DAY,
        club.today(today),
    ]


def test_a_check_that_was_missed_for_days_is_made_up_for_at_once() -> None:
    club_of("UTC")
    evaluate_due_workflows(now=NOW)
    assert evaluate_due_workflows(now=NOW + DAY * 4) == {"evaluated": 1, "members": 1, "enrolled": 0}
    assert WorkflowRun.objects.count() == 2, "one for the day that it is, none for those that are over"


def test_clubs_around_the_world_are_checked_each_at_its_hour() -> None:
    clubs = [club_of(zone) for zone in ("Pacific/Auckland", "UTC", "Pacific/Honolulu")]
    evaluate_due_workflows(now=at("2025-08-31T15:00Z"))
    WorkflowRun.objects.all().update(finished_at=NOW)
    made: list[tuple[int, str]] = []
    for hour in range(24):
        now = at("2025-08-31T15:30Z") + dt.timedelta(hours=hour)
        before = set(WorkflowRun.objects.values_list("pk", flat=True))
        evaluate_due_workflows(now=now)
        made += [
            (run.workflow.club_id, f"{now:%d %H:%M}") for run in WorkflowRun.objects.exclude(pk__in=before)
        ]
    assert made == [(clubs[0].pk, "31 16:30"), (clubs[1].pk, "01 04:30"), (clubs[2].pk, "01 14:30")]


def test_it_counts_what_it_did() -> None:
    club_of("UTC")
    assert evaluate_due_workflows(now=NOW) == {"evaluated": 1, "members": 1, "enrolled": 1}


def test_what_is_off_or_has_no_steps_is_passed_over() -> None:
    club_of("UTC")
    club_of("UTC").workflows.get().steps.all().delete()
    Workflow.objects.filter(pk=Workflow.objects.order_by("pk")[0].pk).update(is_enabled=False)
    assert evaluate_due_workflows(now=NOW) == {}
    assert not WorkflowRun.objects.exists()


@pytest.mark.parametrize("broken", [{"trigger": "gone"}, {"trigger_params": {"min_days": "soon"}}])
def test_one_that_cannot_be_asked_does_not_stop_the_others(
    broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    first = club_of("UTC").workflows.get()
    club_of("UTC")
    Workflow.objects.filter(pk=first.pk).update(**broken)
    with caplog.at_level(logging.ERROR, "automations.engine.daily"):
        counts = evaluate_due_workflows(now=NOW)
    assert (counts["broken"], counts["evaluated"], Enrollment.objects.count()) == (1, 1, 1)
    assert caplog.messages == [f"Workflow missed-class of club {first.club_id} could not be evaluated"]


def test_a_check_that_died_goes_on_at_the_next_call() -> None:
    club_of("UTC")
    evaluate_due_workflows(now=NOW)
    WorkflowRun.objects.update(finished_at=None)
    assert evaluate_due_workflows(now=NOW + dt.timedelta(minutes=5))["evaluated"] == 1
    assert WorkflowRun.objects.get().as_of == NOW


def test_while_nothing_is_to_be_done_it_asks_the_database_twice_however_many_clubs() -> None:
    for number in (1, 5):
        for _ in range(number):
            club_of("UTC")
        evaluate_due_workflows(now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert evaluate_due_workflows(now=NOW + SECOND) == {}
        assert len(queries) == 2
