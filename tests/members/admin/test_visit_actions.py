"""A visit recorded on the member's page, now or as it was, and one taken back."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Member, Visit
from members.operations.visits import record_visit
from tests.factories import NOW, ClubFactory, MemberFactory, VisitFactory
from tests.members.admin.questions import address, answer_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


def test_a_visit_is_now_by_the_clubs_clock_unless_told_otherwise(admin_client, told):
    member = MemberFactory(club=ClubFactory(time_zone="America/New_York"), days_away=9)
    data = answer_to("visit", admin_client, member)
    assert (data["day"], data["hour"]) == ("2025-09-01", "06:00")
    admin_client.post(address("visit", member), data)
    assert Member.objects.get().last_attended_at == NOW
    assert told == [member.pk]


def test_an_earlier_visit_is_recorded_and_the_last_one_stays(admin_client):
    member = MemberFactory(last_attended_at=NOW - dt.timedelta(days=1))
    data = answer_to("visit", admin_client, member, day="2025-08-20", hour="18:30")
    admin_client.post(address("visit", member), data)
    assert Visit.objects.get().attended_at == dt.datetime(2025, 8, 20, 18, 30, tzinfo=dt.UTC)
    assert Member.objects.get().last_attended_at == NOW - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({"day": "2025-09-02"}, "day", "Choose today or an earlier day."),
        ({"day": "1899-12-31"}, "day", "Choose today or an earlier day."),
        ({"hour": "10:01"}, "hour", "A visit cannot lie in the future."),
        ({"hour": "soon"}, "hour", "Enter a valid time."),
        ({"day": ""}, "day", "This field is required."),
    ],
)
def test_a_wrong_day_or_hour_is_refused_where_it_was_typed_and_kept(admin_client, typed, field, says):
    member = MemberFactory()
    response = admin_client.post(address("visit", member), answer_to("visit", admin_client, member, **typed))
    form = response.context["form"]
    assert form.errors == {field: [says]}
    assert says in response.content.decode()
    assert form[field].value() == typed[field]
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    ("day", "is_taken"), [("2025-08-19", False), ("2025-08-20", True), ("2025-08-21", True)]
)
def test_nobody_came_before_joining(admin_client, day, is_taken):
    member = MemberFactory(joined_on=dt.date(2025, 8, 20))
    response = admin_client.post(
        address("visit", member), answer_to("visit", admin_client, member, day=day, hour="09:00")
    )
    assert Visit.objects.exists() is is_taken
    if not is_taken:
        assert "John joined on 20 August 2025." in response.content.decode()


def test_nor_by_the_list_of_visits(admin_client):
    member = MemberFactory(joined_on=dt.date(2025, 8, 20))
    data = {"member": member.pk, "attended_at_0": "1923-08-20", "attended_at_1": "09:00"}
    response = admin_client.post(reverse("admin:members_visit_add"), data)
    assert "John joined on 20 August 2025." in response.content.decode()
    assert not Visit.objects.exists()


def test_taking_back_an_earlier_visit_says_that_the_last_one_stays(admin_client):
    member = MemberFactory()
    old = record_visit(member_id=member.pk, attended_at=NOW - dt.timedelta(days=9), now=NOW)
    asked = address("take-back-visit", member)
    assert "counts as the last again" not in admin_client.get(asked, {"visit": old.pk}).content.decode()
    record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    answer = admin_client.get(asked, {"visit": old.pk}).content.decode()
    assert "The last visit of John stays the same." in answer
    newest = member.visits.first()
    assert "counts as the last again" in admin_client.get(asked, {"visit": newest.pk}).content.decode()


def test_the_hour_that_comes_twice_is_its_first(admin_client):
    member = MemberFactory(club=ClubFactory(time_zone="Europe/Zurich"))
    data = answer_to("visit", admin_client, member, day="2024-10-27", hour="02:30")
    admin_client.post(address("visit", member), data)
    assert Visit.objects.get().attended_at == dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)


def test_taking_back_a_visit_names_it_and_brings_back_the_one_before(admin_client, told):
    member = MemberFactory(days_away=9)
    before = member.last_attended_at
    visit = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    question = admin_client.get(address("take-back-visit", member), {"visit": visit.pk}).content.decode()
    assert "1 Sept 2025, 10:00" in question
    admin_client.post(address("take-back-visit", member), {"visit": visit.pk})
    assert Member.objects.get().last_attended_at == before
    assert told == [member.pk, member.pk]


@pytest.mark.parametrize("chosen", ["", "soon", "999999", "another's"])
def test_a_visit_that_is_not_hers_is_not_taken_back(admin_client, chosen):
    member, other = MemberFactory(), VisitFactory()
    chosen = other.pk if chosen == "another's" else chosen
    response = admin_client.post(address("take-back-visit", member), {"visit": chosen})
    assert "This visit is gone already." in response.content.decode()
    assert Visit.objects.get() == other


def test_a_visit_deleted_on_its_own_page_is_taken_back_too(admin_client, told):
    member = MemberFactory(days_away=9)
    before = member.last_attended_at
    visit = record_visit(member_id=member.pk, attended_at=NOW, now=NOW)
    admin_client.post(reverse("admin:members_visit_delete", args=[visit.pk]), {"post": "yes"})
    assert Member.objects.get().last_attended_at == before


def test_visits_are_not_deleted_by_the_list(admin_client):
    visit = VisitFactory()
    chosen = {"action": "delete_selected", "_selected_action": [visit.pk], "post": "yes"}
    admin_client.post(reverse("admin:members_visit_changelist"), chosen)
    assert Visit.objects.exists()
