"""Missed class: whom it concerns on which day, in which zone, with which days shut; and how it says so."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from automations.engine.classification import Question
from automations.models import Reason
from automations.triggers import TRIGGERS
from members.models import Member
from members.rules.days import AwayClock
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory, WorkflowFactory

MISSED_CLASS = TRIGGERS["missed_class"]
PARAMS = {"min_days": 7, "max_days": 35, "hand_over": True}


def decided(member: Member, now: dt.datetime) -> str:
    """As any missed-class workflow of her club would."""
    return (
        Question(WorkflowFactory.build(club=member.club, pk=0), now)
        .members()
        .values_list("decided", flat=True)
        .get(pk=member.pk)
    )


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "zone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("hour", ["00:00:00", "12:00:00", "23:59:59"])
@pytest.mark.parametrize(
    ("days_away", "recurring", "reason"),
    [
        (0, False, "attended_recently"),
        (6, False, "attended_recently"),
        (7, False, "due"),
        (34, False, "due"),
        (34, True, "due"),
        (35, False, "inactive"),
        (35, True, "inactive_recurring"),
        (36, False, "inactive"),
        (36, True, "inactive_recurring"),
    ],
)
def test_days_are_calendar_days_of_the_club(
    zone: str, hour: str, days_away: int, recurring: bool, reason: str
) -> None:
    club = ClubFactory(time_zone=zone)
    today = dt.date(2025, 9, 1)
    last = dt.datetime.combine(today - dt.timedelta(days=days_away), dt.time.fromisoformat(hour), club.zone)
    member = MemberFactory(club=club, is_recurring=recurring, last_attended_at=last)
    for asked in (dt.time(0), dt.time(4), dt.time(23, 59, 59)):
        now = max(dt.datetime.combine(today, asked, club.zone), last)
        assert decided(member, now) == reason


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "last", "now", "reason"),
    [
        # One second before and at midnight, on either side of the date line.
        ("Pacific/Auckland", "2025-08-25T11:59:59Z", "2025-09-01T11:59:59Z", "due"),
        ("Pacific/Auckland", "2025-08-25T12:00:00Z", "2025-09-01T11:59:59Z", "attended_recently"),
        ("Pacific/Auckland", "2025-08-25T12:00:00Z", "2025-09-01T12:00:00Z", "due"),
        ("Pacific/Honolulu", "2025-08-25T09:59:59Z", "2025-08-31T10:00:00Z", "due"),
        ("Pacific/Honolulu", "2025-08-25T10:00:00Z", "2025-09-01T09:59:59Z", "attended_recently"),
        ("Pacific/Honolulu", "2025-08-25T10:00:00Z", "2025-09-01T10:00:00Z", "due"),
        # Across the night with 23 hours and the one with 25.
        ("America/New_York", "2025-03-03T04:59:59Z", "2025-03-09T05:00:00Z", "due"),
        ("America/New_York", "2025-03-03T05:00:00Z", "2025-03-10T03:59:59Z", "attended_recently"),
        ("America/New_York", "2025-03-03T05:00:00Z", "2025-03-10T04:00:00Z", "due"),
        ("America/New_York", "2025-10-27T04:00:00Z", "2025-11-03T04:59:59Z", "attended_recently"),
        ("America/New_York", "2025-10-27T04:00:00Z", "2025-11-03T05:00:00Z", "due"),
        ("Pacific/Auckland", "2025-09-21T12:00:00Z", "2025-09-28T10:59:59Z", "attended_recently"),
        ("Pacific/Auckland", "2025-09-21T12:00:00Z", "2025-09-28T11:00:00Z", "due"),
        # A leap day is a day.
        ("UTC", "2024-02-23T12:00:00Z", "2024-03-01T00:00:00Z", "due"),
        ("UTC", "2025-02-23T12:00:00Z", "2025-03-01T00:00:00Z", "attended_recently"),
        ("UTC", "2024-01-27T12:00:00Z", "2024-03-02T00:00:00Z", "inactive"),
        ("UTC", "2025-01-27T12:00:00Z", "2025-03-02T00:00:00Z", "due"),
    ],
)
def test_the_limit_lies_at_the_clubs_own_midnight(zone: str, last: str, now: str, reason: str) -> None:
    assert decided(MemberFactory(club__time_zone=zone, last_attended_at=at(last)), at(now)) == reason


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days_away", "shut", "reason"),
    [
        (7, 0, "due"),
        (7, 1, "attended_recently"),
        (8, 1, "due"),
        (34, 1, "due"),
        (35, 1, "due"),
        (36, 1, "inactive"),
        (41, 7, "due"),
        (42, 7, "inactive"),
    ],
)
def test_each_day_shut_moves_both_limits_by_a_day(days_away: int, shut: int, reason: str) -> None:
    member = MemberFactory(days_away=days_away)
    if shut:
        ClosureFactory(
            club=member.club,
            starts_on=NOW.date() - dt.timedelta(days=shut),
            reopens_on=NOW.date(),
        )
    assert decided(member, NOW) == reason


@pytest.mark.django_db
def test_another_clubs_closure_moves_nothing() -> None:
    ClosureFactory(starts_on=dt.date(2025, 8, 1), reopens_on=dt.date(2025, 9, 1))
    assert decided(MemberFactory(days_away=7), NOW) == "due"


@pytest.mark.django_db
def test_the_occurrence_is_the_absence_by_its_day_in_the_clubs_zone() -> None:
    club = ClubFactory(time_zone="Pacific/Auckland")
    MemberFactory(club=club, last_attended_at=at("2025-08-20T11:59:59Z"))
    MemberFactory(club=club, last_attended_at=at("2025-08-20T12:00:00Z"))
    keys = (
        Question(WorkflowFactory(club=club), NOW)
        .members()
        .order_by("pk")
        .values_list("occurrence_key", flat=True)
    )
    assert list(keys) == ["absence:2025-08-20", "absence:2025-08-21"]


def problems(**params: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        MISSED_CLASS.clean(PARAMS | params, None)
    return " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "params",
    [
        {"min_days": 0},
        {"min_days": ""},
        {"min_days": "many"},
        {"min_days": 9999},
        {"max_days": -1},
        {"min_days": 2.5},
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_by_its_label(params: dict[str, Any]) -> None:
    assert "(days)" in problems(**params)


@pytest.mark.parametrize("max_days", [6, 7])
def test_the_second_limit_lies_beyond_the_first(max_days: int) -> None:
    assert "Must be more than the days in the line above." in problems(max_days=max_days)


def test_one_day_between_the_limits_is_enough() -> None:
    assert MISSED_CLASS.clean({"min_days": 7, "max_days": 8}, None) == {
        "min_days": 7,
        "max_days": 8,
        "hand_over": False,
    }


def test_its_sentence_says_whether_a_person_takes_over() -> None:
    assert (
        MISSED_CLASS.sentence(PARAMS) == "When a member has stayed away for 7 days or more, but fewer than 35"
    )
    assert "staff task" in MISSED_CLASS.afterthought(PARAMS)
    assert MISSED_CLASS.afterthought(PARAMS | {"hand_over": False}) == ""


def test_a_person_takes_over_only_if_asked_to() -> None:
    assert MISSED_CLASS.handed_over(PARAMS) == {Reason.INACTIVE_RECURRING}
    assert MISSED_CLASS.handed_over(PARAMS | {"hand_over": False}) == frozenset()
    assert "35 days or more" in MISSED_CLASS.hand_over_description(PARAMS)


@pytest.mark.parametrize(
    ("reason", "days", "text"),
    [
        ("canceled", 9, "The membership is canceled."),
        ("frozen", 9, "The membership is frozen."),
        ("never_attended", None, "Has never attended, so there is nothing to miss."),
        ("attended_recently", 1, "Last came on 31 August 2025, 1 day away, needs 7."),
        ("attended_recently", 6, "Last came on 26 August 2025, 6 days away, needs 7."),
        ("due", 7, "Last came on 25 August 2025, 7 days away."),
        ("inactive", 35, "Last came on 28 July 2025, 35 days away: 35 or more is too long for a message."),
        (
            "inactive_recurring",
            35,
            "Last came on 28 July 2025, 35 days away: 35 or more with a recurring membership is left to a person.",
        ),
    ],
)
def test_each_reason_has_its_sentence(reason: str, days: int | None, text: str) -> None:
    clock = AwayClock(NOW.date(), ZoneInfo("UTC"))
    fact_at = None if days is None else NOW - dt.timedelta(days=days)
    assert MISSED_CLASS.reason_text(reason, fact_at, clock, PARAMS) == text
