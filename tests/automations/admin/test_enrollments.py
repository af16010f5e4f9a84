"""Under way: where each member stands, and taking somebody out."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from automations.models import Enrollment, Step, Workflow
from members.admin.columns import when
from messaging.operations.delivery import deliver
from tests.factories import (
    NOW,
    ClubFactory,
    EnrollmentFactory,
    MessageFactory,
    MessageTemplateFactory,
    StepFactory,
    StepRunFactory,
    WorkflowFactory,
)
from tests.members.admin.world import staff_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrollment():
    template = MessageTemplateFactory(slug="hello", name="Hello there")
    step = StepFactory(workflow__club=template.club, position=1, action_params={"template": "hello"})
    return EnrollmentFactory(
        workflow=step.workflow, step=step, position=1, due_at=NOW + dt.timedelta(hours=3)
    )


def url(enrollment, page):
    return reverse(f"admin:automations_enrollment_{page}", args=[enrollment.pk])


def test_it_says_which_step_is_next_and_when(admin_client, enrollment):
    shown = admin_client.get(url(enrollment, "change")).content.decode()
    assert "step 1 (send the message “Hello there”)" in shown
    due = when(NOW + dt.timedelta(hours=3), enrollment.workflow.club)
    assert f"), {due}" in shown


def test_the_list_names_the_next_steps_in_one_query_for_all(admin_client, enrollment):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            shown = admin_client.get(reverse("admin:automations_enrollment_changelist"))
        assert "send the message “Hello there”" in shown.content.decode()
        return len(captured)

    queries()
    few = queries()
    for _ in range(5):
        EnrollmentFactory(workflow=enrollment.workflow, step=enrollment.step, position=1)
    assert queries() == few


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"is_enabled": False}, "once the workflow is on"),
        ({"paused_at": NOW}, "once the workflow is no longer paused"),
        ({"is_enabled": False, "paused_at": NOW}, "once the workflow is on"),
    ],
)
def test_while_the_workflow_is_off_or_paused_no_time_is_told(admin_client, enrollment, state, said):
    Workflow.objects.update(**state)
    assert (
        f"(send the message “Hello there”), {said}"
        in admin_client.get(url(enrollment, "change")).content.decode()
    )
    Enrollment.objects.update(step=None)
    assert f"the first, {said}" in admin_client.get(url(enrollment, "change")).content.decode()


def test_taking_somebody_out_asks_first(admin_client, enrollment):
    assert "Next would be step 1" in admin_client.get(url(enrollment, "take_out")).content.decode()
    enrollment.refresh_from_db()
    assert enrollment.status == Enrollment.Status.ACTIVE


@pytest.mark.parametrize(
    ("trigger", "once"),
    [
        ("missed_class", "once per absence"),
        ("birthday", "once for each birthday"),
        ("document_expiring", "once for each reminder of a document"),
        ("gone", "once for each occasion"),
    ],
)
def test_taking_out_says_for_what_it_counts_as_followed_up(admin_client, enrollment, trigger, once):
    Workflow.objects.update(trigger=trigger)
    question = admin_client.get(url(enrollment, "take_out")).content.decode()
    assert f"It counts as followed up all the same: {once}." in question


def test_taking_somebody_out_ends_it_and_leaves_a_trace(admin_client, admin_user, enrollment):
    response = admin_client.post(url(enrollment, "take_out"), follow=True)
    enrollment.refresh_from_db()
    assert (enrollment.status, enrollment.end_reason) == (Enrollment.Status.EXITED, "taken_out")
    assert "was taken out of" in response.content.decode()
    assert "Taken out by hand" in response.content.decode()
    entry = LogEntry.objects.get(object_id=enrollment.pk)
    assert (entry.user, entry.change_message) == (admin_user, "Taken out by hand.")
    assert "Taken out by hand." in admin_client.get(url(enrollment, "history")).content.decode()


def test_it_is_done_once(admin_client, enrollment):
    admin_client.post(url(enrollment, "take_out"))
    assert "not under way any more" in admin_client.get(url(enrollment, "take_out")).content.decode()
    again = admin_client.post(url(enrollment, "take_out"), follow=True)
    assert "nothing was changed" in again.content.decode()
    assert LogEntry.objects.count() == 1


def test_what_it_queued_is_not_sent_any_more(admin_client, enrollment, provider):
    message = MessageFactory(member=enrollment.member)
    StepRunFactory(enrollment=enrollment, message=message)
    admin_client.post(url(enrollment, "take_out"))
    deliver(clock=lambda: NOW)
    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "taken_out")


def test_it_is_offered_only_while_she_is_under_way(admin_client, enrollment):
    take_out = url(enrollment, "take_out")
    assert take_out in admin_client.get(url(enrollment, "change")).content.decode()
    Enrollment.objects.update(status=Enrollment.Status.DONE)
    assert take_out not in admin_client.get(url(enrollment, "change")).content.decode()


def test_who_may_not_is_not_offered_it_and_is_refused(client, enrollment):
    client.force_login(staff_of(enrollment.workflow.club, permissions=["automations.view_enrollment"]))
    for deed in ("take_out", "push_on"):
        assert url(enrollment, deed) not in client.get(url(enrollment, "change")).content.decode()
        assert client.get(url(enrollment, deed)).status_code == 403
        assert client.post(url(enrollment, deed)).status_code == 403
    enrollment.refresh_from_db()
    assert enrollment.status == Enrollment.Status.ACTIVE


def test_of_another_club_nothing_exists(client, enrollment):
    client.force_login(staff_of(ClubFactory()))
    for deed in ("take_out", "push_on"):
        assert client.get(url(enrollment, deed)).status_code == 404
        assert client.post(url(enrollment, deed)).status_code == 404
    enrollment.refresh_from_db()
    assert enrollment.status == Enrollment.Status.ACTIVE


@pytest.mark.usefixtures("at_now")
def test_pushing_on_asks_first_and_leaves_a_trace_of_who(admin_client, admin_user, enrollment):
    StepFactory(workflow=enrollment.workflow, position=2, delay=2, action_params={"template": "hello"})
    question = admin_client.get(url(enrollment, "push_on")).content.decode()
    assert "Next is step 1 (send the message “Hello there”)" in question
    assert f'name="step" value="{enrollment.step_id}"' in question
    assert not enrollment.step_runs.exists()
    seen = {"step": enrollment.step_id}
    admin_client.post(url(enrollment, "push_on"), seen)
    again = admin_client.post(url(enrollment, "push_on"), seen, follow=True).content.decode()
    assert "has moved on meanwhile; nothing was changed" in again
    assert [run.outcome for run in enrollment.step_runs.all()] == ["done"]
    entry = LogEntry.objects.get(object_id=enrollment.pk)
    assert entry.user == admin_user
    assert "Pushed on by hand; next was step 1" in again
    assert f"({admin_user})" in again


@pytest.mark.usefixtures("at_now")
@pytest.mark.parametrize(
    ("state", "until", "meanwhile"),
    [
        ({"is_enabled": False}, "until it is switched on", "switched off meanwhile"),
        ({"paused_at": NOW}, "until somebody resumes it", "paused meanwhile"),
    ],
)
def test_while_nobody_moves_on_the_question_has_no_button(admin_client, enrollment, state, until, meanwhile):
    assert "Take it now" in admin_client.get(url(enrollment, "push_on")).content.decode()
    Workflow.objects.update(**state)
    question = admin_client.get(url(enrollment, "push_on")).content.decode()
    assert f"nobody moves on {until}" in question
    assert "Take it now" not in question
    pushed = admin_client.post(url(enrollment, "push_on"), {"step": enrollment.step_id}, follow=True)
    assert meanwhile in pushed.content.decode()
    assert not enrollment.step_runs.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.usefixtures("at_now")
def test_a_workflow_that_cannot_be_asked_pushes_nobody(admin_client, enrollment):
    Step.objects.update(action="dance")
    pushed = admin_client.post(url(enrollment, "push_on"), {"step": enrollment.step_id}, follow=True)
    assert "cannot be asked" in pushed.content.decode()
    assert not LogEntry.objects.exists()


def test_it_says_whether_the_goal_was_reached(admin_client, enrollment):
    Workflow.objects.update(goal="booked")
    assert "not yet" in admin_client.get(url(enrollment, "change")).content.decode()
    Enrollment.objects.update(goal_reached_at=NOW)
    reached = when(NOW, enrollment.workflow.club)
    assert reached in admin_client.get(url(enrollment, "change")).content.decode()


@pytest.mark.parametrize(
    ("asked", "statuses"),
    [("", {"active"}), ("done", {"done"}), ("exited", {"exited"}), ("all", {"active", "done", "exited"})],
)
def test_the_list_counts_those_under_way_unless_others_are_asked_for(admin_client, asked, statuses):
    workflow = WorkflowFactory()
    for status in ("active", "done", "done", "exited"):
        EnrollmentFactory(workflow=workflow, status=status)
    query = {"status__exact": asked} if asked else {}
    listed = admin_client.get(reverse("admin:automations_enrollment_changelist"), query).context["cl"]
    assert {enrollment.status for enrollment in listed.result_list} == statuses
    assert listed.result_count == Enrollment.objects.filter(status__in=statuses).count()


def test_where_nobody_is_under_way_it_says_so(admin_client):
    EnrollmentFactory(status="done")
    shown = admin_client.get(reverse("admin:automations_enrollment_changelist")).content.decode()
    assert "Nobody is on the way through a workflow right now. The filter shows who was." in shown
