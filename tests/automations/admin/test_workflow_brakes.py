"""A held run and a paused workflow on the workflow's page: what is told, to whom the buttons, and that only a POST decides."""

import pytest
from django.urls import reverse

from automations.engine.evaluation import evaluate, start_run
from automations.engine.fuse import RunHeld, held_run
from automations.models import Enrollment, Workflow, WorkflowRun
from automations.operations.brakes import pause
from automations.rules.brakes import Outcomes
from tests.factories import NOW, MemberFactory, StepFactory
from tests.members.admin.world import staff_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]
MAY = ("automations.view_workflow", "automations.add_workflowrun", "members.view_member")


@pytest.fixture
def run():
    workflow = StepFactory(workflow__fuse_first=3, workflow__club__time_zone="UTC").workflow
    for number in range(12):
        MemberFactory(club=workflow.club, days_away=10, first_name=f"Member{number:02}")
    with pytest.raises(RunHeld):
        evaluate(start_run(workflow, kind=WorkflowRun.Kind.DAILY, now=NOW))
    return held_run(workflow)


def address(name, run):
    return reverse(f"admin:automations_workflow_{name}", args=[run.workflow_id, run.pk])


def page(workflow):
    return reverse("admin:automations_workflow_change", args=[workflow.pk])


def login(client, workflow, *permissions):
    person = staff_of(workflow.club, permissions=permissions)
    client.force_login(person)
    return person


def test_the_page_says_how_many_how_many_usually_and_names_ten(client, run):
    login(client, run.workflow, *MAY)
    html = client.get(page(run.workflow)).content.decode()
    assert "12 members would be followed up at once, which is much for a first run." in html
    assert sum(f"Member{number:02}" in html for number in range(12)) == 10
    assert address("let_go", run) in html
    assert address("cancel_run", run) in html


def test_who_may_not_see_members_reads_no_names_and_who_may_not_run_has_no_buttons(client, run):
    login(client, run.workflow, "automations.view_workflow")
    html = client.get(page(run.workflow)).content.decode()
    assert "A run waits for you" in html
    assert "Member0" not in html
    assert address("let_go", run) not in html
    for name in ("let_go", "cancel_run"):
        assert client.post(address(name, run), {"seen": 12}).status_code == 403
    assert held_run(run.workflow) == run


def test_asking_decides_nothing_and_pressing_go_follows_them_up(client, run):
    person = login(client, run.workflow, *MAY)
    asked = client.get(address("let_go", run))
    assert "12 members will be followed up" in asked.content.decode()
    assert held_run(run.workflow) == run
    assert client.post(address("let_go", run), {"seen": 12}).status_code == 302
    run.refresh_from_db()
    assert (run.verdict, run.decided_by) == ("go", person)


@pytest.mark.django_db(transaction=True)
def test_a_worker_carries_it_out(client, run):
    login(client, run.workflow, *MAY)
    client.post(address("let_go", run), {"seen": 12})
    assert Enrollment.objects.filter(run__released_from=run).count() == 12


def test_a_second_press_and_a_late_cancel_say_who_was_quicker(client, run):
    login(client, run.workflow, *MAY)
    client.post(address("let_go", run), {"seen": 12})
    for name in ("let_go", "cancel_run"):
        answer = client.post(address(name, run), {"seen": 12}, follow=True)
        assert "let it go." in answer.content.decode()
    assert WorkflowRun.objects.filter(released_from=run).count() == 1


def test_far_more_than_was_shown_is_not_let_go(client, run):
    login(client, run.workflow, *MAY)
    answer = client.post(address("let_go", run), {"seen": 3})
    assert "By now 12 members would be followed up, not 3." in answer.content.decode()
    assert held_run(run.workflow) == run


def test_cancel_is_recorded(client, run):
    person = login(client, run.workflow, *MAY, "automations.view_workflowrun")
    client.post(address("cancel_run", run))
    run.refresh_from_db()
    assert (run.verdict, run.decided_by) == ("cancel", person)
    result = reverse("admin:automations_workflow_run_result", args=[run.workflow_id, run.pk])
    assert "canceled it." in client.get(result).content.decode()
    assert "A run waits for you" not in client.get(page(run.workflow)).content.decode()


def test_nobody_decides_about_the_run_of_another_club(client, run):
    other = StepFactory(workflow__slug="other").workflow
    login(client, other, *MAY)
    assert client.post(address("let_go", run), {"seen": 12}).status_code == 404
    assert client.post(address("cancel_run", run)).status_code == 404
    mixed = reverse("admin:automations_workflow_let_go", args=[other.pk, run.pk])
    assert client.post(mixed, {"seen": 12}).status_code == 404
    assert held_run(run.workflow) == run


def test_run_now_says_beforehand_and_a_dry_run_too_that_it_would_wait(client, run):
    login(client, run.workflow, *MAY)
    client.post(address("cancel_run", run))
    for name in ("run_now", "dry_run"):
        html = client.get(reverse(f"admin:automations_workflow_{name}", args=[run.workflow_id])).content
        assert "A first run of more than 3 members waits for a person: this one has 12." in html.decode()


def test_running_by_hand_while_one_waits_leads_to_it(client, run):
    login(client, run.workflow, *MAY)
    answer = client.post(
        reverse("admin:automations_workflow_run_now", args=[run.workflow_id]), {"seen": 0}, follow=True
    )
    assert "A run waits already" in answer.content.decode()
    assert WorkflowRun.objects.count() == 1


def test_the_dashboard_names_it_at_once_with_the_way_to_it(client, run):
    login(client, run.workflow, *MAY)
    html = client.get(reverse("admin:index")).content.decode()
    assert "“Missed class” would follow up 12 members at once" in html
    assert page(run.workflow) in html
    login(client, StepFactory(workflow__slug="other").workflow, *MAY)
    assert "would follow up" not in client.get(reverse("admin:index")).content.decode()


@pytest.fixture
def paused():
    workflow = StepFactory().workflow
    pause(workflow_id=workflow.pk, because=Outcomes(40, 12, 1), now=NOW)
    return Workflow.objects.get(pk=workflow.pk)


def test_a_paused_one_says_why_and_only_resume_lets_it_go_on(client, paused):
    resume = reverse("admin:automations_workflow_resume", args=[paused.pk])
    login(client, paused, "automations.view_workflow", "automations.change_workflow")
    html = client.get(page(paused)).content.decode()
    assert "of its last 40 messages, 12 failed or bounced and 1 were marked as spam" in html
    assert resume not in html
    assert client.post(resume).status_code == 403

    person = login(client, paused, *MAY, "automations.change_workflow")
    assert resume in client.get(page(paused)).content.decode()
    client.get(resume)
    paused.refresh_from_db()
    assert paused.paused_at
    client.post(resume)
    paused.refresh_from_db()
    assert paused.paused_at is None
    history = client.get(reverse("admin:automations_workflow_history", args=[paused.pk])).content.decode()
    assert "Let go on after it was paused." in history
    assert "Paused by itself: of its last 40 messages" in history
    assert str(person) in history


def test_the_list_says_that_it_is_paused(client, paused):
    login(client, paused, *MAY)
    assert "Paused" in client.get(reverse("admin:automations_workflow_changelist")).content.decode()
    assert "was paused by itself" in client.get(reverse("admin:index")).content.decode()
