"""Freezing a membership and taking it up again."""

import pytest
from django.core.exceptions import ValidationError

from members.models import Member
from members.operations.memberships import freeze, unfreeze
from members.signals import facts_changed
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced():
    heard = []

    def listen(member_ids, **_):
        heard.append(member_ids)

    facts_changed.connect(listen)
    yield heard
    facts_changed.disconnect(listen)


def test_it_freezes_and_keeps_the_reason_in_the_history(announced):
    member = MemberFactory()
    assert freeze(member_id=member.pk, now=NOW, reason="Broke her leg") is True
    assert Member.objects.get().membership_status == "frozen"
    assert member.history.first().history_change_reason == "Broke her leg"
    assert announced == [[member.pk]]


def test_freezing_twice_changes_nothing_the_second_time(announced):
    member = MemberFactory(frozen=True)
    versions = member.history.count()
    assert freeze(member_id=member.pk, now=NOW) is False
    assert member.history.count() == versions
    assert announced == []


def test_it_is_taken_up_again(announced):
    member = MemberFactory(frozen=True)
    assert unfreeze(member_id=member.pk, now=NOW) is True
    assert Member.objects.get().membership_status == "active"
    assert unfreeze(member_id=member.pk, now=NOW) is False
    assert announced == [[member.pk]]


@pytest.mark.parametrize("change", [freeze, unfreeze])
def test_a_canceled_membership_is_neither_frozen_nor_taken_up(change, announced):
    member = MemberFactory(canceled=True)
    with pytest.raises(ValidationError):
        change(member_id=member.pk, now=NOW)
    assert Member.objects.get().membership_status == "canceled"
    assert announced == []
