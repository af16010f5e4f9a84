"""A payment that did not come: the billing system says so by the API, the member hears from the club, and paying ends it."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from automations.models import Workflow
from members.models import Club, Member, StaffTask
from messaging.models import Message
from tests.factories import ClubFactory
from tests.members.admin.world import staff_of
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def club(time_machine: Any) -> Club:
    """With the starting workflow for whoever owes something switched on."""
    time_machine.move_to(MONDAY, tick=False)
    club = ClubFactory(slug="lakeside", name="Lakeside")
    call_command("add_starting_workflows")
    Workflow.objects.filter(slug="status-delinquent").update(is_enabled=True)
    return club


@pytest.fixture
def manager(client: Client, club: Club) -> Client:
    client.force_login(staff_of(club))
    return client


@pytest.fixture
def billing(manager: Client, club: Club) -> Any:
    """The club's billing system, with the key that a manager made for it: tells what it knows."""
    asked = {
        "club": club.pk,
        "name": "Billing",
        "scopes": ["members:write", "agreements:write", "members:read"],
        "requests_per_minute": 60,
    }
    page = manager.post(reverse("admin:members_apikey_add"), asked).content.decode()
    found = re.search(r"rollcall_\S+?(?=</code>)", page)
    assert found
    bearer = {"Authorization": f"Bearer {found[0]}"}

    def tell(what: str, *items: dict[str, Any]) -> list[str]:
        answer = Client().post(
            f"/api/v1/{what}", json.dumps(items), content_type="application/json", headers=bearer
        )
        return [result["outcome"] for result in answer.json()["results"]]

    tell.ask = lambda path: Client().get(f"/api/v1/{path}", headers=bearer).json()  # type: ignore[attr-defined]
    return tell


def agreement(now: dt.datetime, **more: Any) -> dict[str, Any]:
    told = {"id": "A1", "member": "M1", "purchased_on": "2025-01-01", "status": "active"}
    return told | {"occurred_at": now.isoformat()} | more


def test_from_the_first_missing_payment_to_the_settled_account(
    club: Club, manager: Client, billing: Any, provider: ScriptedTransport, time_machine: Any
) -> None:
    assert billing(
        "members", {"id": "M1", "first_name": "Ana", "phone": "+41446681800", "joined_on": "2025-01-01"}
    ) == ["created"]
    assert billing("agreements", agreement(MONDAY)) == ["created"]
    assert billing.ask("members/M1")["follow_up_status"]["label"] == "Active Customer"

    owing = agreement(MONDAY + DAY, past_due=4000, past_due_since="2025-09-02")
    time_machine.move_to(MONDAY + DAY, tick=False)
    # The billing system sends it twice, since it did not hear the first answer.
    assert billing("agreements", owing) == ["updated"]
    assert billing("agreements", owing) == ["unchanged"]
    call_command("run_job", "all")
    assert [(envelope.first_name, "did not go through" in envelope.text) for envelope in provider.asked] == [
        ("Ana", True)
    ]

    ana = Member.objects.get()
    page = manager.get(reverse("admin:members_member_change", args=[ana.pk])).content.decode()
    assert "Delinquent Customer" in page
    assert "40.00 past due since 2 September 2025" in page
    board = manager.get(reverse("admin:index")).content.decode()
    assert re.search(r"Delinquent Customer</a></td>\s*<td[^>]*>1</td>\s*<td[^>]*>\+1</td>", board)

    time_machine.move_to(MONDAY + DAY * 2, tick=False)
    assert billing("agreements", agreement(MONDAY + DAY * 2, past_due=0)) == ["updated"]
    # News from before arrives late and changes nothing.
    assert billing("agreements", owing) == ["unchanged"]
    assert billing.ask("members/M1")["follow_up_status"]["label"] == "Active Customer"

    for day in range(3, 8):
        time_machine.move_to(MONDAY + DAY * day, tick=False)
        call_command("run_job", "all")
    assert len(provider.asked) == Message.objects.count() == 1
    assert not StaffTask.objects.exists()


def test_what_is_not_paid_is_left_to_a_person_after_three_days(
    club: Club, billing: Any, provider: ScriptedTransport, time_machine: Any
) -> None:
    billing("members", {"id": "M1", "first_name": "Ana", "phone": "+41446681800"})
    billing("agreements", agreement(MONDAY, past_due=4000, past_due_since="2025-09-01"))
    for day in range(5):
        time_machine.move_to(MONDAY + DAY * day, tick=False)
        call_command("run_job", "all")
    assert len(provider.asked) == 1
    assert "agree on how to settle it" in StaffTask.objects.get().description


def test_who_pays_before_the_quiet_hours_end_hears_nothing(
    club: Club, billing: Any, provider: ScriptedTransport, time_machine: Any
) -> None:
    night = MONDAY.replace(hour=23)
    time_machine.move_to(night, tick=False)
    billing("members", {"id": "M1", "first_name": "Ana", "phone": "+41446681800"})
    billing("agreements", agreement(night, past_due=4000, past_due_since="2025-09-01"))
    assert Message.objects.get().status == "queued"
    morning = night + dt.timedelta(hours=8)
    time_machine.move_to(morning, tick=False)
    billing("agreements", agreement(morning, past_due=0))
    time_machine.move_to(night + dt.timedelta(hours=10), tick=False)
    call_command("run_job", "all")
    assert provider.asked == []
    assert (Message.objects.get().status, Message.objects.get().reason) == ("skipped", "other_status")
