"""What the club's systems tell of bookings and payments: followed up within the same moment, ended by what ends it, and caught
up with after a worker was down for three days."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from automations.models import Decision, Enrollment, Workflow
from members.models import Club, StaffTask
from messaging.models import Message
from tests.api_client import ApiClient
from tests.factories import ClubFactory, MessageTemplateFactory, StepFactory, WorkflowFactory
from tests.members.admin.world import staff_of
from tests.scripted_transport import ScriptedTransport

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = dt.datetime(2025, 9, 1, 10, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ANY = {"only_first": False, "class_name": ""}


@pytest.fixture
def club(time_machine: Any) -> Club:
    time_machine.move_to(MONDAY, tick=False)
    return ClubFactory(slug="lakeside", locale="en_US", cap_messages=None)


@pytest.fixture
def api(club: Club) -> ApiClient:
    """The club's system, which has told of Ana and of two classes: tomorrow's and one in five days."""
    api = ApiClient(club)
    api.post("members", [{"id": "M1", "first_name": "Ana", "phone": "+41446681800"}])
    starts = {"C1": MONDAY + DAY, "C5": MONDAY + 5 * DAY}
    api.post(
        "classes", [{"id": key, "name": "Yoga", "starts_at": at.isoformat()} for key, at in starts.items()]
    )
    return api


def workflow_for(club: Club, trigger: str, params: dict[str, Any], words: str) -> Workflow:
    workflow: Workflow = WorkflowFactory(
        club=club, slug=trigger, trigger=trigger, trigger_params=params, cooldown_days=0
    )
    template = MessageTemplateFactory(club=club, text_body=words)
    StepFactory(workflow=workflow, action_params={"template": template.slug})
    return workflow


def booking(number: int, at: dt.datetime, session: str = "C5", **more: str) -> dict[str, str]:
    told = {"id": f"B{number}", "member": "M1", "class": session, "status": "booked"}
    return told | {"occurred_at": at.isoformat()} | more


def payment(at: dt.datetime, **more: Any) -> dict[str, Any]:
    told = {"id": "P1", "member": "M1", "amount": 4000, "due_on": "2025-09-01", "status": "pending"}
    return told | {"occurred_at": at.isoformat()} | more


def said(provider: ScriptedTransport) -> list[str]:
    return [envelope.text for envelope in provider.asked]


def test_three_bookings_of_one_request_are_three_messages_at_once(
    club: Club, api: ApiClient, provider: ScriptedTransport
) -> None:
    workflow_for(club, "booking_created", ANY, "See you at {{ class_name }} on {{ class_starts_at }}!")
    batch = [booking(n, MONDAY, session) for n, session in enumerate(["C1", "C5", "C5"])]
    # No job is run: the request itself rings.
    assert api.outcomes("bookings", batch) == ["created"] * 3
    assert sorted(said(provider)) == [
        "See you at Yoga on Sat September 6, 2025, 10:00 AM!",
        "See you at Yoga on Sat September 6, 2025, 10:00 AM!",
        "See you at Yoga on Tue September 2, 2025, 10:00 AM!",
    ]
    assert api.outcomes("bookings", batch) == ["unchanged"] * 3
    call_command("run_job", "all")
    assert len(said(provider)) == 3


def test_a_payment_is_overdue_then_paid(
    club: Club, api: ApiClient, provider: ScriptedTransport, time_machine: Any, client: Client
) -> None:
    words = "Hi {{ first_name }}, {{ amount }} was due on {{ due_on }}."
    workflow = workflow_for(club, "payment_overdue", {"days": 3}, words)
    call = {"description": "Call about the payment", "priority": "low", "due_in_days": 1}
    StepFactory(
        workflow=workflow,
        position=2,
        delay=2,
        action="open_staff_task",
        action_params={**call, "assignee": "round_robin"},
    )
    api.post("payments", [payment(MONDAY)])
    for day in range(1, 5):
        time_machine.move_to(MONDAY + day * DAY, tick=False)
        call_command("run_job", "all")
        assert len(said(provider)) == (day >= 3)
    assert said(provider) == ["Hi Ana, $40.00 was due on September 1, 2025."]
    paid = payment(MONDAY + 4 * DAY, status="paid", paid_at=(MONDAY + 4 * DAY).isoformat())
    assert api.outcomes("payments", [paid]) == ["updated"]
    for day in range(5, 9):
        time_machine.move_to(MONDAY + day * DAY, tick=False)
        call_command("run_job", "all")
    assert (len(said(provider)), StaffTask.objects.count()) == (1, 0)
    client.force_login(staff_of(club))
    enrollment = Enrollment.objects.get()
    page = client.get(reverse("admin:automations_enrollment_change", args=[enrollment.pk])).content.decode()
    assert "Nothing is owed for it any more" in page


def test_who_pays_before_the_quiet_hours_end_is_not_reminded(
    club: Club, api: ApiClient, provider: ScriptedTransport, time_machine: Any
) -> None:
    workflow_for(club, "payment_overdue", {"days": 3}, "{{ amount }} was due on {{ due_on }}.")
    api.post("payments", [payment(MONDAY)])
    night = (MONDAY + 3 * DAY).replace(hour=5)
    time_machine.move_to(night, tick=False)
    call_command("run_job", "all")
    assert Message.objects.get().status == "queued"
    time_machine.move_to(night + HOUR, tick=False)
    api.post("payments", [payment(night + HOUR, status="paid")])
    time_machine.move_to(night + 5 * HOUR, tick=False)
    call_command("run_job", "all")
    assert said(provider) == []
    assert (Message.objects.get().status, Message.objects.get().reason) == ("skipped", "payment_settled")


def test_a_worker_that_was_down_for_three_days_catches_up_with_what_still_makes_sense(
    club: Club,
    api: ApiClient,
    provider: ScriptedTransport,
    time_machine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow_for(club, "booking_created", ANY, "Booked: {{ class_name }}, {{ class_starts_at }}")
    workflow_for(club, "booking_no_show", ANY, "Missed: {{ class_name }}, {{ class_starts_at }}")
    workflow_for(club, "payment_overdue", {"days": 0}, "Due: {{ due_on }}")
    api.post("members", [{"id": "M2", "first_name": "Ben", "phone": "+41446681801"}])
    with monkeypatch.context() as down:
        down.setattr("automations.bell._send", lambda job, *args: None)
        # Monday: Ana books for tomorrow and for Saturday; Ben for Saturday; something is due.
        ben = booking(9, MONDAY) | {"member": "M2"}
        api.post("bookings", [booking(1, MONDAY, "C1"), booking(2, MONDAY), ben])
        api.post("payments", [payment(MONDAY)])
        # Tuesday: Ana does not come. Wednesday: she books once more.
        time_machine.move_to(MONDAY + DAY + HOUR, tick=False)
        api.post("bookings", [booking(1, MONDAY + DAY + HOUR, "C1", status="no_show")])
        time_machine.move_to(MONDAY + 2 * DAY, tick=False)
        api.post("bookings", [booking(3, MONDAY + 2 * DAY)])
    assert not Enrollment.objects.exists()

    # Thursday, an hour too late for what happened on Monday.
    time_machine.move_to(MONDAY + 3 * DAY + HOUR, tick=False)
    call_command("run_job", "all")
    assert sorted(said(provider)) == [
        "Booked: Yoga, Sat September 6, 2025, 10:00 AM",
        "Missed: Yoga, Tue September 2, 2025, 10:00 AM",
    ]
    standing = {
        (decision.workflow.slug, decision.member.first_name): decision.reason
        for decision in Decision.objects.filter(until_run=None).select_related("workflow", "member")
    }
    assert standing == {
        ("booking_created", "Ana"): "due",
        ("booking_no_show", "Ana"): "due",
        ("payment_overdue", "Ana"): "missed",
        ("booking_created", "Ben"): "missed",
        ("booking_no_show", "Ben"): "no_occasion",
        ("payment_overdue", "Ben"): "no_occasion",
    }
    time_machine.move_to(MONDAY + 4 * DAY, tick=False)
    call_command("run_job", "all")
    assert len(said(provider)) == 2
