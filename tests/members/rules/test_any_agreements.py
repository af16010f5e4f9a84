"""Any agreements at all have the status that the rules give when written out in plain Python."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from members.models import Agreement, FollowUpStatus, Member, Payment
from members.rules.follow_up import status_of_agreement, with_follow_up
from tests.factories import NOW, AgreementFactory, ClubFactory, MemberFactory, PaymentFactory

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
S = FollowUpStatus

ONE_AGREEMENT = st.fixed_dictionaries(
    {
        "purchased_on": st.dates(dt.date(2025, 7, 1), dt.date(2025, 7, 4)),
        "sessions": st.sampled_from([(None, None), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (10, 10)]),
        "status": st.sampled_from(Agreement.Status.values),
        "alert": st.sampled_from(["", *Agreement.Alert.values]),
        "is_suspended": st.booleans(),
        "past_due": st.sampled_from([None, 0, 1, 4000]),
        "is_trial": st.sampled_from([False, False, False, True]),
        "payment": st.none()
        | st.tuples(
            st.sampled_from([TODAY - DAY, TODAY, TODAY + DAY]),
            st.sampled_from(Payment.Status.values),
            st.sampled_from([0, 1]),
        ),
    }
)


def made(member, facts):
    values = dict(facts)
    bought, left = values.pop("sessions")
    payment = values.pop("payment")
    agreement = AgreementFactory(member=member, sessions_bought=bought, sessions_left=left, **values)
    if payment:
        due_on, status, amount = payment
        PaymentFactory(agreement=agreement, due_on=due_on, status=status, amount=amount)
    return agreement


def by_hand_of_one(facts):
    bought, left = facts["sessions"]
    payment = facts["payment"]
    due = facts["past_due"]
    if due is None:
        due = payment[2] if payment and payment[1] in ("pending", "failed") and payment[0] < TODAY else 0
    status = S.ACTIVE
    if due > 0:
        status = S.DELINQUENT
    if facts["is_suspended"]:
        status = S.SUSPENDED
    if bought == 1:
        status = S.DROP_IN if left == 0 else S.RENEWAL
    if facts["status"] == "inactive":
        status = S.CANCELED if facts["alert"] == "canceled" else S.EXPIRED
    if facts["status"] == "collections":
        status = S.COLLECTIONS
    return status


def by_hand(agreements):
    """Given in the order of their numbers."""
    bought = [facts for facts in agreements if not facts["is_trial"]]
    if not bought:
        return S.ACTIVE
    groups = [
        [facts for facts in bought if facts["status"] == "collections"],
        [facts for facts in bought if facts["status"] == "active" and facts["sessions"][0] != 1],
        [facts for facts in bought if facts["status"] == "active"],
        bought,
    ]
    group = next(group for group in groups if group)
    latest = max(facts["purchased_on"] for facts in group)
    return by_hand_of_one([facts for facts in group if facts["purchased_on"] == latest][-1])


@pytest.mark.long
class AnyAgreements(TestCase):
    @given(ONE_AGREEMENT)
    def test_any_agreement_has_exactly_one_status(self, facts):
        agreement = made(MemberFactory(), facts)
        own = status_of_agreement(agreement.club, TODAY)
        found = Agreement.objects.filter(pk=agreement.pk).annotate(own=own)
        assert [row.own for row in found] == [by_hand_of_one(facts)]

    @settings(max_examples=50)
    @given(st.lists(st.lists(ONE_AGREEMENT, max_size=4), min_size=1, max_size=4))
    def test_any_set_of_agreements_has_the_status_of_the_one_that_decides(self, everybody):
        club = ClubFactory()
        expected = {}
        for agreements in everybody:
            member = MemberFactory(club=club)
            for facts in agreements:
                made(member, facts)
            expected[member.pk] = by_hand(agreements)
        found = with_follow_up(Member.objects.filter(club=club), club, NOW)
        assert {member.pk: member.current for member in found} == expected
