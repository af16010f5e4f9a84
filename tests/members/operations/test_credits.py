"""Credits are entered once per cause, never edited, and never taken beyond what is there."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from members.models import CreditEntry
from members.operations.credits import NotEnoughCredits, balance_of, enter_credits, grant_credits
from tests.factories import NOW, MemberFactory, UserFactory
from tests.perk_factories import CreditEntryFactory

pytestmark = pytest.mark.django_db


def entered(member, credits, token=None):
    return enter_credits(
        member=member,
        credits=credits,
        reason="thanks",
        by=UserFactory(),
        token=token or uuid.uuid4(),
        now=NOW,
    )


def test_the_same_cause_grants_once_and_another_grants_again():
    member = MemberFactory()
    for cause in ("a", "a", "b"):
        grant_credits(club=member.club, causes=[(member, cause)], credits=5, reason="thanks", now=NOW)
    assert balance_of(member) == 10


def test_the_balance_is_the_sum_of_what_was_given_and_taken():
    member = MemberFactory()
    CreditEntryFactory()
    assert entered(member, 5)
    assert entered(member, -2)
    assert balance_of(member) == 3


def test_the_same_answer_sent_twice_enters_once():
    member, token = MemberFactory(), uuid.uuid4()
    assert entered(member, 5, token)
    assert not entered(member, 5, token)
    assert balance_of(member) == 5


def test_nobody_takes_more_than_there_is():
    member = MemberFactory()
    entered(member, 5)
    with pytest.raises(NotEnoughCredits) as refused:
        entered(member, -6)
    assert refused.value.args == (5,)
    assert entered(member, -5)
    assert balance_of(member) == 0


def test_an_entry_of_nothing_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditEntryFactory(credits=0)
    assert not CreditEntry.objects.exists()
