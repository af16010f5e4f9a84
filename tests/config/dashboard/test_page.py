"""The first page: who is due, who was left to a person, the latest log, and whether the jobs run."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from automations.models import Workflow
from automations.operations.workflow_runs import run_workflow
from members.models import StaffTask
from tests.factories import (
    NOW,
    ClubFactory,
    MemberFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    UserFactory,
    WorkflowFactory,
)
from tests.members.admin.world import OURS, staff_of

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def club():
    club = ClubFactory()
    template = MessageTemplateFactory(club=club)
    StepFactory(workflow=WorkflowFactory(club=club), action_params={"template": template.slug})
    return club


def names(club, **away):
    return {
        name: MemberFactory(club=club, first_name=name, last_name="", days_away=days)
        for name, days in away.items()
    }


def due(client):
    [answer] = client.get(INDEX).context["due"]
    return [(row["member"].first_name, row["days"], row["is_waiting"]) for row in answer.members]


def test_it_shows_who_is_due_longest_away_first(admin_client, club):
    names(club, Anna=6, Ben=7, Cleo=34, Dan=35)
    assert due(admin_client) == [("Cleo", 34, True), ("Ben", 7, True)]
    assert admin_client.get(INDEX).context["due_total"] == 2


def test_who_was_followed_up_stays_for_two_days_unless_she_comes(admin_client, club, time_machine):
    members = names(club, Ben=7, Cleo=20)
    run_workflow(Workflow.objects.get())
    names(club, Dan=8)
    assert due(admin_client) == [("Cleo", 20, False), ("Dan", 8, True), ("Ben", 7, False)]
    members["Cleo"].last_attended_at = NOW
    members["Cleo"].save()
    assert due(admin_client) == [("Dan", 8, True), ("Ben", 7, False)]
    time_machine.move_to(NOW.replace(day=2, hour=23))
    assert due(admin_client) == [("Dan", 9, True), ("Ben", 8, False)]
    time_machine.move_to(NOW.replace(day=3, hour=0))
    assert due(admin_client) == [("Dan", 10, True)]


def test_it_shows_who_was_left_to_a_person_with_the_task(admin_client, club):
    MemberFactory(club=club, days_away=40, is_recurring=True)
    run_workflow(Workflow.objects.get())
    left = admin_client.get(INDEX).context["left"]
    assert (left["count"], [(row["days"], row["task"]) for row in left["rows"]]) == (
        1,
        [(40, StaffTask.objects.get())],
    )


def test_it_shows_the_latest_messages_and_what_each_workflow_last_decided(admin_client, club):
    names(club, Ben=7, Anna=1)
    run_workflow(Workflow.objects.get())
    page = admin_client.get(INDEX)
    [row] = page.context["log"]
    assert (row["message"].member.first_name, row["when"]) == ("Ben", "1 Sept 2025, 10:00")
    [run] = page.context["runs"]
    assert run["counts"] == "1 due, 1 attended recently"


def test_a_late_job_is_said_to_be_late(admin_client, club):
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=interval)
    assert "On time" in admin_client.get(INDEX).content.decode()
    PeriodicTask.objects.update(date_changed=NOW - dt.timedelta(hours=1))
    page = admin_client.get(INDEX).content.decode()
    assert "Late" in page
    assert "The schedule is not running here." in page


@pytest.mark.parametrize(("transport", "is_said"), [("console", True), ("aws", False)])
def test_practice_mode_is_said_here_and_on_every_page(admin_client, club, settings, transport, is_said):
    settings.TRANSPORT = transport
    assert ("nobody receives anything" in admin_client.get(INDEX).content.decode()) is is_said
    members = admin_client.get(reverse("admin:members_member_changelist")).content.decode()
    assert ("Practice mode" in members) is is_said


def test_it_shows_nothing_of_other_clubs(client, club):
    hidden = ClubFactory(name="Hidden Gym")
    StepFactory(workflow=WorkflowFactory(club=hidden, name="Hidden flow"))
    MemberFactory(club=hidden, first_name="Hidden", days_away=9)
    MemberFactory(club=hidden, first_name="Hidden", days_away=40, is_recurring=True)
    run_workflow(Workflow.objects.get(club=hidden))
    client.force_login(staff_of(club))
    page = client.get(INDEX)
    assert page.context["due_total"] == page.context["left"]["count"] == 0
    assert page.context["log"] == page.context["runs"] == []
    assert "Hidden" not in page.content.decode()


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        ([], set()),
        (["messaging.view_message"], {"log"}),
        (["members.view_member", "automations.view_workflow"], {"due"}),
        (["members.view_member", "automations.view_decision"], {"left"}),
        (OURS, {"due", "left", "log", "runs"}),
    ],
)
def test_each_part_asks_for_its_permission(client, club, permissions, shown):
    client.force_login(staff_of(club, permissions=permissions))
    context = client.get(INDEX).context
    assert {part for part in ("due", "left", "log", "runs") if part in context} == shown


def test_somebody_without_a_club_is_told_what_to_do(client):
    client.force_login(UserFactory())
    assert "You do not work for any club here yet." in client.get(INDEX).content.decode()


def test_a_workflow_that_cannot_be_read_does_not_take_the_page_down(admin_client, club):
    Workflow.objects.update(trigger="gone")
    assert admin_client.get(INDEX).context["due"] == []


def test_it_costs_the_same_for_a_few_members_and_for_many(admin_client, club):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(INDEX)
        return len(captured)

    def grow(times):
        for _ in range(times):
            MemberFactory(club=club, days_away=9)
            MemberFactory(club=club, days_away=40, is_recurring=True)
            MessageFactory(member=MemberFactory(club=club))

    grow(2)
    run_workflow(Workflow.objects.get())
    queries()
    few = queries()
    grow(12)
    run_workflow(Workflow.objects.get())
    assert queries() == few
    assert few <= 25
