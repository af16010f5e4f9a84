"""Tags are put on once, taken off once, and told of where something changed."""

import pytest

from members.models import MemberTag, Tag
from members.operations.tags import put_tag, set_tags, tag_called, take_tag
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.perk_factories import TagFactory

pytestmark = pytest.mark.django_db


def test_a_tag_is_made_once_however_it_is_written():
    club = ClubFactory()
    assert tag_called(club=club, name="VIP") == tag_called(club=club, name="vip")
    assert tag_called(club=ClubFactory(), name="VIP") != Tag.objects.get(club=club)


def test_it_is_put_on_those_who_do_not_bear_it_and_only_they_are_told_of(told):
    tag = TagFactory()
    bears, new = MemberFactory.create_batch(2, club=tag.club)
    MemberTag.objects.create(tag=tag, member=bears, tagged_at=NOW)
    assert put_tag(tag=tag, member_ids=[bears.pk, new.pk], now=NOW) == {new.pk}
    assert put_tag(tag=tag, member_ids=[bears.pk, new.pk], now=NOW) == set()
    assert set(tag.members.all()) == {bears, new}
    assert told == [new.pk]


def test_a_member_of_another_club_does_not_get_it():
    tag = TagFactory()
    assert put_tag(tag=tag, member_ids=[MemberFactory().pk], now=NOW) == set()
    assert not MemberTag.objects.exists()


def test_it_is_taken_off_those_who_bear_it(told):
    tag = TagFactory()
    bears, bare = MemberFactory.create_batch(2, club=tag.club)
    put_tag(tag=tag, member_ids=[bears.pk], now=NOW)
    told.clear()
    assert take_tag(tag=tag, member_ids=[bears.pk, bare.pk]) == {bears.pk}
    assert take_tag(tag=tag, member_ids=[bears.pk, bare.pk]) == set()
    assert told == [bears.pk]


def test_what_a_person_chose_is_what_the_member_bears(told):
    member = MemberFactory()
    old, kept, new = (TagFactory(club=member.club) for _ in range(3))
    for tag in (old, kept):
        put_tag(tag=tag, member_ids=[member.pk], now=NOW)
    told.clear()
    assert set_tags(member=member, tags=[kept, new], now=NOW) == ({new}, {old})
    assert set(member.tags.all()) == {kept, new}
    assert set_tags(member=member, tags=[kept, new], now=NOW) == (set(), set())
    assert told == [member.pk]


def test_thousands_cost_as_many_queries_as_one(django_assert_num_queries):
    tag = TagFactory()
    members = MemberFactory.create_batch(20, club=tag.club)
    for some in (members[:1], members[1:]):
        with django_assert_num_queries(5):
            put_tag(tag=tag, member_ids=[member.pk for member in some], now=NOW)
