"""The retention risk of anybody: from 0 to 1, never lower for staying away, owing, or missing more; and as its docstring counts."""

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from members.models import Club, Member, Visit
from members.rules.risk import risks
from tests.factories import (
    NOW,
    BookingFactory,
    ClassSessionFactory,
    ClosureFactory,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    PaymentFactory,
)

DAY = dt.timedelta(days=1)
TODAY = NOW.date()

days_of_visits = st.lists(st.integers(1, 200), max_size=25, unique=True)
"""Days before NOW."""
closures = st.lists(st.tuples(st.integers(-5, 60), st.integers(1, 20)), max_size=3)
"""First day shut, so many days before NOW; and for how many."""


def member_with(visits, joined=300, shut=()):
    club = ClubFactory()
    for before, length in shut:
        first = TODAY - before * DAY
        ClosureFactory(club=club, starts_on=first, reopens_on=first + length * DAY)
    member = MemberFactory(club=club, days_away=min(visits, default=None), joined_on=TODAY - joined * DAY)
    noon = NOW.replace(hour=12)
    Visit.objects.bulk_create(Visit(member=member, attended_at=noon - days * DAY) for days in visits)
    return member


def score_of(member, now=NOW):
    (found,) = risks(Member.objects.filter(pk=member.pk), member.club, now)
    return found.score


def counted(visits, joined, shut):
    """The score once more, by hand, with nothing owed, no class missed and no text unanswered."""
    seen = min(visits, default=joined)
    shut_days = {before - n for before, length in shut for n in range(length)}
    open_days = [day for day in range(200 + joined) if day not in shut_days]
    gap = sum(day < seen for day in open_days)
    window = sorted(days - seen for days in visits if days - seen < 120)
    usual = min(max(window[-1] / (len(window) - 1), 2.0), 30.0) if len(window) > 2 else 7.0
    month_ends = open_days[29]
    recent = 0 if gap >= 30 else max(1, sum(days <= month_ends for days in visits))
    earlier = sum(30 <= days < 120 for days in window)
    parts = [
        min(max((gap - usual) / (4 * usual), 0.0), 1.0),
        1.0 if gap >= 30 else 0.0 if 3 * recent >= earlier else 1 - 3 * recent / earlier,
        min(max(1 - (joined - seen) / 180, 0.0), 1.0),
    ]
    return math.floor(45 * parts[0] + 25 * parts[1] + 10 * parts[2] + 0.5) / 100


@pytest.mark.long
class TestAnybody(TestCase):
    @given(days_of_visits, st.integers(0, 300), closures)
    def test_it_is_what_the_docstring_counts(self, visits, joined, shut):
        joined = max([joined, *visits])
        assert score_of(member_with(visits, joined, shut)) == counted(visits, joined, shut)

    @given(
        days_of_visits, st.integers(0, 300), closures, st.lists(st.integers(0, 90), min_size=1, max_size=4)
    )
    def test_whoever_only_stays_away_never_comes_to_a_lower_score(self, visits, joined, shut, later):
        member = member_with(visits, joined, shut)
        scores = [score_of(member, NOW + days * DAY) for days in sorted({0, *later})]
        assert scores == sorted(scores)
        assert all(0 <= score <= 1 for score in scores)

    @given(days_of_visits, st.integers(0, 59))
    def test_owing_missing_classes_and_not_answering_never_lower_it(self, visits, ago):
        member = member_with(visits)
        scores = [score_of(member)]
        Club.objects.update(sms_number="+41791234567")
        member.club.refresh_from_db()
        for _ in range(3):
            session = ClassSessionFactory(club=member.club, starts_at=NOW - ago * DAY)
            BookingFactory(member=member, class_session=session, status="no_show")
            scores.append(score_of(member))
        for _ in range(3):
            MessageFactory(member=member, status="sent", is_capped=True, sent_at=NOW, ended_at=NOW)
            scores.append(score_of(member))
        PaymentFactory(member=member, agreement=None)
        scores.append(score_of(member))
        assert scores == sorted(scores)
        assert scores[-1] <= 1
