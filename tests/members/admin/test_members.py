"""The members' pages: what staff read there, and what saving sets off."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from members.models import Member
from tests.factories import NOW, ClosureFactory, ClubFactory, MemberFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:members_member_changelist")


def form_of(client, member):
    """What the browser would send back unchanged."""
    response = client.get(reverse("admin:members_member_change", args=[member.pk]))
    values = {field.name: field.value() for field in response.context["adminform"].form}
    written = dict(re.findall(r'name="(last_attended_at_[01])" value="([^"]*)"', response.content.decode()))
    return {name: value for name, value in (values | written).items() if value not in (None, False)}


def test_saving_announces_that_the_facts_changed(admin_client, told):
    member = MemberFactory(days_away=9)
    data = form_of(admin_client, member) | {"membership_status": "frozen"}
    response = admin_client.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert response.status_code == 302
    assert Member.objects.get().membership_status == "frozen"
    assert told == [member.pk]


def test_the_last_visit_is_shown_and_typed_in_the_clubs_zone(admin_client):
    member = MemberFactory(
        club=ClubFactory(time_zone="America/New_York"),
        last_attended_at=dt.datetime(2025, 8, 26, 1, 30, tzinfo=dt.UTC),
    )
    data = form_of(admin_client, member)
    assert (data["last_attended_at_0"], data["last_attended_at_1"]) == ("2025-08-25", "21:30:00")
    data["last_attended_at_1"] = "20:00"
    admin_client.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert Member.objects.get().last_attended_at == dt.datetime(2025, 8, 26, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        ("", "No phone number"),
        ("+155555501", "No network could connect this number"),
        ("+41446681800", "The number can be dialed"),
    ],
)
def test_the_page_says_whether_the_phone_can_be_reached(admin_client, phone, words):
    member = MemberFactory(phone=phone)
    assert (
        words in admin_client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
    )


def test_the_list_counts_open_days_only(admin_client, time_machine):
    time_machine.move_to(NOW, tick=False)
    member = MemberFactory(days_away=9)
    ClosureFactory(club=member.club, starts_on=dt.date(2025, 8, 25), reopens_on=dt.date(2025, 8, 27))
    assert "7 days, since 23 August 2025" in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(("choice", "found"), [("7", {7, 35}), ("35", {35}), ("never", {None})])
def test_it_filters_by_days_away(admin_client, time_machine, choice, found):
    time_machine.move_to(NOW, tick=False)
    club = ClubFactory()
    members = {MemberFactory(club=club, days_away=days).pk: days for days in (6, 7, 35, None)}
    shown = admin_client.get(LIST, {"away": choice}).context["cl"].result_list
    assert {members[member.pk] for member in shown} == found


def test_it_finds_members_by_any_part_of_name_phone_and_address(admin_client):
    member = MemberFactory(
        first_name="Zoë", last_name="O'Brien", phone="+41446681800", email="zoe@mail.example"
    )
    MemberFactory(club=member.club)
    for part in ("brien", "zoë brien", "4466", "044 668 18", "0041 (0)44 668", "zoe@", member.external_id):
        assert [row.pk for row in admin_client.get(LIST, {"q": part}).context["cl"].result_list] == [
            member.pk
        ]


def test_an_empty_list_says_what_belongs_there_and_one_without_a_match_says_that(admin_client):
    assert "No members yet." in admin_client.get(LIST).content.decode()
    assert "Nothing matches." in admin_client.get(LIST, {"q": "nobody"}).content.decode()


def test_the_list_shows_what_matters_first(admin_client):
    MemberFactory(days_away=9, recurring=True, membership_level="Gold")
    changelist = admin_client.get(LIST).context["cl"]
    shown = [name for name in changelist.list_display if name != "action_checkbox"]
    assert shown == ["__str__", "away", "status", "risk", "reachable_at", "email"]
    assert "Gold, recurring" in admin_client.get(LIST).content.decode()


def test_choosing_a_member_elsewhere_finds_her_by_the_same_words(admin_client):
    member = MemberFactory(first_name="Anna", last_name="Meyer", phone="+41791234567")
    MemberFactory(club=member.club)
    field = {"app_label": "members", "model_name": "visit", "field_name": "member"}
    for words in ("mey ann", "079 123"):
        found = admin_client.get(reverse("admin:autocomplete"), field | {"term": words}).json()
        assert [row["text"] for row in found["results"]] == ["Anna Meyer"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("+41 79 123 45 67", "+41791234567"),
        ("+41 (0)79 123-45-67", "+41791234567"),
        ("0041 79 123 45 67", "+41791234567"),
        ("(+1) 415.555.2671", "+14155552671"),
        ("", ""),
    ],
)
def test_a_phone_is_typed_as_people_write_it_and_kept_as_networks_do(typed, kept, admin_client):
    member = MemberFactory(phone="+41446681800")
    data = form_of(admin_client, member) | {"phone": typed}
    admin_client.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert Member.objects.get().phone == kept


@pytest.mark.parametrize("typed", ["079 123 45 67", "+41 79 12x", "+", "+41 79 123 45 67 89 10 11"])
def test_a_phone_without_its_country_or_with_letters_is_refused(typed, admin_client):
    member = MemberFactory(phone="+41446681800")
    data = form_of(admin_client, member) | {"phone": typed}
    response = admin_client.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert "Begin with plus and the country code, like +41 79 123 45 67." in response.content.decode()
    assert Member.objects.get().phone == "+41446681800"
