"""The first page: who is due, who was left to a person, the latest log, and whether the jobs run."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from automations.engine.classification import first_message
from automations.models import JobRun, Workflow
from automations.operations.workflow_runs import run_workflow
from automations.reports.due import first_messages_of
from config.dashboard import due as due_module
from config.dashboard.due import WORKFLOWS_ASKED
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

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

INDEX = reverse("admin:index")


@pytest.fixture
def club():
    """With one workflow that is on."""
    return StepFactory().workflow.club


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
    assert due(admin_client) == [("Dan", 8, True), ("Cleo", 20, False), ("Ben", 7, False)]
    page = admin_client.get(INDEX)
    # Who has heard from the club already is named, but not due.
    assert page.context["due_total"] == page.context["due"][0].count == 1
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


def test_a_late_job_is_said_to_be_late(admin_client, club, settings):
    settings.REDIS_URL = "redis://elsewhere"
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=interval)
    assert "On time" in admin_client.get(INDEX).content.decode()
    PeriodicTask.objects.update(date_changed=NOW - dt.timedelta(hours=3))
    JobRun.objects.create(name="deliver_messages", started_at=NOW - dt.timedelta(hours=2))
    page = admin_client.get(INDEX).content.decode()
    assert ">Late<" in " ".join(page.split()).replace("> ", ">").replace(" <", "<")
    assert "overdue" in page
    assert "The schedule is not running any more." in page


def test_without_a_broker_a_job_that_was_run_by_hand_makes_no_other_late(admin_client, club, settings):
    settings.REDIS_URL = ""
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    for job in ("deliver_messages", "advance_enrollments"):
        PeriodicTask.objects.create(name=job, task=f"automations.jobs.{job}", interval=interval)
    PeriodicTask.objects.update(date_changed=NOW - dt.timedelta(hours=3))
    JobRun.objects.create(name="deliver_messages", started_at=NOW)
    page = admin_client.get(INDEX).content.decode()
    assert page.count("No worker has run here yet") == 1
    assert ">Late<" not in " ".join(page.split()).replace("> ", ">").replace(" <", "<")


def test_where_no_worker_has_ever_run_that_is_said_once_and_nothing_is_late(client, admin_client, club):
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    for job in ("deliver_messages", "advance_enrollments"):
        PeriodicTask.objects.create(name=job, task=f"automations.jobs.{job}", interval=interval)
    PeriodicTask.objects.update(date_changed=NOW - dt.timedelta(hours=3))
    page = admin_client.get(INDEX).content.decode()
    assert page.count("No worker has run here yet") == 1
    assert ">Late<" not in " ".join(page.split()).replace("> ", ">").replace(" <", "<")
    assert "Run now" in page
    client.force_login(staff_of(club))
    page = client.get(INDEX).content.decode()
    assert "Please tell whoever looks after Rollcall." in page
    assert "Sends the messages that are due." not in page


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


@pytest.mark.parametrize("changes", [{"trigger": "gone"}, {"conditions": {"field": "custom.gone"}}])
def test_a_workflow_that_cannot_be_read_does_not_take_the_page_down(admin_client, club, changes):
    Workflow.objects.update(**changes)
    assert admin_client.get(INDEX).context["due"] == []


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(INDEX)
    return len(captured)


def test_it_costs_the_same_for_a_few_members_and_for_many(admin_client, club):
    def grow(times):
        for _ in range(times):
            MemberFactory(club=club, days_away=9)
            MemberFactory(club=club, days_away=40, is_recurring=True)
            MessageFactory(member=MemberFactory(club=club))

    grow(2)
    run_workflow(Workflow.objects.get())
    queries(admin_client)
    few = queries(admin_client)
    grow(12)
    run_workflow(Workflow.objects.get())
    assert queries(admin_client) == few
    assert few <= 44


def workflow_with_somebody_due(club, number):
    StepFactory(workflow=WorkflowFactory(club=club, slug=f"w{number}", name=f"Flow {number:02}"))
    MemberFactory(club=club, days_away=9)


def test_it_costs_no_more_for_more_workflows_than_the_names_of_the_first_five(admin_client, club):
    MemberFactory(club=club, days_away=9)
    queries(admin_client)
    one = queries(admin_client)
    for number in range(2, 7):
        workflow_with_somebody_due(ClubFactory(), number)
    several = queries(admin_client)
    for number in range(7, 30):
        workflow_with_somebody_due(ClubFactory() if number % 2 else club, number)
    # Five more names, of which the first counted before; and one question that counts everybody once.
    assert several <= one + 5
    assert queries(admin_client) == several


def test_all_count_but_only_the_first_five_are_named(admin_client, club):
    Workflow.objects.all().delete()
    for number in range(WORKFLOWS_ASKED + 1):
        workflow_with_somebody_due(ClubFactory(), number)
    context = admin_client.get(INDEX).context
    assert [len(answer.members) for answer in context["due"]] == [1] * 5 + [0] * (WORKFLOWS_ASKED - 5)
    assert (context["due_total"], context["due_is_more"]) == (WORKFLOWS_ASKED, True)
    assert "More workflows are switched on" in admin_client.get(INDEX).content.decode()


def test_many_are_counted_up_to_a_bound(admin_client, club, monkeypatch):
    monkeypatch.setattr(due_module, "COUNTED", 3)
    monkeypatch.setattr(due_module, "SHOWN", 2)
    for _ in range(5):
        MemberFactory(club=club, days_away=9)
    context = admin_client.get(INDEX).context
    [answer] = context["due"]
    assert (answer.count, answer.unnamed, answer.is_more) == (4, 1, True)
    assert (context["due_total"], context["due_is_more"]) == (3, True)


def test_channels_are_those_that_the_engine_sees(club):
    mail = MessageTemplateFactory(club=club, as_email=True)
    workflows = [Workflow.objects.get()]
    for number, params in enumerate([{"template": mail.slug}, {"template": "gone"}, {}]):
        workflow = WorkflowFactory(club=club, slug=f"w{number}")
        StepFactory(workflow=workflow, position=2)
        StepFactory(workflow=workflow, position=1, action_params=params)
        workflows.append(workflow)
    workflows.append(WorkflowFactory(club=club, slug="silent"))
    found = first_messages_of(workflows)
    assert found == {workflow.pk: first_message(workflow) for workflow in workflows}
    assert [found[workflow.pk].channel for workflow in workflows] == ["sms", "email", "", "", ""]


def test_a_task_is_done_with_from_here(admin_client, club):
    member = MemberFactory(club=club, days_away=40, is_recurring=True)
    run_workflow(Workflow.objects.get())
    task = StaffTask.objects.get(member=member)
    link = reverse("admin:members_stafftask_deed", args=[task.pk, "done"]) + "?next=%2Fadmin%2F"
    assert link in admin_client.get(INDEX).content.decode()
    assert admin_client.post(link, {"note": "Rang"}).url == INDEX
    assert admin_client.get(INDEX).context["left"]["count"] == 0


def test_who_may_only_look_is_offered_no_deed(client, club):
    MemberFactory(club=club, days_away=40, is_recurring=True)
    run_workflow(Workflow.objects.get())
    looks = ["members.view_member", "automations.view_decision", "members.view_stafftask"]
    client.force_login(staff_of(club, permissions=looks))
    page = client.get(INDEX)
    assert page.context["left"]["rows"][0]["task"]
    assert "/do/" not in page.content.decode()


def test_jobs_are_run_from_here_by_superusers_only(client, admin_client, club):
    interval = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="x", task="automations.jobs.deliver_messages", interval=interval)
    assert "Run now" in admin_client.get(INDEX).content.decode()
    client.force_login(staff_of(club))
    page = client.get(INDEX).content.decode()
    assert "Sends the messages that are due." in page
    assert "Run now" not in page
    assert "deliver_messages" not in page
