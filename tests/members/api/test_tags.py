"""Tags told by another system: exactly these from the instant on at which they were, whatever comes late."""

import datetime as dt

import pytest

from members.models import Tag
from members.signals import facts_changed
from tests.factories import NOW, MemberFactory
from tests.perk_factories import TagFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(api):
    return MemberFactory(club=api.club, external_id="M1")


def told(tags, day=1):
    return {"id": "M1", "tags": tags, "occurred_at": (NOW - dt.timedelta(days=9 - day)).isoformat()}


def names(member):
    return sorted(member.tags.values_list("name", flat=True))


def test_a_member_bears_exactly_the_tags_that_were_told(api, member):
    TagFactory(club=api.club, name="old", members=[member])
    assert api.outcomes("members", [told(["VIP", "early bird"])]) == ["updated"]
    assert names(member) == ["VIP", "early bird"]
    assert api.outcomes("members", [told(["vip", "Early Bird"], 2)]) == ["unchanged"]
    assert api.outcomes("members", [{"id": "M1", "last_name": "Roe"}]) == ["updated"]
    assert names(member) == ["VIP", "early bird"]
    assert api.outcomes("members", [told([], 3)]) == ["updated"]
    assert names(member) == []


def test_what_comes_late_does_not_bring_them_back(api, member):
    assert api.outcomes("members", [told(["new"], 2), told(["late"], 1)]) == ["updated", "unchanged"]
    assert names(member) == ["new"]


def test_of_two_words_of_one_instant_the_same_stands_in_either_order(api, member):
    for order in (["a"], ["b"]), (["b"], ["a"]):
        member.told_at = {}
        member.save()
        api.outcomes("members", [told(tags) for tags in order])
        assert names(member) == ["b"]


def test_workflows_are_asked_about_whoever_gets_one(api, member):
    heard = []

    def listen(member_ids, **_):
        heard.extend(member_ids)

    facts_changed.connect(listen)
    try:
        api.outcomes("members", [told(["vip"])])
    finally:
        facts_changed.disconnect(listen)
    assert set(heard) == {member.pk}


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["x" * 51], "is longer than 50 characters."),
        ([7], "must be text."),
        ({"a": 1}, "must be text."),
        ([str(n) for n in range(101)], "names more than 100 tags."),
        (["\x00"], "holds a character that is no text."),
    ],
)
def test_what_is_no_tag_is_refused(api, member, tags, why):
    assert api.refusal("members", told(tags)) == {"tags": why}
    assert not Tag.objects.exists()
