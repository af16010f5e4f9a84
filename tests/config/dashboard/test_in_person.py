"""Say it in person today: the front desk's cards, done by one click."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models import StaffTask
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")
TODAY = NOW.date()


def card(club, **values):
    member = values.pop("member", None) or MemberFactory(club=club)
    return StaffTask.objects.create(
        **{
            "club": club,
            "member": member,
            "kind": "in_person",
            "description": "Comes to Yoga, 18:00: say it in person.",
            "words": "Hey John, good to see you",
            "due_on": TODAY,
            "opened_at": NOW,
            **values,
        }
    )


def shown(client):
    return [row["card"].pk for row in client.get(INDEX).context["in_person"]["rows"]]


def test_it_shows_who_comes_and_what_to_say(admin_client):
    card(ClubFactory())
    page = admin_client.get(INDEX).content.decode()
    assert "Say it in person today" in page
    assert "Hey John, good to see you" in page


def test_only_todays_open_cards_are_shown(admin_client):
    club = ClubFactory()
    today = card(club)
    card(club, due_on=TODAY - dt.timedelta(days=1))
    card(club, due_on=TODAY + dt.timedelta(days=1))
    card(club, status="completed")
    card(club, kind="task")
    assert shown(admin_client) == [today.pk]


def test_today_is_each_clubs_own(admin_client):
    there = card(ClubFactory(time_zone="Pacific/Kiritimati"), due_on=TODAY + dt.timedelta(days=1))
    assert shown(admin_client) == [there.pk]


def test_nobody_sees_those_of_another_club(client):
    card(ClubFactory())
    client.force_login(staff_of(ClubFactory(), permissions=["members.view_member", "members.view_stafftask"]))
    assert shown(client) == []


def test_who_may_not_see_tasks_sees_none(client):
    club = ClubFactory()
    card(club)
    client.force_login(staff_of(club, permissions=["members.view_member"]))
    assert "in_person" not in client.get(INDEX).context


def test_who_may_only_look_has_no_button(client):
    club = ClubFactory()
    card(club)
    client.force_login(staff_of(club, permissions=["members.view_member", "members.view_stafftask"]))
    assert client.get(INDEX).context["in_person"]["rows"][0]["done"] == ""


def test_one_click_is_enough(admin_client):
    said = card(ClubFactory())
    done = admin_client.get(INDEX).context["in_person"]["rows"][0]["done"]
    assert admin_client.get(done).status_code == 200
    said.refresh_from_db()
    assert said.status == "pending", "a link alone does nothing"
    response = admin_client.post(done, {"note": ""})
    assert (response.status_code, response.url) == (302, INDEX)
    said.refresh_from_db()
    assert said.status == "completed"
    assert shown(admin_client) == []


def test_many_cost_as_many_queries_as_few(admin_client):
    club = ClubFactory()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(INDEX)
        return len(captured)

    card(club)
    queries()
    few = queries()
    for _ in range(12):
        card(club)
    assert queries() == few
