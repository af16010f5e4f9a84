"""A waiver that expires: its file is imported, the member is reminded, brings a new one, and hears no more."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from automations.models import Workflow
from members.models import Member
from tests.factories import ClubFactory
from tests.members.admin.world import staff_of
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_from_the_first_reminder_to_the_new_waiver(
    client: Client, provider: ScriptedTransport, time_machine: Any, tmp_path: Path
) -> None:
    time_machine.move_to(MONDAY, tick=False)
    club = ClubFactory(slug="lakeside", name="Lakeside")
    call_command("add_starting_workflows")
    Workflow.objects.filter(slug="document-expiring").update(is_enabled=True)
    members, documents = tmp_path / "members.csv", tmp_path / "documents.csv"
    members.write_text("id,first_name,email\nM1,Ana,ana@mail.example\nM2,Ben,ben@mail.example\n")
    documents.write_text(
        "id,member,kind,name,expires_on\n"
        "D1,M1,waiver,,2025-10-02\n"
        "D2,M2,certificate,First aid,2025-10-02\n"
        "D3,M2,waiver,,2026-10-02\n"
    )
    call_command("import_members", str(members))
    call_command("import_documents", str(documents))

    heard: dict[int, list[str]] = {}
    for day in range(35):
        time_machine.move_to(MONDAY + DAY * day, tick=False)
        provider.asked.clear()
        call_command("run_job", "all")
        if provider.asked:
            heard[day] = sorted(f"{one.first_name}: {one.subject}" for one in provider.asked)
        if day == 20:
            # Ana brings a new one to the desk.
            client.force_login(staff_of(club))
            added = client.post(
                reverse("admin:members_document_add"),
                {
                    "member": Member.objects.get(external_id="M1").pk,
                    "kind": "waiver",
                    "expires_on": "2026-09-21",
                },
            )
            assert added.status_code == 302
    ana = "Ana: Your waiver is good until 2 October 2025"
    ben = "Ben: Your First aid is good until 2 October 2025"
    assert heard == {1: [ana, ben], 17: [ana, ben], 24: [ben]}
