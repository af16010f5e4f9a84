"""The explanation: a sentence for each status, and what else is owed."""

import datetime as dt

import pytest

from members.models import FollowUpStatus
from members.operations.follow_up import refresh_follow_up
from members.reports.follow_up import explain_follow_up
from members.rules.days import start_of_day
from tests.factories import NOW, AgreementFactory, ClubFactory, MemberFactory, PaymentFactory
from tests.members.rules.test_follow_up import EACH

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", FollowUpStatus)
def test_each_status_is_explained(status):
    found = explain_follow_up(EACH[status](), NOW)
    assert found.status == status
    assert all(reason.endswith(".") for reason in found.reasons)
    assert len(found.reasons) == 1


def agreement(**values):
    club = ClubFactory(currency="CHF", locale="de_CH")
    return AgreementFactory(member__club=club, external_id="812", name="Monthly", **values)


def reasons(member):
    return explain_follow_up(member, NOW).reasons


def test_it_tells_how_much_is_past_due_since_when():
    owing = agreement(past_due=4000, past_due_since=dt.date(2025, 5, 3))
    assert reasons(owing.member) == [
        "CHF 40.00 past due since 3. Mai 2025 on Monthly (812); would be Active Customer otherwise."
    ]


def test_it_adds_up_the_payments_that_did_not_come():
    owing = agreement()
    PaymentFactory(agreement=owing, amount=1000, due_on=dt.date(2025, 7, 1))
    PaymentFactory(agreement=owing, amount=500, status="failed")
    PaymentFactory(agreement=owing, amount=9999, due_on=NOW.date())
    PaymentFactory(agreement=owing, amount=9999, status="paid")
    assert reasons(owing.member) == [
        "CHF 15.00 past due since 1. Juli 2025 on Monthly (812); would be Active Customer otherwise."
    ]


def test_what_else_is_owed_is_told_besides():
    used = agreement(used=True, past_due=300)
    AgreementFactory(member=used.member, canceled=True, past_due=1200, name="", external_id="77")
    AgreementFactory(member=used.member, canceled=True, past_due=0)
    assert reasons(used.member) == [
        "Monthly (812) was for one session, which is used.",
        "Also CHF 3.00 past due on Monthly (812).",
        "Also CHF 12.00 past due on 77.",
    ]


def test_a_lead_is_told_by_where_she_came_from_and_when():
    lead = MemberFactory(stage="lead", origin="web", inquired_on=dt.date(2025, 8, 1))
    assert reasons(lead) == ["Came by way of: Website.", "Asked on 1 August 2025."]


def test_since_when_is_told_only_of_the_status_that_she_has():
    member = AgreementFactory().member
    assert explain_follow_up(member, NOW).since is None
    refresh_follow_up(club=member.club, member_ids=[member.pk], now=NOW)
    bought_on = member.agreements.get().purchased_on
    assert explain_follow_up(member, NOW).since == start_of_day(bought_on, member.club.zone)
    member.agreements.update(is_suspended=True)
    assert explain_follow_up(member, NOW).since is None
