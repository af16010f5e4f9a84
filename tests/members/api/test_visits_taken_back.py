"""Visits that never were: taken back over the API, in any order, and not brought back by older news."""

import itertools

import pytest

from members.models import Member, TakenBackVisit, Visit
from members.operations.visits import record_visit, take_back_visit
from members.signals import facts_changed
from tests.api_client import ApiClient
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.api.visiting import DAY, last, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(api):
    return MemberFactory(club=api.club, external_id="M1", days_away=9)


def never(name="V1", days_ago=1, **values):
    return visit(name, days_ago, is_taken_back=True, **values)


def test_it_is_deleted_and_the_one_before_it_is_the_last_again(api, member):
    before = member.last_attended_at
    api.outcomes("visits", [visit("V1", 3), visit("V2", 1)])
    assert api.outcomes("visits", [never("V2")]) == ["updated"]
    assert last(member) == NOW - 3 * DAY
    assert api.outcomes("visits", [never("V1", 3)]) == ["updated"]
    assert last(member) == before
    assert api.outcomes("visits", [never("V1", 3)]) == ["unchanged"]


def test_an_earlier_one_leaves_the_last_visit_alone(api, member):
    heard = []

    def listen(member_ids, **_):
        heard.append(member_ids)

    api.outcomes("visits", [visit("V1", 3), visit("V2", 1)])
    facts_changed.connect(listen)
    try:
        assert api.outcomes("visits", [never("V1", 3)]) == ["updated"]
        assert (last(member), heard) == (NOW - DAY, [])
        api.outcomes("visits", [never("V2")])
        assert heard == [[member.pk]]
    finally:
        facts_changed.disconnect(listen)


def test_in_any_order_the_newest_word_counts(api, member):
    times = [f"2025-08-3{n}T00:00:00Z" for n in (0, 1)]
    words = [
        (visit(occurred_at=times[0]), never(occurred_at=times[1])),
        (never(occurred_at=times[0]), visit(occurred_at=times[1])),
        # Of one instant: that it never was.
        (visit(occurred_at=times[0]), never(occurred_at=times[0])),
    ]
    for items, remains in zip(words, (0, 1, 0), strict=True):
        for order in itertools.permutations(items):
            for batches in ([[one] for one in order], [list(order)]):
                Visit.objects.all().delete()
                TakenBackVisit.objects.all().delete()
                for batch in batches:
                    api.outcomes("visits", batch)
                assert Visit.objects.filter(external_id="V1").count() == remains, (order, batches)


def test_older_news_is_answered_as_older(api, member):
    api.outcomes("visits", [never(occurred_at="2025-08-31T00:00:00Z")])
    [result] = api.post("visits", [visit(occurred_at="2025-08-30T00:00:00Z")]).json()["results"]
    assert result == {"id": "V1", "outcome": "unchanged", "reason": "older"}
    assert api.outcomes("visits", [visit(occurred_at="2025-09-01T00:00:00Z")]) == ["created"]
    assert not TakenBackVisit.objects.exists()


def test_what_staff_took_back_stays_taken_back(api, member):
    api.outcomes("visits", [visit(occurred_at="2025-08-31T00:00:00Z")])
    take_back_visit(visit_id=Visit.objects.get(external_id="V1").pk, now=NOW)
    assert api.outcomes("visits", [visit(occurred_at="2025-08-31T00:00:00Z")]) == ["unchanged"]
    assert not Visit.objects.filter(external_id="V1").exists()


def test_what_staff_recorded_without_a_number_is_theirs(api, member):
    record_visit(member_id=member.pk, attended_at=NOW - DAY, now=NOW)
    assert api.outcomes("visits", [never()]) == ["unchanged"]
    assert last(member) == NOW - DAY


def test_another_members_visit_is_refused_until_it_is_taken_back(api, member):
    MemberFactory(club=api.club, external_id="M2")
    api.outcomes("visits", [visit()])
    assert api.refusal("visits", never(member="M2")).keys() == {"member"}
    assert api.refusal("visits", never(member="M9")).keys() == {"member"}
    assert Visit.objects.filter(external_id="V1").exists()
    assert api.outcomes("visits", [never()]) == ["updated"]
    assert api.outcomes("visits", [visit(member="M2")]) == ["created"]


def test_another_club_takes_nothing_back(api, member):
    api.outcomes("visits", [visit()])
    other = ApiClient(ClubFactory())
    MemberFactory(club=other.club, external_id="M1")
    assert other.outcomes("visits", [never()]) == ["unchanged"]
    assert Visit.objects.filter(external_id="V1").exists()
    assert api.outcomes("visits", [visit()]) == ["unchanged"]


@pytest.mark.parametrize("size", [2, 100])
def test_the_statements_do_not_grow_with_the_batch(api, size, django_assert_max_num_queries):
    names = [f"M{n}" for n in range(size)]
    for name in names:
        MemberFactory(club=api.club, external_id=name)
    api.outcomes("visits", [visit(f"V{name}", member=name) for name in names])
    with django_assert_max_num_queries(16):
        said = api.outcomes("visits", [never(f"V{name}", member=name) for name in names])
    assert said == ["updated"] * size
    assert not Member.objects.exclude(last_attended_at=None).exists()
