"""Instants typed where clocks change are one instant each, and what was not touched stays as it was."""

import datetime as dt

import pytest
from django.urls import reverse

from members.models import Member
from members.operations.visits import record_visit
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.test_members import form_of

pytestmark = pytest.mark.django_db

FIRST, SECOND = (dt.datetime(2024, 10, 27, hour, 30, tzinfo=dt.UTC) for hour in (0, 1))
"""Half past two in Zurich, which came twice that night."""


@pytest.fixture
def club():
    return ClubFactory(time_zone="Europe/Zurich")


def save(client, member, **changes):
    page = reverse("admin:members_member_change", args=[member.pk])
    response = client.post(page, form_of(client, member) | changes)
    assert response.status_code == 302, response.context["adminform"].form.errors
    return Member.objects.get(pk=member.pk).last_attended_at


def test_the_first_of_an_hour_that_comes_twice_is_meant(admin_client, club):
    member = MemberFactory(club=club)
    typed = {"last_attended_at_0": "2024-10-27", "last_attended_at_1": "02:30"}
    assert save(admin_client, member, **typed) == FIRST


def test_an_hour_that_never_comes_is_as_much_later(admin_client, club):
    member = MemberFactory(club=club)
    typed = {"last_attended_at_0": "2024-03-31", "last_attended_at_1": "02:30"}
    assert save(admin_client, member, **typed) == dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("last", [FIRST, SECOND, NOW.replace(second=7, microsecond=5)])
def test_saving_something_else_leaves_the_last_visit_to_the_microsecond(
    admin_client, club, last, time_machine
):
    time_machine.move_to(NOW + dt.timedelta(hours=1), tick=False)
    member = MemberFactory(club=club)
    record_visit(member_id=member.pk, attended_at=last, now=NOW + dt.timedelta(hours=1))
    assert save(admin_client, member, last_name="Meyer") == last


@pytest.mark.parametrize(
    ("day", "hour"), [("2024-10-27", ""), ("", "02:30"), ("soon", "02:30"), ("2024-10-27", "25:00")]
)
def test_half_an_instant_is_refused_at_the_field(admin_client, club, day, hour):
    member = MemberFactory(club=club)
    data = form_of(admin_client, member) | {"last_attended_at_0": day, "last_attended_at_1": hour}
    response = admin_client.post(reverse("admin:members_member_change", args=[member.pk]), data)
    assert "last_attended_at" in response.context["adminform"].form.errors
