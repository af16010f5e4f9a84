"""Which club the dashboard is about: chosen among hers, kept for her session, never another's."""

import pytest
from django.urls import reverse

from tests.factories import ClubFactory, MemberFactory, MessageFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")


@pytest.fixture
def clubs(client):
    clubs = [ClubFactory(name=name) for name in ("Here", "There", "Hidden")]
    for club in clubs:
        MessageFactory(member=MemberFactory(club=club, first_name=f"From {club.name}"))
    client.force_login(staff_of(*clubs[:2]))
    return clubs


def shown(client, **choice):
    page = client.get(INDEX, choice)
    return {row["message"].club.name for row in page.context["log"]}


def test_at_first_she_sees_all_of_hers(client, clubs):
    assert shown(client) == {"Here", "There"}


def test_she_chooses_one_and_it_stays_chosen_until_she_chooses_all(client, clubs):
    assert shown(client, club=clubs[0].pk) == {"Here"}
    assert shown(client) == {"Here"}
    assert shown(client, club="all") == {"Here", "There"}
    assert shown(client) == {"Here", "There"}


@pytest.mark.parametrize("asked", ["hidden", "0", "-1", "x", "1 OR 1=1", "９", ""])
def test_what_is_not_hers_is_not_chosen(client, clubs, asked):
    asked = clubs[2].pk if asked == "hidden" else asked
    assert shown(client, club=asked) == {"Here", "There"}
    assert shown(client) == {"Here", "There"}
    assert "Hidden" not in client.get(INDEX, {"club": asked}).content.decode()


def test_a_club_that_she_left_is_no_longer_shown(client, clubs):
    shown(client, club=clubs[0].pk)
    clubs[0].staff.clear()
    assert shown(client) == {"There"}


def test_with_one_club_there_is_nothing_to_choose(client):
    club = ClubFactory()
    client.force_login(staff_of(club))
    assert "All my clubs" not in client.get(INDEX).content.decode()


def test_the_choice_names_hers_only(client, clubs):
    page = client.get(INDEX).content.decode()
    assert "All my clubs" in page
    assert "There</option>" in page
    assert "Hidden" not in page
