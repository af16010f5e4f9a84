"""Documents in the admin: added by hand, found by how they stand, and told on the member's page."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from members.models import Document, Member
from tests.factories import NOW, ClubFactory, MemberFactory
from tests.members.admin.world import staff_of
from tests.perk_factories import DocumentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
LIST = reverse("admin:members_document_changelist")
ADD = reverse("admin:members_document_add")
DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def new(member: Member, **changes: Any) -> dict[str, Any]:
    return {
        "member": member.pk,
        "kind": "certificate",
        "name": "First aid",
        "issued_on": "2025-09-01",
        "expires_on": "2027-08-31",
        "external_id": "",
    } | changes


def shown(client: Client, **asked: str) -> list[str]:
    return [str(row) for row in client.get(LIST, asked).context["cl"].result_list]


def test_one_added_by_hand_needs_no_number(admin_client: Client) -> None:
    member = MemberFactory()
    for name in ("First aid", "Climbing"):
        assert admin_client.post(ADD, new(member, name=name)).status_code == 302
    first, second = Document.objects.order_by("pk")
    assert (first.club, first.expires_on, first.changed_at) == (member.club, dt.date(2027, 8, 31), NOW)
    assert first.external_id != second.external_id


def test_one_edited_keeps_its_number(admin_client: Client) -> None:
    document = DocumentFactory(external_id="D7")
    page = reverse("admin:members_document_change", args=[document.pk])
    asked = {"kind": "waiver", "name": "", "issued_on": "", "expires_on": "2026-01-01"}
    assert admin_client.post(page, asked).status_code == 302
    document.refresh_from_db()
    assert (document.external_id, document.expires_on) == ("D7", dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires_on": "2025-08-31"}, "It cannot expire before it is issued."),
        ({"kind": ""}, "This field is required."),
        ({"external_id": "D1"}, "Another document of this club has this ID."),
    ],
)
def test_what_cannot_be_is_refused_with_a_word(
    admin_client: Client, changes: dict[str, str], said: str
) -> None:
    member = MemberFactory()
    DocumentFactory(member=member, external_id="D1")
    answer = admin_client.post(ADD, new(member, **changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Document.objects.count() == 1


def test_the_list_finds_them_by_how_they_stand_on_the_clubs_own_day(admin_client: Client) -> None:
    late = ClubFactory(time_zone="Pacific/Kiritimati")  # Where it is tomorrow already, at 10:00 UTC.
    for name, days, club in (
        ("long", 31, None),
        ("soon", 30, None),
        ("last day", 0, None),
        ("over", -1, None),
        ("over there", 0, late),
    ):
        member = MemberFactory(club=club) if club else MemberFactory()
        DocumentFactory(member=member, name=name, expires_on=TODAY + days * DAY)
    DocumentFactory(name="for good", expires_on=None)
    old = DocumentFactory(name="handed in again", expires_on=TODAY - 9 * DAY)
    DocumentFactory(member=old.member, name="Handed in again", expires_on=TODAY + 90 * DAY)
    assert set(shown(admin_client, state="valid")) == {"long", "for good", "Handed in again"}
    assert set(shown(admin_client, state="expiring")) == {"soon", "last day"}
    assert set(shown(admin_client, state="expired")) == {"over", "over there"}
    assert len(shown(admin_client, state="nonsense")) == len(shown(admin_client)) == 8


def test_the_members_page_tells_what_counts_now_to_those_who_may_see_it(
    admin_client: Client, client: Client
) -> None:
    member = MemberFactory()
    DocumentFactory(member=member, expires_on=TODAY - DAY)
    DocumentFactory(member=member, kind="certificate", name="First aid", expires_on=TODAY - 30 * DAY)
    DocumentFactory(member=member, kind="certificate", name="First aid", expires_on=None)
    page = reverse("admin:members_member_change", args=[member.pk])
    said = " ".join(admin_client.get(page).content.decode().split())
    assert "Expired" in said
    assert "Waiver</a> until 31 August 2025" in said
    assert said.count("Certificate: First aid") == 1
    assert "Certificate: First aid</a> does not expire" in said
    assert f"{ADD}?member={member.pk}" in said
    client.force_login(staff_of(member.club, permissions=["members.view_member", "members.view_document"]))
    said = client.get(page).content.decode()
    assert ("First aid" in said, "Add a document" in said) == (True, False)
    client.force_login(staff_of(member.club, permissions=["members.view_member"]))
    assert "First aid" not in client.get(page).content.decode()
