"""Run now and dry run from the page: who may, what is asked, and that a second click does nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations import bell
from automations.models import Decision, Enrollment, Workflow, WorkflowRun
from automations.reports import planned
from messaging.models import Message
from tests.factories import NOW, ClubFactory, MemberFactory, StepFactory, WorkflowRunFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("at_now")]


@pytest.fixture
def workflow():
    workflow = StepFactory().workflow
    MemberFactory(club=workflow.club, first_name="John", days_away=8)
    MemberFactory(club=workflow.club, first_name="Aisha", days_away=3)
    return workflow


def url(workflow, page, *args):
    return reverse(f"admin:automations_workflow_{page}", args=[workflow.pk, *args])


def words(response):
    return " ".join(response.content.decode().split())


def test_it_asks_first_and_writes_nothing(admin_client, workflow):
    shown = words(admin_client.get(url(workflow, "run_now")))
    assert "member will be followed up now" in shown
    assert "John" in shown
    assert "Aisha" not in shown
    assert not WorkflowRun.objects.exists()


def test_it_runs_and_shows_what_came_of_it(admin_client, admin_user, workflow):
    response = admin_client.post(url(workflow, "run_now"), {"seen": 0}, follow=True)
    run = WorkflowRun.objects.get()
    assert (run.kind, run.requested_by, run.counts) == (
        "by_hand",
        admin_user,
        {"due": 1, "attended_recently": 1},
    )
    assert Message.objects.get().status == "sent"
    shown = words(response)
    for said in ("Ran as of", "<strong>1</strong> Due", "Sent 1", "Last came on", "The run in the log"):
        assert said in shown


def test_a_second_click_finds_the_same_run(admin_client, workflow):
    seen = admin_client.get(url(workflow, "run_now")).context["seen"]
    first = admin_client.post(url(workflow, "run_now"), {"seen": seen})
    second = admin_client.post(url(workflow, "run_now"), {"seen": seen})
    assert first.url == second.url
    assert WorkflowRun.objects.count() == 1
    assert Message.objects.count() == 1


def test_asked_again_it_runs_again_and_messages_nobody_twice(admin_client, workflow):
    for _ in range(2):
        seen = admin_client.get(url(workflow, "run_now")).context["seen"]
        admin_client.post(url(workflow, "run_now"), {"seen": seen})
    assert WorkflowRun.objects.count() == 2
    assert Message.objects.count() == 1


def test_with_a_worker_the_page_only_starts_it(admin_client, workflow, monkeypatch):
    rung = []
    monkeypatch.setattr("automations.admin.workflow_runs.ring", lambda *asked: rung.append(asked))
    response = admin_client.post(url(workflow, "run_now"), {"seen": 0}, follow=True)
    run = WorkflowRun.objects.get()
    assert rung == [("run_by_hand", run.pk)]
    assert run.finished_at is None
    assert "Under way as of" in words(response)
    assert not Enrollment.objects.exists()


def test_what_died_in_the_worker_goes_on(workflow):
    run = WorkflowRunFactory(workflow=workflow)
    for _ in range(2):
        bell.ring("run_by_hand", run.pk)
    run.refresh_from_db()
    assert run.finished_at == NOW
    assert Message.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"trigger": "gone"}])
def test_what_cannot_be_run_says_so_and_is_not_run(admin_client, workflow, change):
    Workflow.objects.update(**change)
    assert "Run it now" not in words(admin_client.get(url(workflow, "run_now")))
    response = admin_client.post(url(workflow, "run_now"), {"seen": 0})
    assert response.url == url(workflow, "change")
    assert not WorkflowRun.objects.exists()


def test_one_without_steps_is_not_run(admin_client, workflow):
    workflow.steps.all().delete()
    assert "no steps yet" in words(admin_client.get(url(workflow, "run_now")))
    admin_client.post(url(workflow, "run_now"), {"seen": 0})
    assert not WorkflowRun.objects.exists()


def test_the_dry_run_shows_everyone_and_writes_nothing(admin_client, workflow):
    shown = words(admin_client.get(url(workflow, "dry_run")))
    for said in ("John", "8 days away.", "Aisha", "needs 7."):
        assert said in shown
    for model in (WorkflowRun, Decision, Enrollment, Message):
        assert not model.objects.exists()


@pytest.mark.parametrize(("show", "names"), [("messaged", {"John"}), ("skipped", {"Aisha"})])
def test_the_dry_run_shows_a_part(admin_client, workflow, show, names):
    page = admin_client.get(url(workflow, "dry_run"), {"show": show}).context["page"]
    assert {member.first_name for member, _row in page.rows} == names


def test_the_dry_run_goes_page_by_page_through_everyone_once(admin_client, workflow, monkeypatch):
    monkeypatch.setattr(planned, "PAGE", 2)
    for days in range(5):
        MemberFactory(club=workflow.club, days_away=days)
    seen, after = [], 0
    while after is not None:
        page = admin_client.get(url(workflow, "dry_run"), {"after": after}).context["page"]
        seen += [member.pk for member, _row in page.rows]
        after = page.after
    assert seen == sorted(workflow.club.members.values_list("pk", flat=True))


def test_the_dry_run_costs_the_same_for_few_and_for_many(admin_client, workflow):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(url(workflow, "dry_run"))
        return len(captured)

    queries()
    few = queries()
    for days in range(20):
        MemberFactory(club=workflow.club, days_away=days)
    assert queries() == few


def test_a_dry_run_works_while_it_is_off(admin_client, workflow):
    Workflow.objects.update(is_enabled=False)
    assert "John" in words(admin_client.get(url(workflow, "dry_run")))


VIEW = ["automations.view_workflow", "automations.view_workflowrun", "members.view_member"]


@pytest.mark.parametrize("page", ["run_now", "dry_run"])
def test_who_may_not_run_is_not_offered_it_and_is_refused(client, workflow, page):
    client.force_login(staff_of(workflow.club, permissions=VIEW))
    assert url(workflow, page) not in client.get(url(workflow, "change")).content.decode()
    assert client.get(url(workflow, page)).status_code == 403
    assert client.post(url(workflow, page), {"seen": 0}).status_code == 403
    assert not WorkflowRun.objects.exists()


def test_who_may_run_but_not_see_members_reads_no_names(client, workflow):
    client.force_login(
        staff_of(workflow.club, permissions=["automations.view_workflow", "automations.add_workflowrun"])
    )
    assert "John" not in words(client.get(url(workflow, "run_now")))
    assert client.get(url(workflow, "dry_run")).status_code == 403


def test_of_another_club_nothing_exists(client, workflow):
    run = WorkflowRunFactory(workflow=workflow)
    client.force_login(staff_of(ClubFactory()))
    for page in (url(workflow, "run_now"), url(workflow, "dry_run"), url(workflow, "run_result", run.pk)):
        assert client.get(page).status_code == 404
        assert client.post(page).status_code == 404
    assert WorkflowRun.objects.count() == 1


def test_a_run_of_another_workflow_is_not_shown_under_this_one(admin_client, workflow):
    other = WorkflowRunFactory()
    assert admin_client.get(url(workflow, "run_result", other.pk)).status_code == 404


def test_it_says_beforehand_and_afterwards_which_tasks_it_opens(admin_client, workflow):
    MemberFactory(club=workflow.club, first_name="Maeve", days_away=50, is_recurring=True)
    said = "A staff task is opened for 1 member who is left to a person."
    assert said in words(admin_client.get(url(workflow, "run_now")))
    dry = words(admin_client.get(url(workflow, "dry_run")))
    assert said in dry
    assert ">Left to a person</td>" in dry
    result = words(admin_client.post(url(workflow, "run_now"), {"seen": 0}, follow=True))
    assert "1 staff task was opened." in result
    assert ">Left to a person</td>" in result
    assert said not in words(admin_client.get(url(workflow, "run_now")))


def test_a_task_opened_by_a_step_counts(admin_client, workflow):
    StepFactory(
        workflow=workflow,
        position=2,
        action="open_staff_task",
        action_params={
            "description": "Call",
            "priority": "low",
            "due_in_days": 1,
            "assignee": "round_robin",
        },
    )
    result = words(admin_client.post(url(workflow, "run_now"), {"seen": 0}, follow=True))
    assert "1 staff task was opened." in result


def test_the_result_leads_to_each_member_and_says_what_became_of_the_message(admin_client, workflow):
    page = admin_client.post(url(workflow, "run_now"), {"seen": 0}, follow=True)
    john = workflow.club.members.get(first_name="John")
    assert reverse("admin:members_member_change", args=[john.pk]) in words(page)
    assert ">Messaged</td>" in words(page)
    Message.objects.update(status="queued", sent_at=None)
    waiting = words(admin_client.get(page.redirect_chain[-1][0]))
    assert ">Waits to be sent</td>" in waiting
    assert "Messaged" not in waiting


def test_a_dry_run_of_what_sends_nothing_speaks_of_no_message(admin_client, workflow):
    workflow.steps.all().delete()
    shown = words(admin_client.get(url(workflow, "dry_run")))
    assert ">Would be followed up</td>" in shown
    assert ">Would be messaged</td>" not in shown


def test_a_run_that_cannot_be_asked_any_more_says_so_and_does_not_wait_for_a_worker(admin_client, workflow):
    run = WorkflowRunFactory(workflow=workflow, rule={"trigger": "gone"})
    shown = words(admin_client.get(url(workflow, "run_result", run.pk)))
    assert "cannot be asked any more" in shown
    assert "data-reload-after" not in shown
    assert "A worker is at it" not in shown
