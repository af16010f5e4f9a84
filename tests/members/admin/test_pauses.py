"""Away for a while: noted and ended on the member's page."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.models import Member, Pause
from tests.factories import MemberFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def member() -> Member:
    return MemberFactory(first_name="Maria")


def address(member: Member, name: str) -> str:
    return reverse("admin:members_member_action", args=[member.pk, name])


def page(client: Client, member: Member) -> str:
    return client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()


def in_days(days: int) -> str:
    return (timezone.now().date() + days * DAY).isoformat()


def begin(client: Client, member: Member, days: int = 10) -> Any:
    data = {"back_on": in_days(days), "why": "injured", "words": "My knee"}
    return client.post(address(member, "pause"), data, follow=True)


def test_it_is_noted_shown_and_ended(admin_client: Client, admin_user: Any, member: Member) -> None:
    assert address(member, "end-pause") not in page(admin_client, member)
    assert "Maria is left in peace until" in begin(admin_client, member).content.decode()
    pause = Pause.objects.get()
    assert (pause.why, pause.words, pause.recorded_by) == ("injured", "My knee", admin_user)
    assert pause.until.date().isoformat() == in_days(10)
    shown = page(admin_client, member)
    assert "Injured, back on" in shown
    assert "“My knee”" in shown
    assert address(member, "pause") not in shown
    ended = admin_client.post(address(member, "end-pause"), follow=True).content.decode()
    assert "Workflows go on for Maria." in ended
    pause.refresh_from_db()
    assert (pause.ended_by, pause.ended_at is not None) == (admin_user, True)
    assert address(member, "pause") in page(admin_client, member)
    again = admin_client.post(address(member, "end-pause"), follow=True)
    assert "That was over already." in again.content.decode()


@pytest.mark.parametrize(("days", "is_kept"), [(0, False), (1, True), (366, True), (367, False)])
def test_the_day_lies_ahead_and_within_a_year(
    admin_client: Client, member: Member, days: int, is_kept: bool
) -> None:
    begin(admin_client, member, days)
    assert Pause.objects.exists() == is_kept


def test_a_look_begins_nothing(admin_client: Client, member: Member) -> None:
    assert "Until when is Maria away?" in admin_client.get(address(member, "pause")).content.decode()
    assert not Pause.objects.exists()


def test_it_asks_for_the_permission(client: Client, member: Member) -> None:
    client.force_login(staff_of(member.club, permissions=["members.view_member"]))
    assert begin(client, member).status_code == 403
    assert not Pause.objects.exists()
