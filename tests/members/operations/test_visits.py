"""Recording that somebody came."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from members.models import Member, Visit
from members.operations.visits import record_visit, take_back_visit
from members.signals import facts_changed
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db
YESTERDAY = NOW - dt.timedelta(days=1)


@pytest.fixture
def announced() -> Iterator[list[list[int]]]:
    heard: list[list[int]] = []

    def listen(member_ids: list[int], **_: Any) -> None:
        heard.append(member_ids)

    facts_changed.connect(listen)
    yield heard
    facts_changed.disconnect(listen)


def test_a_visit_becomes_the_last_visit(announced: list[list[int]]) -> None:
    member = MemberFactory(days_away=10)
    visit = record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    member.refresh_from_db()
    assert (visit.member, visit.attended_at, member.last_attended_at) == (member, YESTERDAY, YESTERDAY)
    assert announced == [[member.pk]]


def test_a_first_visit_becomes_the_last_visit() -> None:
    member = MemberFactory()
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    assert Member.objects.get().last_attended_at == NOW


def test_an_earlier_visit_never_moves_the_last_visit_back(announced: list[list[int]]) -> None:
    member = MemberFactory(last_attended_at=NOW)
    record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    assert Member.objects.get().last_attended_at == NOW
    assert Visit.objects.get().attended_at == YESTERDAY
    assert announced == []


def test_the_same_instant_twice_is_one_visit(announced: list[list[int]]) -> None:
    member = MemberFactory()
    first = record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    assert record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW) == first
    assert Visit.objects.count() == 1
    assert len(announced) == 1


def test_a_visit_ahead_is_refused_and_leaves_no_trace(announced: list[list[int]]) -> None:
    member = MemberFactory(days_away=10)
    with pytest.raises(ValidationError) as refused:
        record_visit(member_id=member.pk, attended_at=NOW + dt.timedelta(microseconds=1), now=NOW)
    assert refused.value.code == "future"
    assert not Visit.objects.exists()
    assert announced == []


def test_a_visit_is_announced_inside_its_transaction(
    announced: list[list[int]],
    django_capture_on_commit_callbacks: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So that a listener's work on commit never happens for a visit that was rolled back."""
    member, rung = MemberFactory(), []
    monkeypatch.setattr("automations.jobs.evaluate_members.delay", lambda *args: rung.append(args))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012
        record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
        raise RuntimeError
    assert announced == [[member.pk]]
    assert rung == []
    with django_capture_on_commit_callbacks(execute=True):
        record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    assert rung == [([member.pk], ["members.Visit"])]


def test_the_last_visit_that_only_a_file_knew_is_kept_as_a_visit() -> None:
    member = MemberFactory(last_attended_at=YESTERDAY)
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    assert list(member.visits.values_list("attended_at", flat=True)) == [NOW, YESTERDAY]


def test_taking_back_the_last_visit_brings_back_the_one_that_a_file_knew(announced: list[list[int]]) -> None:
    member = MemberFactory(last_attended_at=YESTERDAY)
    visit = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    assert take_back_visit(visit_id=visit.pk, now=NOW) is True
    assert Member.objects.get().last_attended_at == YESTERDAY
    assert announced == [[member.pk], [member.pk]]


def test_taking_back_the_only_visit_leaves_a_member_who_never_came() -> None:
    member = MemberFactory()
    visit = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    take_back_visit(visit_id=visit.pk, now=NOW)
    assert Member.objects.get().last_attended_at is None


def test_taking_back_an_earlier_visit_leaves_the_last_one_alone(announced: list[list[int]]) -> None:
    member = MemberFactory()
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    earlier = record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    announced.clear()
    take_back_visit(visit_id=earlier.pk, now=NOW)
    assert Member.objects.get().last_attended_at == NOW
    assert announced == []


def test_two_wrong_visits_are_taken_back_in_any_order() -> None:
    member = MemberFactory(last_attended_at=YESTERDAY - dt.timedelta(days=9))
    first = record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    second = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    take_back_visit(visit_id=first.pk, now=NOW)
    take_back_visit(visit_id=second.pk, now=NOW)
    assert Member.objects.get().last_attended_at == YESTERDAY - dt.timedelta(days=9)


def test_a_file_that_knew_better_keeps_the_last_word() -> None:
    member = MemberFactory()
    visit = record_visit(member_id=member.pk, attended_at=YESTERDAY, now=NOW)
    Member.objects.update(last_attended_at=NOW)
    take_back_visit(visit_id=visit.pk, now=NOW)
    assert Member.objects.get().last_attended_at == NOW


def test_what_was_taken_back_already_is_gone(announced: list[list[int]]) -> None:
    member = MemberFactory()
    visit = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    take_back_visit(visit_id=visit.pk, now=NOW)
    announced.clear()
    assert take_back_visit(visit_id=visit.pk, now=NOW) is False
    assert announced == []
