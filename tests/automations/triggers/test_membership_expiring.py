"""Membership expiring: at which days before the end, with what after it, over when renewed, and what messages say of it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.advancement import advance
from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Enrollment
from automations.triggers import TRIGGERS
from members.models import Agreement
from members.rules.days import AwayClock
from messaging.models import Message
from messaging.operations.delivery import deliver
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, AgreementFactory, ClubFactory, MemberFactory
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = NOW.date()
TRIGGER = TRIGGERS["membership_expiring"]
PARAMS = {"days_before": 14}


@pytest.mark.parametrize(
    ("zone", "ends_on", "now", "reason"),
    [
        ("UTC", "2025-09-15", "2025-08-31T23:59:59Z", "no_occasion"),
        ("UTC", "2025-09-15", "2025-09-01T00:00:00Z", "due"),
        ("UTC", "2025-09-15", "2025-09-15T23:59:59Z", "due"),
        ("UTC", "2025-09-15", "2025-09-16T00:00:00Z", "too_long_ago"),
        ("UTC", "2025-09-15", "2025-10-17T10:00:00Z", "no_occasion"),
        ("UTC", "2024-03-14", "2024-02-28T23:59:59Z", "no_occasion"),
        ("UTC", "2024-03-14", "2024-02-29T00:00:00Z", "due"),
        ("UTC", "2025-03-14", "2025-02-28T00:00:00Z", "due"),
        ("UTC", "2024-02-29", "2024-02-15T00:00:00Z", "due"),
        ("UTC", "2026-01-10", "2025-12-27T00:00:00Z", "due"),
        ("Pacific/Auckland", "2025-09-15", "2025-08-31T11:59:59Z", "no_occasion"),
        ("Pacific/Auckland", "2025-09-15", "2025-08-31T12:00:00Z", "due"),
        ("Pacific/Auckland", "2025-09-15", "2025-09-15T12:00:00Z", "too_long_ago"),
        ("Pacific/Honolulu", "2025-09-15", "2025-09-01T09:59:59Z", "no_occasion"),
        ("Pacific/Honolulu", "2025-09-15", "2025-09-16T09:59:59Z", "due"),
        # The night of 23 hours lies in between, and that of 25.
        ("America/New_York", "2025-03-20", "2025-03-06T04:59:59Z", "no_occasion"),
        ("America/New_York", "2025-03-20", "2025-03-06T05:00:00Z", "due"),
        ("America/New_York", "2025-11-10", "2025-10-27T03:59:59Z", "no_occasion"),
        ("America/New_York", "2025-11-10", "2025-10-27T04:00:00Z", "due"),
    ],
)
def test_days_are_calendar_days_of_the_club(zone, ends_on, now, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone))
    AgreementFactory(member=member, ends_on=dt.date.fromisoformat(ends_on))
    assert decided(member, at(now), "membership_expiring", PARAMS) == reason


@pytest.mark.parametrize(
    ("ending", "other", "reason"),
    [
        ({}, None, "due"),
        ({"canceled": True}, None, "no_occasion"),
        ({"expired": True}, None, "no_occasion"),
        ({"in_collections": True}, None, "no_occasion"),
        ({"is_trial": True}, None, "no_occasion"),
        ({"ends_on": None}, None, "no_occasion"),
        # What follows it, or not.
        ({}, {"ends_on": TODAY + 300 * DAY}, "no_occasion"),
        ({}, {"ends_on": None}, "no_occasion"),
        ({}, {"ends_on": TODAY + 300 * DAY, "canceled": True}, "due"),
        ({}, {"ends_on": TODAY + 300 * DAY, "is_trial": True}, "due"),
        ({}, {"ends_on": TODAY + 2 * DAY}, "due"),
        ({}, {"ends_on": TODAY + 6 * DAY}, "due"),
    ],
)
def test_only_an_active_agreement_that_nothing_follows_ends(ending, other, reason):
    member = MemberFactory()
    AgreementFactory(**{"member": member, "ends_on": TODAY + 5 * DAY} | ending)
    if other:
        AgreementFactory(member=member, **other)
    assert decided(member, NOW, "membership_expiring", PARAMS) == reason


def run(workflow, now):
    evaluate(start_run(workflow, kind="by_hand", now=now))
    advance(now=now)


def test_the_message_says_when_it_ends(club, provider: ScriptedTransport):
    AgreementFactory(member__club=club, ends_on=TODAY + 10 * DAY)
    run(workflow_for(club, "membership_expiring", PARAMS, "{{ ends_on }}: {{ days_left }} days"), NOW)
    deliver(clock=lambda: NOW)
    assert [envelope.text for envelope in provider.asked] == ["11 September 2025: 10 days"]


def test_an_end_counts_once_and_another_end_anew(club, provider: ScriptedTransport):
    agreement = AgreementFactory(member__club=club, ends_on=TODAY + 10 * DAY)
    workflow = workflow_for(club, "membership_expiring", PARAMS, cooldown_days=0)
    for days, moved in ((0, 10), (1, 10), (2, 300), (290, 300)):
        Agreement.objects.update(ends_on=TODAY + moved * DAY)
        run(workflow, NOW + days * DAY)
    names = [f"agreement:{agreement.pk}:{TODAY + days * DAY}" for days in (10, 300)]
    assert list(Enrollment.objects.order_by("pk").values_list("occurrence", flat=True)) == names


@pytest.mark.parametrize(
    ("change", "other", "reason"),
    [
        ({"ends_on": TODAY + 300 * DAY}, None, "membership_renewed"),
        ({"ends_on": None}, None, "membership_renewed"),
        ({}, {"ends_on": TODAY + 300 * DAY}, "membership_renewed"),
        ({"status": "inactive", "alert": "canceled"}, None, "canceled"),
        ({"status": "inactive", "alert": "expired"}, None, ""),
        ({}, None, ""),
    ],
)
def test_renewing_or_canceling_ends_what_was_planned(change, other, reason, club):
    agreement = AgreementFactory(member__club=club, ends_on=TODAY + 10 * DAY)
    workflow = workflow_for(club, "membership_expiring", PARAMS)
    workflow.steps.update(delay=12)
    run(workflow, NOW)
    Agreement.objects.update(**change)
    if other:
        AgreementFactory(member=agreement.member, **other)
    advance(now=NOW + 12 * DAY)
    assert Enrollment.objects.get().end_reason == reason


def test_a_message_that_waits_is_not_sent_to_who_renewed(club, provider: ScriptedTransport):
    AgreementFactory(member__club=club, ends_on=TODAY + 10 * DAY)
    run(workflow_for(club, "membership_expiring", PARAMS), NOW)
    Agreement.objects.update(ends_on=TODAY + 400 * DAY)
    assert deliver(clock=lambda: NOW) == {"skipped": 1}
    assert Message.objects.get().reason == "membership_renewed"


@pytest.mark.parametrize("number", [1, 6])
def test_what_is_over_and_what_is_said_cost_the_same_for_many(number, django_assert_num_queries):
    club = ClubFactory()
    names = [f"agreement:{AgreementFactory(member__club=club).pk}:2025-09-11" for _ in range(number)]
    with django_assert_num_queries(1):
        assert len(TRIGGER.over(club, NOW, PARAMS, names)) == number
    with django_assert_num_queries(1):
        clock = AwayClock.of(club, NOW)
    with django_assert_num_queries(0):
        assert TRIGGER.contexts(names, clock)[names[0]]["days_left"] == "10"


@pytest.mark.parametrize(
    ("ends_in", "why", "next_at"),
    [
        (5, "The membership ends on 6 September 2025, and nothing follows it.", "2025-09-01T10:00Z"),
        (
            16,
            "The membership ends on 17 September 2025, which is more than 14 days ahead.",
            "2025-09-03T08:00Z",
        ),
        (-1, "The membership ends on 31 August 2025, and nothing follows it.", None),
        (-40, "The membership ended on 23 July 2025.", None),
        (None, "Has no agreement with an end.", None),
    ],
)
def test_it_says_why_and_when(ends_in, why, next_at):
    member = AgreementFactory(ends_on=None if ends_in is None else TODAY + ends_in * DAY).member
    workflow = workflow_for(member.club, "membership_expiring", PARAMS)
    explanation = explain(member, workflow, now=NOW)
    assert explanation.why == why
    assert explanation.next_at == (next_at and at(next_at))


def test_it_shows_who_is_near():
    within, left, short, gone = TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), PARAMS)
    start = at("2025-09-01T00:00Z")
    assert within.distance(start - DAY) == (1, "ends in 13 days")
    assert left.distance(start - 14 * DAY) == (0, "ends today")
    assert short.distance(start + DAY) == (1, "ends in 15 days")
    assert gone.distance(start - 16 * DAY) == (2, "ended 2 days ago")


def test_it_says_what_it_does():
    assert TRIGGER.sentence(PARAMS) == "14 days before a membership ends that nothing follows"


@pytest.mark.parametrize("days", [0, 366, None])
def test_it_refuses_parameters_that_make_no_sense(days):
    with pytest.raises(ValidationError):
        TRIGGER.clean({"days_before": days}, None)
