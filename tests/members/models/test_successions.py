"""Rows that end and others that take their place, where only one of them may stand at a time."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import Case, F, FilteredRelation, Q, QuerySet, Value, When

from members.models import Member, Pause
from members.models.successions import succeed_from
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db

TOMORROW = NOW + dt.timedelta(days=1)
AWAY = Value("away")


def members_with_their_pause() -> QuerySet[Any]:
    """Of those who are not away until tomorrow already."""
    with_pause = Member.objects.annotate(
        standing=FilteredRelation("pauses", condition=Q(pauses__ended_at=None)),
        stands=F("standing__pk"),
        stands_until=F("standing__until"),
    )
    return with_pause.filter(Q(stands=None) | ~Q(stands_until=TOMORROW))


def all_away_until_tomorrow(rows: QuerySet[Any], why: Any = AWAY, **others: Any) -> int:
    return succeed_from(
        Pause,
        rows,
        ends="stands",
        changes={"ended_at": "starts_at"},
        columns={
            "member": F("pk"),
            "why": why,
            "starts_at": Value(NOW),
            "until": Value(TOMORROW),
            "source": Value("100 % of 'them'"),
            "words": Value("on holiday"),
        },
        **others,
    )


def pause(member: Member, until: dt.datetime) -> Pause:
    return Pause.objects.create(
        member=member, starts_at=NOW - dt.timedelta(days=1), until=until, source="test"
    )


def test_the_old_row_ends_and_the_new_one_stands_though_only_one_may() -> None:
    member = MemberFactory()
    old = pause(member, NOW + dt.timedelta(days=9))
    assert all_away_until_tomorrow(members_with_their_pause()) == 1
    old.refresh_from_db()
    assert old.ended_at == old.starts_at
    assert member.pauses.get(ended_at=None).until == TOMORROW


def test_a_field_is_written_only_beside_what_it_goes_with() -> None:
    asked, unasked = MemberFactory(), MemberFactory()
    why = Case(When(pk=asked.pk, then=Value("away")), default=Value("ill"))
    rows = members_with_their_pause().annotate(reason=why)
    assert all_away_until_tomorrow(rows, only_for={"words": ("why", ["away", "hurt"])}) == 2
    assert [member.pauses.get().words for member in (asked, unasked)] == ["on holiday", "on holiday"]
    Pause.objects.all().delete()
    assert all_away_until_tomorrow(rows, why=F("reason"), only_for={"words": ("why", ["away", "hurt"])}) == 2
    assert [member.pauses.get().words for member in (asked, unasked)] == ["on holiday", ""]


def test_who_had_none_gets_one() -> None:
    member = MemberFactory()
    assert all_away_until_tomorrow(members_with_their_pause()) == 1
    assert member.pauses.get().source == "100 % of 'them'"


def test_what_stands_as_it_should_is_left_as_it_is() -> None:
    kept = pause(MemberFactory(), TOMORROW)
    assert all_away_until_tomorrow(members_with_their_pause()) == 0
    assert Pause.objects.get() == kept
    assert Pause.objects.get().ended_at is None


def test_a_query_that_can_have_no_rows_ends_and_begins_nothing() -> None:
    old = pause(MemberFactory(), NOW + dt.timedelta(days=9))
    assert all_away_until_tomorrow(members_with_their_pause().none()) == 0
    assert Pause.objects.get(ended_at=None) == old
