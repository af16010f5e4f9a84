"""Low engagement: how often within which days, one spell once however often somebody comes in between, and a second one anew."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automations.engine.advancement import advance
from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Enrollment
from automations.reports.preview import preview
from automations.triggers import TRIGGERS
from members.models import Member, Visit
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()
TRIGGER = TRIGGERS["low_engagement"]
PARAMS = {"inactive_days": 30, "min_activity_level": 2, "max_days": 60}


def came(*days_ago, **values):
    values.setdefault("joined_on", TODAY - 500 * DAY)
    member = MemberFactory(last_attended_at=NOW - min(days_ago) * DAY if days_ago else None, **values)
    Visit.objects.bulk_create(Visit(member=member, attended_at=NOW - days * DAY) for days in days_ago)
    return member


@pytest.mark.parametrize(
    ("days_ago", "level", "reason"),
    [
        ((1, 29), 2, "active_enough"),
        ((1, 30), 2, "due"),
        ((1,), 2, "due"),
        ((1, 2), 3, "due"),
        ((1, 2, 29), 3, "active_enough"),
        ((29,), 1, "active_enough"),
        ((30,), 1, "due"),
        ((), 1, "due"),
        ((59,), 2, "due"),
        ((60,), 2, "inactive"),
    ],
)
def test_so_many_visits_within_so_many_days(days_ago, level, reason):
    assert decided(came(*days_ago), NOW, "low_engagement", PARAMS | {"min_activity_level": level}) == reason


@pytest.mark.parametrize(
    ("zone", "visit", "now", "reason"),
    [
        ("UTC", "2025-08-03T00:00:00Z", "2025-09-01T10:00:00Z", "active_enough"),
        ("UTC", "2025-08-02T23:59:59Z", "2025-09-01T10:00:00Z", "due"),
        ("UTC", "2024-01-31T12:00:00Z", "2024-02-29T12:00:00Z", "active_enough"),
        ("UTC", "2024-01-31T12:00:00Z", "2024-03-01T00:00:00Z", "due"),
        ("Pacific/Auckland", "2025-08-02T12:00:00Z", "2025-09-01T11:59:59Z", "active_enough"),
        ("Pacific/Auckland", "2025-08-02T12:00:00Z", "2025-09-01T12:00:00Z", "due"),
        ("Pacific/Honolulu", "2025-08-02T10:00:00Z", "2025-09-01T09:59:59Z", "active_enough"),
        ("Pacific/Honolulu", "2025-08-02T10:00:00Z", "2025-09-01T10:00:00Z", "due"),
        ("America/New_York", "2025-02-15T05:00:00Z", "2025-03-17T03:59:59Z", "active_enough"),
        ("America/New_York", "2025-02-15T05:00:00Z", "2025-03-17T04:00:00Z", "due"),
        ("America/New_York", "2025-10-10T04:00:00Z", "2025-11-09T04:59:59Z", "active_enough"),
        ("America/New_York", "2025-10-10T04:00:00Z", "2025-11-09T05:00:00Z", "due"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone, visit, now, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone), last_attended_at=at(visit))
    assert decided(member, at(now), "low_engagement", PARAMS | {"min_activity_level": 1}) == reason


def test_days_on_which_the_club_was_shut_do_not_count():
    member = came(1, 33)
    assert decided(member, NOW, "low_engagement", PARAMS) == "due"
    ClosureFactory(club=member.club, starts_on=TODAY - 20 * DAY, reopens_on=TODAY - 16 * DAY)
    assert decided(member, NOW, "low_engagement", PARAMS) == "active_enough"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"canceled": True}, "canceled"),
        ({"frozen": True}, "frozen"),
        ({"stage": "trial"}, "other_status"),
        ({"stage": "former"}, "other_status"),
        ({"joined_on": TODAY - 29 * DAY}, "too_new"),
        ({"joined_on": TODAY - 30 * DAY}, "due"),
        ({"joined_on": None}, "due"),
    ],
)
def test_who_is_judged(values, reason):
    assert decided(came(3, **values), NOW, "low_engagement", PARAMS) == reason


def test_a_last_visit_that_only_a_file_knew_is_one():
    member = MemberFactory(days_away=3)
    Visit.objects.create(member=member, attended_at=NOW - 10 * DAY)
    assert decided(member, NOW, "low_engagement", PARAMS) == "active_enough"
    assert decided(member, NOW, "low_engagement", PARAMS | {"min_activity_level": 3}) == "due"


def test_without_a_limit_nobody_is_away_too_long():
    assert decided(came(300), NOW, "low_engagement", PARAMS | {"max_days": None}) == "due"


def come(member, now):
    Visit.objects.create(member=member, attended_at=now)
    Member.objects.update(last_attended_at=now)


def ask(workflow, now):
    evaluate(start_run(workflow, kind="by_hand", now=now))
    advance(now=now)


def spells():
    return list(Enrollment.objects.order_by("pk").values_list("occurrence", "end_reason"))


def test_one_spell_is_followed_up_once_whoever_comes_now_and_then_in_between():
    member = came(31, 40)
    workflow = workflow_for(member.club, "low_engagement", PARAMS | {"max_days": None}, cooldown_days=0)
    # Again and again one visit in 30 days, for a year and more.
    for days in range(0, 480, 10):
        if days % 40 == 20:
            come(member, NOW + days * DAY)
        ask(workflow, NOW + days * DAY)
    assert spells() == [("often:2025-07-23", "")]


def test_coming_often_enough_ends_it_and_coming_less_again_counts_anew():
    member = came(31, 40)
    workflow = workflow_for(member.club, "low_engagement", PARAMS, cooldown_days=0)
    workflow.steps.update(delay=20)
    ask(workflow, NOW)
    for days in (5, 10):
        come(member, NOW + days * DAY)
    advance(now=NOW + 20 * DAY)
    assert spells() == [("often:2025-07-23", "came_back")]
    ask(workflow, NOW + 34 * DAY)
    assert len(spells()) == 1
    ask(workflow, NOW + 35 * DAY)
    assert spells()[1:] == [("often:2025-09-06", "")]


def test_the_second_spell_counts_though_the_first_visit_of_the_return_came_before_the_first_was_noticed():
    member = came(20, 40)
    workflow = workflow_for(member.club, "low_engagement", PARAMS, cooldown_days=0)
    ask(workflow, NOW)
    come(member, NOW + DAY)
    ask(workflow, NOW + DAY)
    ask(workflow, NOW + 12 * DAY)
    assert [name for name, _ in spells()] == ["often:2025-07-23", "often:2025-08-12"]


def test_somebody_who_never_came_often_enough_is_followed_up_once():
    member = came(joined_on=TODAY - 40 * DAY)
    workflow = workflow_for(member.club, "low_engagement", PARAMS, cooldown_days=0)
    for days in (0, 10, 20):
        ask(workflow, NOW + days * DAY)
    assert spells() == [("often:2025-07-23", "")]
    assert decided(came(3, joined_on=None), NOW, "low_engagement", PARAMS) == "due"


def test_a_worker_that_was_down_for_three_days_loses_nobody():
    member = came(27, 28)
    workflow = workflow_for(member.club, "low_engagement", PARAMS)
    ask(workflow, NOW)
    assert spells() == []
    ask(workflow, NOW + 5 * DAY)
    assert len(spells()) == 1


def test_asking_costs_the_same_for_many():
    def statements(number):
        club = ClubFactory()
        for _ in range(number):
            came(31, 40, club=club)
        workflow = workflow_for(club, "low_engagement", PARAMS)
        with CaptureQueriesContext(connection) as asked:
            evaluate(start_run(workflow, kind="by_hand", now=NOW))
        return len(asked)

    assert statements(1) == statements(7)


@pytest.mark.parametrize(
    ("days_ago", "why", "next_at"),
    [
        ((25, 35), "Fewer than 2 visits within 30 days, since 27 August 2025.", "2025-09-01T10:00Z"),
        ((5,), "Fewer than 2 visits within 30 days, since 19 May 2024.", "2025-09-01T10:00Z"),
        ((5, 10), "Came often enough within the last 30 days: needed are 2 visits.", "2025-09-21T08:00Z"),
        ((70,), "Away for 60 days or more, which is too long for a message.", None),
    ],
)
def test_it_says_why_and_when(days_ago, why, next_at):
    member = came(*days_ago)
    explanation = explain(member, workflow_for(member.club, "low_engagement", PARAMS), now=NOW)
    assert explanation.why == why
    assert explanation.next_at == (next_at and at(next_at))
    if next_at:
        assert explanation.what_next.endswith(" unless John comes often enough before.")


def test_it_shows_who_is_near():
    club = ClubFactory()
    due, near, far = (came(*days, club=club) for days in ((25, 33), (2, 28), (2, 10)))
    shown = preview(Question(workflow_for(club, "low_engagement", PARAMS), NOW))
    assert [(person.pk, person.says) for person in shown.just_in] == [(due.pk, "for 3 days")]
    assert [(person.pk, person.says) for person in shown.just_out] == [
        (near.pk, "2 days left to come again"),
        (far.pk, "20 days left to come again"),
    ]


def test_it_says_what_it_does():
    said = TRIGGER.sentence(TRIGGER.clean(PARAMS, None))
    assert said == "When a member has come fewer than 2 times within 30 days"


@pytest.mark.parametrize("params", [{}, PARAMS | {"inactive_days": 1}, PARAMS | {"min_activity_level": 0}])
def test_it_refuses_parameters_that_make_no_sense(params):
    with pytest.raises(ValidationError):
        TRIGGER.clean(params, None)


def test_the_limit_of_days_away_may_be_left_out():
    assert TRIGGER.clean({"inactive_days": 30, "min_activity_level": 2}, None)["max_days"] is None
