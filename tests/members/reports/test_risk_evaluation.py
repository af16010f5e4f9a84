"""How well the risk foretold: who is judged, who lapsed, what the numbers are worth, and that too few say nothing."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.models import Member, Visit
from members.reports.risk_evaluation import area_under_curve, evaluate_risk
from tests.factories import NOW, ClubFactory, MemberFactory

DAY = dt.timedelta(days=1)
LONG_AGO = NOW.date() - 900 * DAY


def member_who_came(club, *days_ago, **values):
    """Came so many days before NOW, as Rollcall has known since."""
    member = MemberFactory(club=club, joined_on=LONG_AGO, **values)
    Visit.objects.bulk_create(Visit(member=member, attended_at=NOW - days * DAY) for days in days_ago)
    Member.objects.filter(pk=member.pk).update(last_attended_at=NOW - min(days_ago) * DAY)
    return member


def weekly(first, last):
    return range(first, last, 7)


@pytest.fixture
def club(db):
    return ClubFactory()


@pytest.mark.parametrize(
    ("days_ago", "values", "lapsed", "stayed"),
    [
        ([100, 1], {}, 0, 1),
        ([100, 59], {}, 0, 1),
        ([100, 60], {}, 1, 0),
        ([100], {}, 1, 0),
        ([100, 1], {"canceled": True}, 1, 0),
        ([100, 1], {"stage": "former"}, 1, 0),
        ([100, 1], {"frozen": True}, 0, 0),
        ([100, 1], {"stage": "lead"}, 0, 0),
        # Had not come in the 60 days before that day, so that there was nothing to foretell.
        ([150, 1], {}, 0, 0),
        ([149.9, 1], {}, 0, 1),
        ([89, 1], {}, 0, 0),
    ],
)
def test_who_is_judged_and_who_lapsed(club, days_ago, values, lapsed, stayed):
    member_who_came(club, *days_ago, **values)
    found = evaluate_risk(club, NOW)
    assert (found.lapsed, found.stayed) == (lapsed, stayed)


def test_who_was_frozen_then_is_not_judged(club):
    member = member_who_came(club, 100)
    member.history.update(history_date=NOW - 200 * DAY, membership_status="frozen")
    assert evaluate_risk(club, NOW).lapsed == 0


def test_a_file_that_knows_only_the_last_visit_tells_who_lapsed(club):
    MemberFactory(club=club, days_away=100)
    assert evaluate_risk(club, NOW).lapsed == 1


def test_too_few_say_nothing(club):
    for _ in range(19):
        member_who_came(club, 100)
    for _ in range(30):
        member_who_came(club, 100, 1)
    found = evaluate_risk(club, NOW)
    assert (found.lapsed, found.stayed, found.auc, found.auc_of_gap) == (19, 30, None, None)


def test_those_who_faded_before_are_told_from_those_who_came_on(club):
    for n in range(20):
        member_who_came(club, *weekly(112 + n % 7, 200))
        member_who_came(club, *weekly(1 + n % 7, 200))
    found = evaluate_risk(club, NOW)
    assert (found.auc, found.auc_of_gap) == (1.0, 1.0)
    lowest = found.tenths[0]
    assert (lowest.begins, lowest.members, lowest.lapsed_share) == (0.0, 20, 0.0)
    assert sum(tenth.members for tenth in found.tenths) == 40
    assert all(tenth.begins <= tenth.mean_score < tenth.begins + 0.1 for tenth in found.tenths)


def test_the_score_of_then_knows_nothing_of_what_came_later(club):
    for n in range(20):
        member_who_came(club, *weekly(91 + n % 7, 200))
        member_who_came(club, *weekly(91 + n % 7, 200), 1)
    assert evaluate_risk(club, NOW).auc == 0.5


def test_it_costs_two_statements_for_each_club(club, django_assert_num_queries):
    for _ in range(5):
        member_who_came(club, 100, 1)
    with django_assert_num_queries(4):  # Twice the club's closures.
        evaluate_risk(club, NOW)


@pytest.mark.parametrize(
    ("higher", "lower", "area"),
    [
        ([(0.9, 1)], [(0.1, 1)], 1.0),
        ([(0.1, 1)], [(0.9, 1)], 0.0),
        ([(0.5, 3)], [(0.5, 7)], 0.5),
        ([(0.9, 1), (0.1, 1)], [(0.5, 2)], 0.5),
        ([(0.9, 3), (0.1, 1)], [(0.5, 2)], 0.75),
    ],
)
def test_the_area_is_the_share_of_pairs(higher, lower, area):
    assert area_under_curve(higher, lower) == area


some = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 3)), min_size=1, max_size=5)


@given(some, some)
def test_the_area_is_what_comparing_each_pair_gives(higher, lower):
    ours = [value for value, number in higher for _ in range(number)]
    theirs = [value for value, number in lower for _ in range(number)]
    won = sum((mine > other) + (mine == other) / 2 for mine in ours for other in theirs)
    assert area_under_curve(higher, lower) == pytest.approx(won / (len(ours) * len(theirs)))
