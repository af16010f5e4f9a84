"""Birthday: on which day in which zone, 29 February, who is told late and who is not, and how it is told."""

import datetime as dt

import pytest

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Enrollment
from automations.triggers import TRIGGERS
from members.rules.days import AwayClock
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TRIGGER = TRIGGERS["birthday"]


@pytest.mark.parametrize(
    ("zone", "born", "now", "reason"),
    [
        ("UTC", "1990-09-01", "2025-08-31T23:59:59Z", "no_occasion"),
        ("UTC", "1990-09-01", "2025-09-01T00:00:00Z", "due"),
        ("UTC", "1990-09-01", "2025-09-01T23:59:59Z", "due"),
        # The day and 72 hours, then too late, and after 31 days out of sight.
        ("UTC", "1990-09-01", "2025-09-05T00:00:00Z", "due"),
        ("UTC", "1990-09-01", "2025-09-05T00:00:01Z", "missed"),
        ("UTC", "1990-09-01", "2025-10-02T12:00:00Z", "missed"),
        ("UTC", "1990-09-01", "2025-10-03T12:00:00Z", "no_occasion"),
        # Across the turn of the year.
        ("UTC", "1990-12-31", "2026-01-01T10:00:00Z", "due"),
        ("UTC", "1990-12-31", "2026-01-20T10:00:00Z", "missed"),
        ("UTC", "1990-01-01", "2025-12-31T10:00:00Z", "no_occasion"),
        ("UTC", "1990-01-01", "2026-01-01T10:00:00Z", "due"),
        # 29 February.
        ("UTC", "1992-02-29", "2025-02-27T23:59:59Z", "no_occasion"),
        ("UTC", "1992-02-29", "2025-02-28T00:00:00Z", "due"),
        ("UTC", "1992-02-29", "2025-03-01T10:00:00Z", "due"),
        ("UTC", "1992-02-29", "2025-03-10T10:00:00Z", "missed"),
        ("UTC", "1992-02-29", "2024-02-28T23:59:59Z", "no_occasion"),
        ("UTC", "1992-02-29", "2024-02-29T00:00:00Z", "due"),
        ("UTC", "1991-02-28", "2024-02-28T10:00:00Z", "due"),
        ("UTC", "1992-02-29", "2026-01-15T10:00:00Z", "no_occasion"),
        ("UTC", "1992-02-29", "2100-02-28T10:00:00Z", "due"),
        # The last day of a month.
        ("UTC", "1990-01-31", "2025-01-30T23:59:59Z", "no_occasion"),
        ("UTC", "1990-01-31", "2025-01-31T00:00:00Z", "due"),
        ("UTC", "1990-05-01", "2025-04-30T23:59:59Z", "no_occasion"),
        # On either side of the date line, and on days of 23 and 25 hours.
        ("Pacific/Auckland", "1990-09-01", "2025-08-31T11:59:59Z", "no_occasion"),
        ("Pacific/Auckland", "1990-09-01", "2025-08-31T12:00:00Z", "due"),
        ("Pacific/Honolulu", "1990-09-01", "2025-09-01T09:59:59Z", "no_occasion"),
        ("Pacific/Honolulu", "1990-09-01", "2025-09-01T10:00:00Z", "due"),
        ("America/New_York", "1990-03-09", "2025-03-09T04:59:59Z", "no_occasion"),
        ("America/New_York", "1990-03-09", "2025-03-09T05:00:00Z", "due"),
        ("America/New_York", "1990-11-02", "2025-11-02T03:59:59Z", "no_occasion"),
        ("America/New_York", "1990-11-02", "2025-11-02T04:00:00Z", "due"),
    ],
)
def test_it_is_the_clubs_day_and_what_patience_bears(zone, born, now, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone), birthday_on=dt.date.fromisoformat(born))
    assert decided(member, at(now), "birthday", {}) == reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"birthday_on": None}, "no_occasion"),
        ({"canceled": True}, "canceled"),
        ({"frozen": True}, "due"),
    ],
)
def test_who_is_congratulated(values, reason):
    member = MemberFactory(**{"birthday_on": dt.date(1990, 9, 1)} | values)
    assert decided(member, NOW, "birthday", {}) == reason


def test_each_year_counts_once_however_often_it_is_asked():
    member = MemberFactory(birthday_on=dt.date(1992, 2, 29))
    workflow = workflow_for(member.club, "birthday", {}, cooldown_days=0)
    for now in ("2024-02-29T10:00Z", "2024-03-01T10:00Z", "2025-02-28T10:00Z", "2025-03-01T10:00Z"):
        evaluate(start_run(workflow, kind="by_hand", now=at(now)))
        advance(now=at(now))
    occurrences = Enrollment.objects.order_by("pk").values_list("occurrence", flat=True)
    assert list(occurrences) == ["birthday:2024-02-29", "birthday:2025-02-28"]


def test_what_is_planned_goes_on_after_the_day():
    member = MemberFactory(birthday_on=dt.date(1990, 9, 1))
    workflow = workflow_for(member.club, "birthday", {})
    workflow.steps.update(delay=50)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    assert advance(now=NOW) == {"arrived": 1}
    assert advance(now=NOW + 50 * DAY) == {"done": 1}


@pytest.mark.parametrize(
    ("born", "why", "next_at"),
    [
        (dt.date(1990, 9, 3), "The last birthday was on 3 September 2024.", "2025-09-03T08:00Z"),
        (dt.date(1990, 8, 30), "The last birthday was on 30 August 2025.", "2025-09-01T10:00Z"),
        (None, "Nobody knows the birthday.", None),
    ],
)
def test_it_says_why_and_when(born, why, next_at):
    member = MemberFactory(birthday_on=born)
    explanation = explain(member, workflow_for(member.club, "birthday", {}), now=NOW)
    assert explanation.why == why
    assert explanation.next_at == (next_at and at(next_at))


def test_it_shows_who_is_near():
    due, missed, to_come = TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), {})
    assert due.distance(NOW) == (0, "today")
    assert missed.distance(NOW - 9 * DAY) == (9, "9 days ago")
    assert to_come.distance(at("2024-09-02T00:00Z")) == (1, "in 1 day")


def test_it_says_what_it_does():
    assert TRIGGER.sentence(TRIGGER.clean({}, None)) == "On a member's birthday"
