"""Writing the retention risk: only where it changed, since when it is one to watch, and in ranges."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import Member
from members.operations import risk
from members.operations.risk import score_members
from tests.factories import NOW, ClubFactory, MemberFactory, PaymentFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def kept(member):
    member.refresh_from_db()
    return member.retention_risk, member.retention_risk_since, member.retention_risk_reasons


def test_it_writes_score_reasons_and_since():
    member = MemberFactory(days_away=35)
    assert score_members(club=member.club, now=NOW) == {"scored": 1, "changed": 1}
    assert kept(member) == (0.7, NOW, "gap fewer")


def test_what_did_not_change_is_not_written():
    member = MemberFactory(days_away=35)
    score_members(club=member.club, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert score_members(club=member.club, now=NOW + DAY / 24) == {"scored": 1, "changed": 0}
    assert not [query for query in asked if "UPDATE" in query["sql"]]


def test_since_stands_while_the_risk_rises_and_goes_when_it_is_over():
    member = MemberFactory(days_away=25)
    for days, score, since in ((0, 0.29, None), (5, 0.62, 5), (8, 0.67, 5), (30, 0.7, 5)):
        score_members(club=member.club, now=NOW + days * DAY)
        assert kept(member)[:2] == (score, since and NOW + since * DAY)
    Member.objects.update(last_attended_at=NOW + 31 * DAY)
    score_members(club=member.club, now=NOW + 32 * DAY)
    assert kept(member) == (0.0, None, "")
    score_members(club=member.club, now=NOW + 70 * DAY)
    assert kept(member)[1] == NOW + 70 * DAY


def test_another_reason_for_the_same_score_is_written():
    member = MemberFactory(days_away=35)
    score_members(club=member.club, now=NOW)
    Member.objects.update(retention_risk_reasons="gap")
    assert score_members(club=member.club, now=NOW)["changed"] == 1
    assert kept(member)[2] == "gap fewer"


def test_somebody_who_froze_is_not_judged_any_more():
    member = MemberFactory(days_away=35)
    score_members(club=member.club, now=NOW)
    Member.objects.update(membership_status="frozen")
    score_members(club=member.club, now=NOW)
    assert kept(member) == (0.0, None, "")


def test_it_looks_at_its_own_club_alone():
    member, other = MemberFactory(days_away=35), MemberFactory(days_away=35)
    score_members(club=member.club, now=NOW)
    assert kept(other) == (0.0, None, "")


def test_ranges_and_batches_lose_nobody(monkeypatch):
    club = ClubFactory()
    members = [MemberFactory(club=club, days_away=35) for _ in range(7)]
    monkeypatch.setattr(risk, "RANGE", 3)
    monkeypatch.setattr(risk, "WRITTEN_AT_ONCE", 2)
    assert score_members(club=club, now=NOW) == {"scored": 7, "changed": 7}
    assert {kept(member)[0] for member in members} == {0.7}


def test_it_costs_the_same_for_many_as_for_one():
    def statements(number):
        club = ClubFactory()
        for _ in range(number):
            PaymentFactory(member=MemberFactory(club=club, days_away=35), agreement=None)
            MemberFactory(club=club, days_away=1)
        with CaptureQueriesContext(connection) as asked:
            score_members(club=club, now=NOW)
        return len(asked)

    assert statements(1) == statements(8)
