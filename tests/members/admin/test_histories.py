"""A row's history in words: who, when in the club's zone, and what from what to what."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Club, Member, MembershipStatus
from tests.factories import ClubFactory, MemberFactory, UserFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


def history_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[row.pk])


def lines(client, row):
    response = client.get(history_of(row))
    assert response.status_code == 200
    return response.context["page_obj"].lines


@pytest.fixture
def club():
    return ClubFactory(name="Riverside Gym", time_zone="America/New_York", locale="en_US")


@pytest.fixture
def person(client, club):
    person = staff_of(club)
    person.first_name, person.last_name = "Rosa", "Lind"
    person.save()
    client.force_login(person)
    return person


def told(line):
    return [(change.field, change.old, change.new) for change in line.changes]


def test_it_says_who_changed_what_in_words_and_in_the_clubs_zone(client, club, person, time_machine):
    time_machine.move_to(dt.datetime(2025, 9, 2, 1, 30, tzinfo=dt.UTC), tick=False)
    member = MemberFactory(club=club, phone="", birthday_on=None, last_attended_at=None)
    member.membership_status = MembershipStatus.FROZEN
    member.is_recurring = True
    member.birthday_on = dt.date(1990, 5, 4)
    member.last_attended_at = dt.datetime(2025, 9, 2, 1, 0, tzinfo=dt.UTC)
    member._history_user = person
    member.save()
    changed, added = lines(client, member)
    assert changed.who == "Rosa Lind"
    assert changed.when == "Sep 1, 2025, 9:30 PM"
    assert sorted(told(changed)) == [
        ("Birthday", "nothing", "May 4, 1990"),
        ("Last attended", "nothing", "Sep 1, 2025, 9:00 PM"),
        ("Membership status", "Active", "Frozen"),
        ("Recurring", "No", "Yes"),
    ]
    assert (added.who, added.what, added.changes) == ("Rollcall itself", "Added", [])


def test_a_list_of_people_is_told_by_their_names(client, club, person):
    other = UserFactory(username="otto")
    club.staff.add(other)
    (change,) = lines(client, club)[0].changes
    assert change.field == "Staff"
    assert sorted(change.new.split(", ")) == sorted([person.username, "otto"])


def test_the_page_costs_the_same_however_long_the_history(
    client, club, person, django_assert_max_num_queries
):
    member = MemberFactory(club=club)
    for number in range(30):
        member.first_name = f"Name {number}"
        member._history_user = person
        member.save()
    with django_assert_max_num_queries(20):
        assert len(lines(client, member)) == 31


def test_a_row_without_its_club_is_told_in_utc(client, admin_user):
    client.force_login(admin_user)
    member = MemberFactory()
    pk, club = member.pk, member.club_id
    member.delete()
    Club.objects.filter(pk=club).delete()
    response = client.get(reverse("admin:members_member_history", args=[pk]))
    assert response.status_code == 200
    assert all(line.when.endswith("UTC") for line in response.context["page_obj"].lines)
    assert not Member.objects.exists()
