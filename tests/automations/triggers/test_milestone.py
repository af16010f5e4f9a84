"""Milestone: the visit of a number and the anniversary of joining, when each falls, once, and what messages say of it."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from automations.engine.evaluation import evaluate, start_run
from automations.engine.explanation import explain
from automations.models import Enrollment
from automations.triggers import TRIGGERS
from members.models import Member, Visit
from members.rules.days import AwayClock
from tests.automations.triggers.asking import at, decided, workflow_for
from tests.factories import NOW, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TRIGGER = TRIGGERS["milestone"]
VISITS = {"type": "classes_attended", "value": 3}
YEARS = {"type": "anniversary", "value": 2}


def came(*days_ago, **values):
    member = MemberFactory(last_attended_at=NOW - min(days_ago) * DAY, **values)
    Visit.objects.bulk_create(Visit(member=member, attended_at=NOW - days * DAY) for days in days_ago)
    return member


@pytest.mark.parametrize(
    ("days_ago", "reason"),
    [
        ((1, 2), "no_occasion"),
        ((0, 1, 2), "due"),
        ((0, 1, 2, 3), "due"),
        ((0, 1, 2, 3, 4), "due"),
        # The third was the one of four days ago, at ten; then the one before.
        ((0, 4, 5, 6), "due"),
        ((0, 4.1, 5, 6), "missed"),
        ((0, 30, 31, 32), "missed"),
        ((0, 33, 34, 35), "no_occasion"),
        ((40, 41, 42), "no_occasion"),
    ],
)
def test_the_visit_of_that_number_counts(days_ago, reason):
    assert decided(came(*days_ago), NOW, "milestone", VISITS) == reason


@pytest.mark.parametrize(
    ("zone", "joined", "now", "years", "reason"),
    [
        ("UTC", "2023-09-01", "2025-08-31T23:59:59Z", 2, "no_occasion"),
        ("UTC", "2023-09-01", "2025-09-01T00:00:00Z", 2, "due"),
        ("UTC", "2023-09-01", "2025-09-05T00:00:00Z", 2, "due"),
        ("UTC", "2023-09-01", "2025-09-05T00:00:01Z", 2, "missed"),
        ("UTC", "2023-09-01", "2025-10-03T10:00:00Z", 2, "no_occasion"),
        ("UTC", "2023-09-01", "2025-09-01T10:00:00Z", 1, "no_occasion"),
        ("UTC", "2023-09-01", "2025-09-01T10:00:00Z", 3, "no_occasion"),
        ("UTC", "2023-12-31", "2026-01-02T10:00:00Z", 2, "due"),
        ("UTC", "2024-02-29", "2025-02-27T23:59:59Z", 1, "no_occasion"),
        ("UTC", "2024-02-29", "2025-02-28T00:00:00Z", 1, "due"),
        ("UTC", "2024-02-29", "2028-02-28T23:59:59Z", 4, "no_occasion"),
        ("UTC", "2024-02-29", "2028-02-29T00:00:00Z", 4, "due"),
        ("UTC", "2023-02-28", "2024-02-28T00:00:00Z", 1, "due"),
        ("Pacific/Auckland", "2023-09-01", "2025-08-31T12:00:00Z", 2, "due"),
        ("Pacific/Auckland", "2023-09-01", "2025-08-31T11:59:59Z", 2, "no_occasion"),
        ("Pacific/Honolulu", "2023-09-01", "2025-09-01T09:59:59Z", 2, "no_occasion"),
        ("Pacific/Honolulu", "2023-09-01", "2025-09-01T10:00:00Z", 2, "due"),
        ("America/New_York", "2023-03-09", "2025-03-09T05:00:00Z", 2, "due"),
        ("America/New_York", "2023-11-02", "2025-11-02T03:59:59Z", 2, "no_occasion"),
    ],
)
def test_the_anniversary_of_joining_counts(zone, joined, now, years, reason):
    member = MemberFactory(club=ClubFactory(time_zone=zone), joined_on=dt.date.fromisoformat(joined))
    assert decided(member, at(now), "milestone", {"type": "anniversary", "value": years}) == reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"canceled": True}, "canceled"), ({"stage": "former"}, "other_status"), ({"frozen": True}, "due")],
)
def test_who_is_congratulated(values, reason):
    member = came(0, 1, 2, joined_on=dt.date(2023, 9, 1), **values)
    assert decided(member, NOW, "milestone", VISITS) == reason
    assert decided(member, NOW, "milestone", YEARS) == reason


def test_who_joined_on_no_known_day_has_no_anniversary():
    assert decided(MemberFactory(), NOW, "milestone", YEARS) == "no_occasion"


def test_whoever_is_due_is_among_those_who_may_be():
    """What the panel looks at first leaves nobody out, at any day of a year."""
    for day in range(0, 366, 7):
        now = at("2024-02-28T10:00Z") + day * DAY
        member = MemberFactory(joined_on=now.date().replace(year=2022, day=min(now.day, 28)))
        asked = TRIGGER.occurrences(member.club, now, YEARS, Enrollment.objects.none())
        is_due = decided(member, now, "milestone", YEARS) == "due"
        assert is_due <= asked.members.filter(asked.may_be_due, pk=member.pk).exists()


def test_a_visit_taken_back_and_made_again_is_celebrated_once():
    member = came(0, 1, 2)
    workflow = workflow_for(member.club, "milestone", VISITS, cooldown_days=0)
    evaluate(start_run(workflow, kind="by_hand", now=NOW))
    member.visits.order_by("-attended_at").first().delete()
    Visit.objects.create(member=member, attended_at=NOW + DAY)
    Member.objects.update(last_attended_at=NOW + DAY)
    evaluate(start_run(workflow, kind="by_hand", now=NOW + DAY))
    assert Enrollment.objects.get().occurrence == "classes_attended:3"


def test_messages_may_say_the_number():
    clock = AwayClock.of(ClubFactory(), NOW)
    names = ["classes_attended:100", "anniversary:2:2025-09-01"]
    assert TRIGGER.contexts(names, clock) == {names[0]: {"classes_attended": "100"}, names[1]: {"years": "2"}}


@pytest.mark.parametrize(
    ("params", "values", "why"),
    [
        (VISITS, {"last_attended_at": None}, "Did not make visit number 3 lately."),
        (
            YEARS,
            {"joined_on": dt.date(2023, 9, 1)},
            "Anniversary number 2 of joining was on 1 September 2025.",
        ),
        (YEARS, {}, "Nobody knows the day of joining."),
        (
            YEARS,
            {"joined_on": dt.date(2020, 8, 1)},
            "The last anniversary of joining was on 1 August 2025, and not number 2 lately.",
        ),
    ],
)
def test_it_says_why(params, values, why):
    member = MemberFactory(**values)
    assert explain(member, workflow_for(member.club, "milestone", params), now=NOW).why == why


def test_it_says_which_visit_it_was():
    member = came(1, 2, 3)
    explanation = explain(member, workflow_for(member.club, "milestone", VISITS), now=NOW)
    assert explanation.why == "Made visit number 3 on 31 August 2025."
    assert ("made visit number 3 lately", "3 visits on record") in [
        (gate.question, gate.seen) for gate in explanation.gates
    ]


def test_it_says_when_the_next_anniversary_comes():
    member = MemberFactory(joined_on=dt.date(2023, 9, 9))
    explanation = explain(member, workflow_for(member.club, "milestone", YEARS), now=NOW)
    assert explanation.next_at == at("2025-09-09T08:00Z")


def test_it_shows_who_is_near():
    due, missed, to_come = TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), YEARS)
    assert due.distance(NOW) == (0, "today")
    assert missed.distance(NOW - 9 * DAY) == (9, "9 days ago")
    assert to_come.distance(at("2024-09-03T00:00Z")) == (2, "in 2 days")
    assert len(TRIGGER.edges(AwayClock.of(ClubFactory(), NOW), VISITS)) == 2


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (VISITS, "When a member makes visit number 3"),
        (YEARS, "On the day on which a member joined 2 years ago"),
        (YEARS | {"value": 1}, "On the day on which a member joined 1 year ago"),
    ],
)
def test_it_says_what_it_does(params, sentence):
    assert TRIGGER.sentence(TRIGGER.clean(params, None)) == sentence


@pytest.mark.parametrize(
    "params", [{}, VISITS | {"value": 0}, YEARS | {"value": 101}, VISITS | {"type": "wins"}]
)
def test_it_refuses_parameters_that_make_no_sense(params):
    with pytest.raises(ValidationError):
        TRIGGER.clean(params, None)
