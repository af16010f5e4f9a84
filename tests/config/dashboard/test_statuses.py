"""The board of follow-up statuses on the first page: in groups, with links to whoever is in each."""

import pytest
from django.urls import reverse

from members.models import Member
from tests.factories import NOW, ClubFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clubs():
    clubs = [ClubFactory(name="North"), ClubFactory(name="South")]
    for club in clubs:
        MemberFactory(club=club)
    Member.objects.update(follow_up_status="web_lead", follow_up_status_since=NOW)
    return clubs


def page(client, query=""):
    client.force_login(UserFactory(superuser=True))
    return client.get(reverse("admin:index") + query)


def rows(answer):
    return {row["status"]: row for group in answer.context["statuses"]["groups"] for row in group["rows"]}


def test_all_fourteen_are_there_and_lead_to_whoever_is_in_them(client, clubs):
    answer = page(client)
    board = rows(answer)
    assert (len(board), board["Web Lead"]["number"], board["Lead"]["number"]) == (14, 2, 0)
    found = client.get(board["Web Lead"]["link"])
    assert found.context["cl"].result_list.count() == 2


def test_for_one_club_they_lead_to_its_own(client, clubs):
    board = rows(page(client, f"?club={clubs[0].pk}"))
    assert board["Web Lead"]["number"] == 1
    assert [m.club for m in client.get(board["Web Lead"]["link"]).context["cl"].result_list] == clubs[:1]


def test_before_the_first_check_it_says_so(client, clubs):
    Member.objects.update(follow_up_status="", follow_up_status_since=None)
    assert b"The hourly check gives everybody one." in page(client).content


def test_who_may_not_see_members_sees_no_board(client, clubs):
    person = UserFactory()
    clubs[0].staff.add(person)
    client.force_login(person)
    assert "statuses" not in client.get(reverse("admin:index")).context
