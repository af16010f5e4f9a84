"""Tags in the admin: on a member's page, in the filter of the list, and how many bear each."""

import pytest
from django.urls import reverse

from members.models import Tag
from members.operations.tags import put_tag
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.questions import address
from tests.members.admin.world import staff_of
from tests.perk_factories import TagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
MEMBERS = reverse("admin:members_member_changelist")
TAGS = reverse("admin:members_tag_changelist")


def names(member):
    return {tag.name for tag in member.tags.all()}


def test_the_dialog_shows_what_the_member_bears_and_saves_what_is_chosen(admin_client):
    member = MemberFactory()
    old, new = TagFactory(club=member.club, members=[member]), TagFactory(club=member.club)
    form = admin_client.get(address("tags", member)).context["form"]
    assert form.initial["tags"] == [old]
    answer = admin_client.post(address("tags", member), {"tags": [new.pk], "new": ""}, follow=True)
    assert names(member) == {new.name}
    assert str(*answer.context["messages"]) == f"Put on: {new}. Taken off: {old}."


def test_another_tag_is_made_by_typing_it_and_one_that_exists_is_found(admin_client):
    member = MemberFactory()
    for typed in ("  Early   bird ", "early bird"):
        admin_client.post(address("tags", member), {"new": typed, "tags": [t.pk for t in member.tags.all()]})
    assert [tag.name for tag in Tag.objects.all()] == ["Early bird"]
    assert names(member) == {"Early bird"}


def test_who_may_not_make_tags_chooses_among_those_there_are(client):
    member = MemberFactory()
    tag = TagFactory(club=member.club)
    client.force_login(staff_of(member.club, permissions=["members.change_member"]))
    client.post(address("tags", member), {"tags": [tag.pk], "new": "sneaky"})
    assert names(member) == {tag.name}


def test_a_tag_of_another_club_cannot_be_chosen(admin_client):
    member, theirs = MemberFactory(), TagFactory()
    TagFactory(club=member.club)
    form = admin_client.post(address("tags", member), {"tags": [theirs.pk], "new": ""}).context["form"]
    assert "tags" in form.errors
    assert names(member) == set()


def test_they_stand_on_the_page_for_who_may_see_them(client):
    member = MemberFactory()
    TagFactory(club=member.club, name="Early bird", members=[member])
    page = reverse("admin:members_member_change", args=[member.pk])
    for permissions, is_shown in (
        (["members.view_member"], False),
        (["members.view_member", "members.view_tag"], True),
    ):
        client.force_login(staff_of(member.club, permissions=permissions))
        shown = client.get(page).content.decode()
        assert ("Early bird" in shown) is is_shown
        assert "&lt;span" not in shown


def test_the_list_of_members_is_filtered_by_tag(admin_client):
    club = ClubFactory()
    bears, _bare = MemberFactory.create_batch(2, club=club)
    tag = TagFactory(club=club, members=[bears])
    assert list(admin_client.get(MEMBERS, {"tag": tag.pk}).context["cl"].result_list) == [bears]
    assert len(admin_client.get(MEMBERS, {"tag": "x"}).context["cl"].result_list) == 2


def test_a_typed_filter_shows_nobody_of_another_club(client):
    theirs = TagFactory(name="Theirs")
    put_tag(tag=theirs, member_ids=[MemberFactory(club=theirs.club).pk], now=NOW)
    client.force_login(staff_of(TagFactory().club))
    answer = client.get(MEMBERS, {"tag": theirs.pk})
    assert list(answer.context["cl"].result_list) == []
    assert theirs.name not in answer.content.decode()


def test_the_list_of_tags_says_how_many_bear_each_at_a_constant_cost(
    admin_client, django_assert_max_num_queries
):
    club = ClubFactory()
    members = MemberFactory.create_batch(3, club=club)
    for number in range(3):
        TagFactory(club=club, name=f"worn by {number}", members=members[:number])
    admin_client.get(TAGS)
    with django_assert_max_num_queries(9):
        shown = admin_client.get(TAGS).context["cl"].result_list
    assert [tag.number for tag in shown] == [0, 1, 2]


def test_the_same_name_twice_in_a_club_is_refused(admin_client):
    tag = TagFactory(name="VIP")
    answer = admin_client.post(reverse("admin:members_tag_add"), {"club": tag.club.pk, "name": "vip"})
    assert "This club has a tag of this name." in answer.content.decode()
