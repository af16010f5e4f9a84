"""Who is left to a person: those with a task, and those who get one at the next check, each once."""

import pytest
from django.urls import reverse

from automations.models import Workflow
from automations.operations.workflow_runs import run_workflow
from automations.reports import left as left_ahead
from automations.reports.due import count_ahead
from members.models import StaffTask
from tests.factories import NOW, MemberFactory, StepFactory, WorkflowFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")


@pytest.fixture
def club():
    """With one workflow that is on."""
    return StepFactory().workflow.club


@pytest.fixture
def another(club):
    params = {"min_days": 7, "max_days": 38, "hand_over": True}
    workflow = WorkflowFactory(club=club, slug="other", name="Other", trigger_params=params)
    return StepFactory(workflow=workflow).workflow


def away(club, days, **values):
    return MemberFactory(club=club, days_away=days, is_recurring=True, **values)


def left(client):
    shown = client.get(INDEX).context["left"]
    return shown["count"], shown["following"], [(row["days"], bool(row["task"])) for row in shown["rows"]]


def test_who_gets_a_task_at_the_next_check_is_named_as_such(admin_client, club):
    away(club, 40)
    run_workflow(Workflow.objects.get())
    away(club, 50)
    assert left(admin_client) == (2, 1, [(50, False), (40, True)])
    shown = " ".join(admin_client.get(INDEX).content.decode().split())
    assert "1 of them gets the task at the next check." in shown
    assert "at the next check</td>" in shown


def test_the_workflows_own_page_says_as_many(admin_client, club):
    for days in (34, 35, 36, 90):
        away(club, days)
    workflow = Workflow.objects.get()
    page = admin_client.get(reverse("admin:automations_workflow_preview", args=[workflow.pk]))
    [group] = [group for group in page.context["preview"].skipped if group.reason == "inactive_recurring"]
    assert group.count == left(admin_client)[0] == 3
    run_workflow(workflow)
    assert left(admin_client)[:2] == (3, 0)


def test_several_workflows_leave_a_member_to_a_person_once(admin_client, club, another):
    away(club, 40)
    assert left(admin_client) == (1, 1, [(40, False)])
    run_workflow(another)
    assert left(admin_client) == (1, 0, [(40, True)])
    run_workflow(Workflow.objects.get(slug="missed-class"))
    assert left(admin_client) == (1, 0, [(40, True)])


def test_a_closed_task_settles_it_for_all_of_them(admin_client, club, another):
    away(club, 40)
    for workflow in Workflow.objects.all():
        run_workflow(workflow)
    StaffTask.objects.update(status="completed", closed_at=NOW)
    assert left(admin_client) == (0, 0, [])


def test_a_workflow_that_hands_nobody_over_leaves_nobody(admin_client, club):
    Workflow.objects.update(trigger_params={"min_days": 7, "max_days": 35})
    away(club, 40)
    assert left(admin_client) == (0, 0, [])


def test_a_large_club_is_told_of_them_as_they_were_counted_ahead(admin_client, club, monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", 0)
    away(club, 40)
    assert left(admin_client)[0] == 1
    away(club, 41)
    assert left(admin_client)[0] == 1
    count_ahead([club], NOW)
    assert left(admin_client)[0] == 2


def test_of_many_who_were_counted_ahead_a_closed_task_is_gone_at_once(admin_client, club, monkeypatch):
    monkeypatch.setattr("messaging.reports.figures.LARGE", 0)
    for days in (40, 41, 42):
        away(club, days)
    run_workflow(Workflow.objects.get())
    left_ahead.count_ahead([club], NOW)
    assert left(admin_client)[0] == 3
    task = StaffTask.objects.order_by("pk")[0]
    StaffTask.objects.filter(pk=task.pk).update(status="completed", closed_at=NOW)
    page = admin_client.get(INDEX)
    assert page.context["left"]["count"] == 2
    assert task.member not in [row["member"] for row in page.context["left"]["rows"]]
    assert page.content.decode().count("As of 1 Sept 2025, 10:00") == 2
    monkeypatch.setattr("messaging.reports.figures.LARGE", 100)
    assert left(admin_client)[0] == 2


def test_who_is_due_by_several_workflows_counts_once(admin_client, club, another):
    for days in (8, 9, 36):
        MemberFactory(club=club, days_away=days)
    context = admin_client.get(INDEX).context
    assert sorted(answer.count for answer in context["due"]) == [2, 3]
    assert context["due_total"] == 3
