"""Addresses taken off the suppression list: with a note, and only where staff may decide it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from messaging.models import Suppression
from tests.factories import ClubFactory, SuppressionFactory
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


def lift(entry: Suppression) -> str:
    return reverse("admin:messaging_suppression_lift", args=[entry.pk])


def page(client: Client, entry: Suppression) -> str:
    return client.get(reverse("admin:messaging_suppression_change", args=[entry.pk])).content.decode()


@pytest.mark.parametrize(
    ("cause", "may"), [("bounced", True), ("by_hand", True), ("opted_out", False), ("complained", False)]
)
def test_it_depends_on_the_cause(admin_client: Client, cause: str, may: bool) -> None:
    entry = SuppressionFactory(address="a@mail.example", channel="email", cause=cause)
    assert (lift(entry) in page(admin_client, entry)) == may
    admin_client.post(lift(entry), {"note": "She mended her mailbox"})
    assert Suppression.objects.exists() != may
    told = [log.change_message for log in LogEntry.objects.all()]
    assert any("She mended her mailbox" in one and "a@mail.example" in one for one in told) == may


def test_without_a_note_and_by_a_look_it_stays(admin_client: Client) -> None:
    entry = SuppressionFactory(cause="bounced")
    admin_client.get(lift(entry))
    admin_client.post(lift(entry), {"note": " "})
    assert Suppression.objects.exists()


def test_it_is_not_simply_deleted(admin_client: Client) -> None:
    entry = SuppressionFactory(cause="complained")
    address = reverse("admin:messaging_suppression_delete", args=[entry.pk])
    assert admin_client.post(address, {"post": "yes"}).status_code == 403
    assert Suppression.objects.exists()


@pytest.mark.parametrize(("permission", "status"), [("view", 403), ("delete", 302)])
def test_it_asks_for_the_permission(client: Client, permission: str, status: int) -> None:
    entry = SuppressionFactory(cause="bounced")
    permissions = ["messaging.view_suppression", f"messaging.{permission}_suppression"]
    client.force_login(staff_of(entry.club, permissions=permissions))
    assert client.post(lift(entry), {"note": "Mended"}).status_code == status
    client.force_login(staff_of(ClubFactory(), permissions=permissions))
    assert client.post(lift(entry), {"note": "Mended"}).status_code == 404
