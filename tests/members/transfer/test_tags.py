"""Tags in member files: exactly those that a row names, made where the club lacks them, given out and taken back the same."""

import io
import json
from typing import Any

import pytest

from members.models import Club, Member, Tag
from members.transfer.exporting import csv_lines, json_lines
from members.transfer.importing import ImportReport, import_members, preview_members
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.perk_factories import TagFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def club() -> Club:
    return ClubFactory()


def taken(club: Club, text: str) -> ImportReport:
    return import_members(club=club, path_or_file=io.BytesIO(text.encode()), now=NOW)


def tags_of(club: Club, external_id: str = "M1") -> list[str]:
    return sorted(club.members.get(external_id=external_id).tags.values_list("name", flat=True))


def test_a_new_member_gets_them_and_a_second_time_changes_nothing(club: Club) -> None:
    file = 'id,first_name,tags\nM1,Ana,"vip, early  bird,VIP"\nM2,Bo,\n'
    assert taken(club, file).created == 2
    assert (tags_of(club), tags_of(club, "M2")) == (["early bird", "vip"], [])
    assert taken(club, file).unchanged == 2


def test_exactly_those_named_are_borne_from_then_on_and_a_file_without_the_column_leaves_them(
    club: Club,
) -> None:
    member = MemberFactory(club=club, external_id="M1", first_name="Ana")
    gone, kept = (TagFactory(club=club, name=name, members=[member]) for name in ("gone", "Kept"))
    since = kept.member_tags.get().pk
    assert taken(club, "id,first_name\nM1,Ana\n").unchanged == 1
    assert taken(club, 'id,tags\nM1,"kept, new"\n').changed == 1
    assert tags_of(club) == ["Kept", "new"]
    assert kept.member_tags.get().pk == since
    assert Tag.objects.filter(pk=gone.pk).exists()
    assert taken(club, "id,tags\nM1,\n").changed == 1
    assert tags_of(club) == []


def test_one_with_a_comma_stands_in_quotation_marks(club: Club) -> None:
    file = json.dumps([{"id": "M1", "first_name": "Ana", "tags": '"a, b", c'}])
    assert taken(club, file).created == 1
    assert tags_of(club) == ["a, b", "c"]
    assert taken(club, file).unchanged == 1


def test_what_is_no_tag_is_refused(club: Club) -> None:
    (refusal,) = taken(club, f"id,first_name,tags\nM1,Ana,{'x' * 51}\n").refused
    assert (refusal.field, refusal.reason) == ("tags", "is longer than 50 characters.")
    assert not Tag.objects.exists()


def test_another_clubs_tag_of_the_name_is_not_touched(club: Club) -> None:
    theirs = TagFactory(club=ClubFactory(), name="vip")
    taken(club, "id,first_name,tags\nM1,Ana,vip\n")
    assert club.tags.get().pk != theirs.pk
    assert not theirs.member_tags.exists()


def test_a_preview_tells_them_and_writes_nothing(club: Club) -> None:
    TagFactory(club=club, name="old", members=[MemberFactory(club=club, external_id="M1")])
    preview = preview_members(club=club, path_or_file=io.BytesIO(b"id,tags\nM1,new\n"), now=NOW)
    (plan,) = preview.first["changed"]
    assert (plan.before("tags"), plan.changes) == (("old",), {"tags": ("new",)})
    assert tags_of(club) == ["old"]


@pytest.mark.parametrize("lines", [csv_lines, json_lines])
def test_they_go_out_and_come_back(club: Club, lines: Any) -> None:
    members = [MemberFactory(club=club, external_id=f"M{n}") for n in range(4)]
    for name, bearers in (("a, b", members[1:3]), ('the "best"', members[1:2]), ("=1+1", members[3:])):
        TagFactory(club=club, name=name, members=bearers)
    before = [tags_of(club, member.external_id) for member in members]
    file = "".join(lines(Member.objects.filter(club=club), {club.pk: club})).encode()
    assert import_members(club=club, path_or_file=io.BytesIO(file), now=NOW).unchanged == 4
    other = ClubFactory()
    assert import_members(club=other, path_or_file=io.BytesIO(file), now=NOW).created == 4
    assert [tags_of(other, member.external_id) for member in members] == before


def test_the_statements_do_not_grow_with_the_members(club: Club, django_assert_max_num_queries: Any) -> None:
    rows = [{"id": f"M{n}", "first_name": "Ana", "tags": f"vip, group {n % 5}"} for n in range(60)]
    with django_assert_max_num_queries(30):
        assert taken(club, json.dumps(rows)).created == 60
