"""Who is due, on a page about so many members that it shows what was counted ahead."""

import datetime as dt
import html
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.engine.fuse import RunHeld, held_run
from automations.models import ManualStart, Workflow
from automations.operations.brakes import cancel
from automations.operations.workflow_runs import run_workflow
from automations.reports.due import count_ahead
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, WorkflowFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")


@pytest.fixture
def club(monkeypatch):
    """With one workflow that is on."""
    monkeypatch.setattr("messaging.reports.figures.LARGE", 1)
    return StepFactory().workflow.club


def read(response):
    return html.unescape(response.content.decode())


def names(club, **away):
    return {
        name: MemberFactory(club=club, first_name=name, last_name="", days_away=days)
        for name, days in away.items()
    }


def due(client):
    [answer] = client.get(INDEX).context["due"]
    return [(row["member"].first_name, row["days"], row["is_waiting"]) for row in answer.members]


def test_of_many_members_it_shows_who_was_due_as_it_was_counted_ahead(admin_client, club, time_machine):
    names(club, Ben=9, Cleo=8)
    MemberFactory(club=club, first_name="Dora", days_away=40, is_recurring=True)
    count_ahead([club], NOW)
    names(club, Dan=10)
    time_machine.move_to(NOW + dt.timedelta(minutes=9))
    assert due(admin_client) == [("Ben", 9, True), ("Cleo", 8, True)]
    page = admin_client.get(INDEX)
    assert (page.context["due_total"], page.context["due_is_more"]) == (2, False)
    assert "As of 1 Sept 2025, 10:00; found anew" in page.content.decode()
    [left] = page.context["left"]["rows"]
    assert (left["member"].first_name, left["is_next"]) == ("Dora", True)
    count_ahead([club], NOW + dt.timedelta(minutes=9))
    assert due(admin_client) == [("Dan", 10, True), ("Ben", 9, True), ("Cleo", 8, True)]


def test_somebody_due_in_two_workflows_counted_ahead_is_one_person(admin_client, club):
    StepFactory(workflow=WorkflowFactory(club=club, slug="again", name="Again"))
    names(club, Ben=9, Cleo=8)
    page = admin_client.get(INDEX)
    assert ([each.count for each in page.context["due"]], page.context["due_total"]) == ([2, 2], 2)


def test_a_member_who_was_deleted_meanwhile_is_not_named(admin_client, club):
    members = names(club, Ben=9, Cleo=8)
    assert due(admin_client) == [("Ben", 9, True), ("Cleo", 8, True)]
    members["Ben"].delete()
    MemberFactory(club=club, days_away=1)
    assert due(admin_client) == [("Cleo", 8, True)]


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(INDEX)
    return len(captured)


def test_counted_ahead_it_costs_the_same_for_a_few_members_and_for_many(admin_client, club):
    names(club, Ben=9, Cleo=8)
    for number in range(2, 9):
        StepFactory(workflow=WorkflowFactory(club=ClubFactory(), slug=f"w{number}"))
    for _ in range(2):
        few = queries(admin_client)
    for _ in range(5):
        MemberFactory(club=club, days_away=9)
    assert queries(admin_client) == few


@pytest.fixture(params=["asked at once", "counted ahead"])
def held(request, club, monkeypatch):
    """A run that would follow up both at once."""
    if request.param == "asked at once":
        monkeypatch.setattr("messaging.reports.figures.LARGE", 1_000)
    Workflow.objects.update(fuse_first=1)
    names(club, Ben=9, Cleo=8)
    with pytest.raises(RunHeld):
        run_workflow(Workflow.objects.get())
    return held_run(Workflow.objects.get())


def test_whoever_a_held_run_keeps_waiting_is_said_to_wait_for_a_person(admin_client, held):
    page = read(admin_client.get(INDEX))
    assert page.count("waits for a person's Go") == 2
    assert "waits for the next check" not in page
    assert "some wait until a person decides" in page
    there = reverse("admin:automations_workflow_change", args=[held.workflow_id])
    assert f"{there}#held-run" in page
    assert 'id="held-run"' in read(admin_client.get(there))


def test_once_it_is_decided_they_wait_for_the_check_again(admin_client, held):
    cancel(run=held, now=NOW, by=None)
    page = read(admin_client.get(INDEX))
    assert page.count("waits for the next check") == 2
    assert "person's Go" not in page
    assert "some wait" not in page


def test_a_paused_workflow_keeps_them_waiting_until_it_is_resumed(admin_client, club):
    names(club, Ben=9)
    Workflow.objects.update(paused_at=NOW, paused_because={"asked": 50, "failed": 20, "complained": 0})
    page = read(admin_client.get(INDEX))
    assert "waits until it is resumed" in page
    assert "#paused-workflow" in page


def test_while_a_run_is_held_nobody_is_left_to_a_person_by_the_next_check(admin_client, club, held):
    MemberFactory(club=club, first_name="Dora", days_away=40, is_recurring=True)
    assert admin_client.get(INDEX).context["left"]["rows"] == []
    cancel(run=held, now=NOW, by=None)
    [left] = admin_client.get(INDEX).context["left"]["rows"]
    assert (left["member"].first_name, left["is_next"]) == ("Dora", True)


def test_of_one_started_by_hand_it_says_how_long_they_are_away_not_since_when_that_was(admin_client):
    workflow = StepFactory(workflow__trigger="manual", workflow__trigger_params={}).workflow
    for name, days in (("Ben", 20), ("Cleo", None)):
        member = MemberFactory(club=workflow.club, first_name=name, days_away=days)
        ManualStart.objects.create(workflow=workflow, member=member, token=uuid.uuid4(), asked_at=NOW)
    assert due(admin_client) == [("Ben", 20, True), ("Cleo", None, True)]
    count_ahead([workflow.club], NOW)
    assert due(admin_client) == [("Ben", 20, True), ("Cleo", None, True)]
