"""Three days without a check, and a workflow for those away for exactly a week: who is still due is written to, the others told.

What happens to bookings and payments meanwhile stands in `test_what_happens_to_bookings_and_payments.py`.
"""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from automations.models import WorkflowRun
from tests.factories import ClubFactory, MemberFactory, MessageTemplateFactory, StepFactory
from tests.members.admin.world import staff_of
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_nobody_is_lost_and_nobody_is_written_to_too_late(
    provider: ScriptedTransport, time_machine: Any, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    time_machine.move_to(MONDAY, tick=False)
    club = ClubFactory(slug="lakeside")
    params = {"min_days": 7, "max_days": 8, "hand_over": True}
    template = MessageTemplateFactory(club=club, text_body="We miss you, {{ first_name }}!")
    workflow = StepFactory(
        workflow__club=club, workflow__trigger_params=params, action_params={"template": template.slug}
    ).workflow
    # By name how long they are away on Monday; by Friday, Cy is for exactly a week.
    members = {
        name: MemberFactory(
            club=club, first_name=name, external_id=name, last_attended_at=MONDAY - days * DAY
        )
        for name, days in {"Ana": 7, "Ben": 6, "Cy": 3}.items()
    }
    said = provider.asked
    call_command("run_job", "all")
    assert [envelope.text for envelope in said] == ["We miss you, Ana!"]

    # Nothing runs from Tuesday to Thursday.
    time_machine.move_to(MONDAY + 4 * DAY, tick=False)
    call_command("run_job", "all")
    assert [envelope.text for envelope in said] == ["We miss you, Ana!", "We miss you, Cy!"]
    assert WorkflowRun.objects.latest("pk").counts["missed"] == 1

    because = "No daily check took place while there was time."
    capsys.readouterr()
    call_command("explain", "Ben", "--workflow", workflow.slug)
    assert because in " ".join(capsys.readouterr().out.split())
    client.force_login(staff_of(club))
    pages = {
        name: client.get(reverse("admin:members_member_change", args=[member.pk])).content.decode()
        for name, member in members.items()
    }
    assert [name for name, page in pages.items() if because in page] == ["Ben"]
