"""The button that copies a workflow, and the one that brings an earlier one back."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from automations.models import Step, Workflow
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MessageTemplateFactory,
    StepFactory,
    WorkflowFactory,
)
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db
GOLD = {"match": "all", "rules": [{"field": "membership_level", "operator": "is", "value": "Gold"}]}
VIEW, ADD, CHANGE = (f"automations.{may}_workflow" for may in ("view", "add", "change"))


@pytest.fixture
def workflow():
    workflow = WorkflowFactory()
    MessageTemplateFactory(club=workflow.club, slug="hello", name="Hello there")
    StepFactory(workflow=workflow, action_params={"template": "hello"})
    return workflow


def copying(workflow):
    return reverse("admin:automations_workflow_copy", args=[workflow.pk])


def bringing(workflow, at):
    return (
        reverse("admin:automations_workflow_bring_back", args=[workflow.pk])
        + f"?at={at:%Y-%m-%dT%H:%M:%S.%fZ}"
    )


def test_the_button_asks_and_only_an_answer_copies(admin_client, workflow):
    assert (
        copying(workflow)
        in admin_client.get(reverse("admin:automations_workflow_change", args=[workflow.pk])).content.decode()
    )
    assert "Missed class (copy)" in admin_client.get(copying(workflow)).content.decode()
    assert Workflow.objects.count() == 1
    answer = {"name": "Another", "club": workflow.club_id}
    said = admin_client.post(copying(workflow), answer, follow=True).content.decode()
    copied = Workflow.objects.get(name="Another")
    assert not copied.is_enabled
    assert reverse("admin:automations_workflow_change", args=[copied.pk]) in said
    assert LogEntry.objects.get(object_id=copied.pk).change_message == "Copied from “Missed class”."


def test_it_goes_to_clubs_that_one_works_for_only(client, workflow):
    client.force_login(staff_of(workflow.club, permissions=[VIEW, ADD]))
    foreign = ClubFactory()
    client.post(copying(workflow), {"name": "Another", "club": foreign.pk})
    assert Workflow.objects.count() == 1
    client.post(copying(workflow), {"name": "Another", "club": workflow.club_id})
    assert Workflow.objects.count() == 2


def test_who_may_not_add_copies_none(client, workflow):
    client.force_login(staff_of(workflow.club, permissions=[VIEW, CHANGE]))
    assert client.post(copying(workflow), {"name": "x", "club": workflow.club_id}).status_code == 403
    client.force_login(staff_of(ClubFactory(), permissions=[VIEW, ADD]))
    assert client.post(copying(workflow), {"name": "x", "club": workflow.club_id}).status_code == 404
    assert Workflow.objects.count() == 1


@pytest.fixture
def edited(workflow, time_machine):
    Workflow.history.all().delete()
    Step.history.all().delete()
    time_machine.move_to(NOW, tick=True)
    workflow.save()
    workflow.steps.get().save()
    time_machine.move_to(NOW + dt.timedelta(days=1), tick=True)
    workflow.cooldown_days = 30
    workflow.save()
    StepFactory(workflow=workflow, position=2, action_params={"template": "hello"})
    return workflow


def test_the_history_offers_to_bring_back_all_but_the_newest(admin_client, edited):
    page = admin_client.get(reverse("admin:automations_workflow_history", args=[edited.pk]))
    assert page.content.decode().count(">Bring back<") == len(page.context["page"]) - 1 > 0


def test_it_says_what_becomes_of_those_inside_and_then_does_it(admin_client, admin_user, edited):
    EnrollmentFactory(workflow=edited, step=edited.steps.get(position=2), position=2)
    at = edited.history.last().history_date
    question = admin_client.get(bringing(edited, at)).content.decode()
    assert "It stays switched on." in question
    assert "1 stands before step 2" in question
    assert "1 member who stands before it is done" in question
    edited.refresh_from_db()
    assert edited.cooldown_days == 30
    admin_client.post(bringing(edited, at))
    edited.refresh_from_db()
    assert (edited.cooldown_days, edited.steps.count()) == (7, 1)
    newest = edited.history.first()
    assert (newest.history_user, newest.history_change_reason) == (admin_user, "Brought back as it was")
    again = admin_client.post(bringing(edited, at), follow=True).content.decode()
    assert "It is as it was then; nothing was changed." in again
    nothing = admin_client.get(bringing(edited, at)).content.decode()
    assert "there is nothing to bring back" in nothing
    assert "Bring it back" not in nothing


def test_before_bringing_back_all_is_said_that_is_said_before_saving(admin_client, workflow, time_machine):
    Workflow.history.all().delete()
    Step.history.all().delete()
    time_machine.move_to(NOW, tick=True)
    first, params = workflow.steps.get(), workflow.trigger_params
    second = StepFactory(workflow=workflow, position=2, action_params={"template": "hello"})
    workflow.trigger_params, workflow.patience_hours = {**params, "min_days": 14}, 24
    for each in (workflow, first):
        each.save()
    time_machine.move_to(NOW + dt.timedelta(days=1), tick=True)
    at = workflow.history.first().history_date
    workflow.trigger_params, workflow.patience_hours, workflow.conditions = params, 72, GOLD
    first.position, first.delay, first.action_params = 3, 5, {"template": "other"}
    for each in (workflow, first):
        each.save()
    StepFactory(workflow=workflow, position=4, action="end", action_params={})
    for due_at in (NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=9)):
        EnrollmentFactory(workflow=workflow, step=first, position=3, due_at=due_at, enrolled_at=NOW)
    EnrollmentFactory(workflow=workflow, step=second, position=2)
    question = admin_client.get(bringing(workflow, at)).content.decode()
    for said in (
        "Step 3 (end) is deleted: nobody stands before it.",
        "Step 2 (send the message “Hello there”) comes later: 2 members who were past it without it take it then.",
        "Step 1 (send the message “Hello there”) comes earlier: 1 member who is past its new place does not take it.",
        "Step 1 changes: 2 members who stand before it take it as it will be then.",
        "The wait for step 1 changes: 2 members wait for it as long as before.",
        "What it looks for changes: for 3 members it is over",
        "Who it is for changes: 3 members who are on the way go on",
        "the next step of 2 members is later than that",
    ):
        assert said in question
    workflow.refresh_from_db()
    assert workflow.patience_hours == 72


@pytest.mark.parametrize(("permissions", "status"), [([VIEW], 403), ([CHANGE], 302)])
def test_bringing_back_takes_the_right_to_change(client, edited, permissions, status):
    at = edited.history.last().history_date
    client.force_login(staff_of(edited.club, permissions=permissions))
    assert client.post(bringing(edited, at)).status_code == status
    client.force_login(staff_of(ClubFactory(), permissions=[VIEW, CHANGE]))
    assert client.post(bringing(edited, at)).status_code == 404


def test_an_instant_that_is_none_leads_nowhere(admin_client, edited):
    address = reverse("admin:automations_workflow_bring_back", args=[edited.pk])
    for at in ("", "soon", "2025-09-01T10:00"):
        assert admin_client.get(address, {"at": at}).status_code == 404
