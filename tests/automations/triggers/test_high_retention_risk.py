"""High retention risk: at which score, once while it stays, over when somebody comes, and how it is told."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.advancement import advance
from automations.engine.classification import Question
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Enrollment
from automations.reports.preview import preview
from automations.triggers import TRIGGERS
from members.models import Member
from members.operations.risk import score_members
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TRIGGER = TRIGGERS["high_retention_risk"]
PARAMS = {"risk_score_threshold": 0.7, "max_days": 60}


def scored(score, days_away=30, since=NOW - DAY, **values):
    member = MemberFactory(days_away=days_away, **values)
    known = {"retention_risk": score, "retention_risk_since": since if score >= 0.4 else None}
    Member.objects.filter(pk=member.pk).update(**known)
    member.refresh_from_db()
    return member


@pytest.mark.parametrize(
    ("score", "threshold", "reason"),
    [
        (0.69, 0.7, "low_risk"),
        (0.7, 0.7, "due"),
        (1.0, 0.7, "due"),
        (0.4, 0.4, "due"),
        (0.39, 0.4, "low_risk"),
        (0.99, 1, "low_risk"),
    ],
)
def test_the_score_counts_from_the_threshold(score, threshold, reason):
    params = PARAMS | {"risk_score_threshold": threshold}
    assert decided(scored(score), NOW, "high_retention_risk", params) == reason


@pytest.mark.parametrize(
    ("zone", "last", "now", "reason"),
    [
        ("UTC", "2025-08-31T00:00:00Z", "2025-09-01T23:59:59Z", "attended_recently"),
        ("UTC", "2025-08-30T23:59:59Z", "2025-09-01T00:00:00Z", "due"),
        ("UTC", "2025-07-04T00:00:00Z", "2025-09-01T10:00:00Z", "due"),
        ("UTC", "2025-07-03T23:59:59Z", "2025-09-01T10:00:00Z", "inactive"),
        ("Pacific/Auckland", "2025-08-30T12:00:00Z", "2025-09-01T11:59:59Z", "attended_recently"),
        ("Pacific/Auckland", "2025-08-30T11:59:59Z", "2025-09-01T11:59:59Z", "due"),
        ("Pacific/Honolulu", "2025-08-31T09:59:59Z", "2025-09-01T10:00:00Z", "due"),
        ("Pacific/Honolulu", "2025-08-31T10:00:00Z", "2025-09-01T10:00:00Z", "attended_recently"),
        ("America/New_York", "2025-03-08T05:00:00Z", "2025-03-10T03:59:59Z", "attended_recently"),
        ("America/New_York", "2025-11-01T04:00:00Z", "2025-11-03T05:00:00Z", "due"),
        ("UTC", "2024-02-28T23:59:59Z", "2024-03-01T00:00:00Z", "due"),
    ],
)
def test_who_came_lately_or_long_ago_is_left_alone(zone, last, now, reason):
    member = scored(0.8, club=ClubFactory(time_zone=zone))
    Member.objects.update(last_attended_at=at(last))
    assert decided(member, at(now), "high_retention_risk", PARAMS) == reason


@pytest.mark.parametrize(
    ("values", "reason"), [({"frozen": True}, "frozen"), ({"canceled": True}, "canceled")]
)
def test_who_froze_or_canceled_since_the_night_is_left_alone(values, reason):
    assert decided(scored(0.8, **values), NOW, "high_retention_risk", PARAMS) == reason


def test_whoever_never_came_may_be_at_risk():
    assert decided(scored(0.8, days_away=None), NOW, "high_retention_risk", PARAMS) == "due"


def test_without_a_limit_nobody_is_away_too_long():
    member = scored(0.8, days_away=300)
    assert decided(member, NOW, "high_retention_risk", PARAMS | {"max_days": None}) == "due"


def night(workflow, now):
    score_members(club=workflow.club, now=now)
    evaluate(start_run(workflow, kind="by_hand", now=now))
    advance(now=now)


def test_a_risk_is_followed_up_once_while_it_stays_and_anew_when_it_comes_back():
    member = MemberFactory(days_away=25)
    workflow = workflow_for(member.club, "high_retention_risk", PARAMS, cooldown_days=0)
    for days in range(0, 20):
        night(workflow, NOW + days * DAY)
    assert Enrollment.objects.count() == 1
    Member.objects.update(last_attended_at=NOW + 20 * DAY)
    for days in range(21, 60):
        night(workflow, NOW + days * DAY)
    assert Enrollment.objects.count() == 2


def test_a_score_that_wavers_about_the_threshold_is_followed_up_once():
    member = scored(0.72, since=NOW - 5 * DAY)
    workflow = workflow_for(member.club, "high_retention_risk", PARAMS, cooldown_days=0)
    for score in (0.72, 0.66, 0.74):
        Member.objects.update(retention_risk=score)
        evaluate(start_run(workflow, kind="by_hand", now=NOW))
        advance(now=NOW)
    assert Enrollment.objects.count() == 1


def test_a_message_that_waits_is_not_sent_to_who_came(provider: ScriptedTransport):
    club = ClubFactory(send_from="12:00", send_until="20:00")
    member = scored(0.8, club=club)
    workflow = workflow_for(club, "high_retention_risk", PARAMS)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    advance(now=NOW)
    Member.objects.filter(pk=member.pk).update(last_attended_at=NOW + DAY / 24)
    assert deliver(clock=lambda: NOW.replace(hour=12)) == {"skipped": 1}
    assert Message.objects.get().reason == "came_back"


def test_who_is_no_longer_at_risk_takes_no_further_step():
    member = scored(0.8)
    workflow = workflow_for(member.club, "high_retention_risk", PARAMS)
    workflow.steps.update(delay=3)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    Member.objects.update(retention_risk=0.1, retention_risk_since=None)
    advance(now=NOW + 3 * DAY)
    assert Enrollment.objects.get().end_reason == "came_back"


def test_being_away_ever_longer_ends_nothing():
    member = scored(0.8, days_away=59)
    workflow = workflow_for(member.club, "high_retention_risk", PARAMS)
    workflow.steps.update(delay=10)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    advance(now=NOW)
    assert advance(now=NOW + 10 * DAY) == {"done": 1}


@pytest.mark.parametrize(
    ("score", "days_away", "why", "next_at"),
    [
        (0.8, 30, "At risk since 31 August 2025, with 0.70 or more.", "2025-09-01T10:00Z"),
        (0.5, 30, "At risk since 31 August 2025, but with less than 0.70.", None),
        (0.1, 30, "Not at risk.", None),
        (0.8, 1, "Came today or yesterday.", "2025-09-02T08:00Z"),
        (0.8, 99, "At risk since 31 August 2025, and away for 60 days or more.", None),
    ],
)
def test_it_says_why_and_when(score, days_away, why, next_at):
    member = scored(score, days_away)
    explanation = explain(member, workflow_for(member.club, "high_retention_risk", PARAMS), now=NOW)
    assert explanation.why == why
    assert explanation.next_at == (next_at and at(next_at))


def test_it_shows_who_is_near():
    club = ClubFactory()
    high, due, near, _none = (scored(score, club=club) for score in (0.9, 0.72, 0.65, 0.0))
    shown = preview(Question(workflow_for(club, "high_retention_risk", PARAMS), NOW))
    assert [(person.pk, person.says) for person in shown.just_in] == [
        (due.pk, "risk 0.72"),
        (high.pk, "risk 0.90"),
    ]
    assert [(person.pk, person.says) for person in shown.just_out] == [(near.pk, "risk 0.65")]


def test_it_says_what_it_does():
    assert TRIGGER.sentence(PARAMS) == "When a member's retention risk comes to 0.70"


@pytest.mark.parametrize("threshold", [0.39, 1.01, "high", None])
def test_it_refuses_parameters_that_make_no_sense(threshold):
    with pytest.raises(ValidationError):
        TRIGGER.clean({"risk_score_threshold": threshold}, None)


def test_the_limit_of_days_away_may_be_left_out():
    assert TRIGGER.clean({"risk_score_threshold": 0.7}, None)["max_days"] is None
