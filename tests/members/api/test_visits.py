"""Visits told by another system: one visit each, and the member's last visit follows as where staff record one."""

import itertools

import pytest

from members.models import Member, Visit
from members.operations.visits import record_visit
from members.signals import facts_changed
from tests.factories import NOW, MemberFactory
from tests.members.api.visiting import DAY, last, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(api):
    return MemberFactory(club=api.club, external_id="M1", days_away=9)


def test_a_visit_is_recorded_once_and_is_her_last_if_it_is_the_latest(api, member):
    before = member.last_attended_at
    assert api.outcomes("visits", [visit()]) == ["created"]
    assert last(member) == NOW - DAY
    # What only a file or the form knew is kept as a visit, as when staff record one.
    assert set(Visit.objects.values_list("attended_at", flat=True)) == {before, NOW - DAY}
    assert api.outcomes("visits", [visit()]) == ["unchanged"]
    assert api.outcomes("visits", [visit("V2", 3)]) == ["created"]
    assert last(member) == NOW - DAY
    assert Visit.objects.count() == 3


def test_a_visit_that_is_set_right_takes_her_last_one_with_it(api, member):
    api.outcomes("visits", [visit("V1", 3), visit("V2", 1)])
    assert api.outcomes("visits", [visit("V2", 5)]) == ["updated"]
    assert last(member) == NOW - 3 * DAY


def test_what_staff_recorded_for_that_instant_is_that_visit(api, member):
    record_visit(member_id=member.pk, attended_at=NOW - DAY, now=NOW)
    assert api.outcomes("visits", [visit()]) == ["unchanged"]
    assert Visit.objects.get(external_id="V1").attended_at == NOW - DAY
    assert api.outcomes("visits", [visit()]) == ["unchanged"]


def test_two_visits_at_one_instant_are_refused(api, member):
    [good, bad] = api.post("visits", [visit("V1"), visit("V2")]).json()["results"]
    assert good["outcome"] == "created"
    assert bad["errors"][0]["field"] == "attended_at"
    assert api.refusal("visits", visit("V3")).keys() == {"attended_at"}


def test_a_visit_cannot_lie_ahead_nor_be_a_day_alone(api, member):
    assert api.refusal("visits", visit(attended_at="2999-01-01T10:00:00Z")).keys() == {"attended_at"}
    assert api.refusal("visits", visit(attended_at="2025-08-01")).keys() == {"attended_at"}


def test_the_order_of_arrival_does_not_matter(api, member):
    items = [
        visit("V1", 1, occurred_at="2025-09-01T00:00:00Z"),
        visit("V1", 6, occurred_at="2025-09-02T00:00:00Z"),
        visit("V2", 4, occurred_at="2025-09-01T00:00:00Z"),
    ]
    seen = set()
    start = member.last_attended_at
    for order in itertools.permutations(items):
        Visit.objects.all().delete()
        Member.objects.update(last_attended_at=start)
        for item in order:
            api.post("visits", [item])
        seen.add((last(member), tuple(Visit.objects.values_list("attended_at", flat=True))))
    assert len(seen) == 1


def test_workflows_hear_of_a_later_visit_alone(api, member):
    heard = []

    def listener(member_ids, **_):
        heard.append(member_ids)

    facts_changed.connect(listener)
    try:
        api.outcomes("visits", [visit("V1", 1)])
        api.outcomes("visits", [visit("V2", 5)])
    finally:
        facts_changed.disconnect(listener)
    assert heard == [[member.pk]]
